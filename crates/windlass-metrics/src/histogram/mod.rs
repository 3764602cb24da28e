//! Values by size: recording, reading, comparing, and how they change over time.

mod heat_map;
mod layout;
mod recorder;
mod shared;
mod snapshot;

pub use heat_map::{Column, HeatMap};
pub use layout::{Layout, LayoutError};
pub use recorder::{Histogram, HistogramReader};
pub use shared::SharedHistogram;
pub use snapshot::{HistogramSnapshot, LayoutsDiffer};
