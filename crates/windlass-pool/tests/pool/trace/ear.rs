//! One subscriber hears all pools of this program, and keeps what comes of those whose name it is asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Once;

use crate::support::{Actor, LONG, actors};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;
use windlass_pool::Builder;
use windlass_sync::Deadline;
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::thread::yield_now;

pub(super) type Fields = BTreeMap<&'static str, String>;

/// An event, and the spans it is in, the innermost last.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) fields: Fields,
    pub(super) within: Vec<(&'static str, Fields)>,
}

impl Heard {
    pub(super) fn says(&self, what: &str) -> bool {
        self.fields.get("message").is_some_and(|said| said == what)
    }

    pub(super) fn worker(&self) -> &str {
        self.fields.get("worker").map_or("", |worker| worker)
    }

    /// Its fields besides those that all have, and times, of which it says only that they are there.
    pub(super) fn about(&self) -> String {
        let of_all = |name: &str| ["pool", "message"].contains(&name);
        let mut about = Vec::new();
        for (name, value) in self.fields.iter().filter(|(name, _)| !of_all(name)) {
            let is_time = name.ends_with("_seconds");
            let value = if is_time && value.parse::<f64>().is_ok() { "some" } else { value };
            about.push(format!("{name}={value}"));
        }
        about.join(" ")
    }
}

/// Begins with this: pools that are listened to.
const MINE: &str = "traced-";
/// A pool of this name has a subscriber that panics at each event and span.
pub(super) const HATED: &str = "traced-hated";

static HEARD: Mutex<Vec<Heard>> = Mutex::new(Vec::new());
/// What a span is, and what was said of it.
type Told = (&'static Metadata<'static>, Fields);

static SPANS: Mutex<BTreeMap<u64, Told>> = Mutex::new(BTreeMap::new());

thread_local! {
    static WITHIN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct Listener;

/// The number of spans that nobody asked for.
const ANY: u64 = u64::MAX;

fn is_mine(pool: &str) -> bool {
    pool.starts_with(MINE)
}

/// The fields, if the first one is a pool that is listened to.
#[derive(Default)]
struct Reader {
    fields: Fields,
    is_other: bool,
}

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.is_other {
            self.fields.insert(field.name(), format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_other |= field.name() == "pool" && !is_mine(value);
        assert!(field.name() != "pool" || value != HATED, "it hates that pool");
        if !self.is_other {
            self.fields.insert(field.name(), value.to_owned());
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut reader = Reader::default();
        span.record(&mut reader);
        if reader.is_other || !reader.fields.contains_key("pool") {
            return Id::from_u64(ANY);
        }
        reader.fields.insert("is_root", span.is_root().to_string());
        let mut spans = lock(&SPANS);
        let id = spans.len() as u64 + 1;
        spans.insert(id, (span.metadata(), reader.fields));
        Id::from_u64(id)
    }

    fn current_span(&self) -> Current {
        let innermost = WITHIN.with_borrow(|within| within.last().copied());
        let of = |id| Some(Current::new(Id::from_u64(id), lock(&SPANS).get(&id)?.0));
        innermost.and_then(of).unwrap_or_else(Current::none)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut reader = Reader::default();
        event.record(&mut reader);
        let within = WITHIN.with_borrow(|within| {
            let spans = lock(&SPANS);
            let told = |(span, fields): &Told| (span.name(), fields.clone());
            within.iter().filter_map(|id| spans.get(id).map(told)).collect::<Vec<_>>()
        });
        let is_told = reader.fields.contains_key("pool");
        if !reader.is_other && (is_told || !within.is_empty()) {
            let (level, target) = (*event.metadata().level(), event.metadata().target());
            let heard = Heard { level, target, fields: reader.fields, within };
            lock(&HEARD).push(heard);
        }
    }

    fn enter(&self, span: &Id) {
        WITHIN.with_borrow_mut(|within| within.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let left = WITHIN.with_borrow_mut(Vec::pop);
        assert_eq!(left, Some(span.into_u64()), "spans are left in order");
    }
}

/// Pools of this name are listened to from now on.
pub(super) struct Ear(String);

impl Ear {
    pub(super) fn new(name: &str) -> Self {
        static BEGIN: Once = Once::new();
        BEGIN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        Self(format!("{MINE}{name}"))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn actors(&self) -> Builder<Actor> {
        actors().0.name(self.0.clone())
    }

    pub(super) fn all(&self) -> Vec<Heard> {
        let of = |fields: &Fields| fields.get("pool") == Some(&self.0);
        let mine = |one: &&Heard| of(&one.fields) || one.within.iter().any(|(_, span)| of(span));
        lock(&HEARD).iter().filter(mine).cloned().collect()
    }

    /// All events that say this: level and fields.
    pub(super) fn told(&self, what: &str) -> Vec<(Level, String)> {
        let all = self.all().into_iter().filter(|one| one.says(what));
        all.map(|one| (one.level, one.about())).collect()
    }

    /// The same, in the order of workers.
    pub(super) fn told_sorted(&self, what: &str) -> Vec<(Level, String)> {
        let mut told = self.told(what);
        told.sort_by(|one, other| one.1.cmp(&other.1));
        told
    }

    pub(super) fn wait_for(&self, what: &str) {
        self.wait_for_one(what, |_| true);
    }

    pub(super) fn wait_for_one(&self, what: &str, wanted: impl Fn(&Heard) -> bool) -> Heard {
        let deadline = Deadline::after(LONG);
        loop {
            let mut all = self.all().into_iter();
            if let Some(heard) = all.find(|one| one.says(what) && wanted(one)) {
                return heard;
            }
            assert!(!deadline.has_passed(), "{what} was to be told: {:?}", self.all());
            yield_now();
        }
    }
}
