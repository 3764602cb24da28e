//! Workers that share nothing: typed threads that are reached by messages only.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod reply;
