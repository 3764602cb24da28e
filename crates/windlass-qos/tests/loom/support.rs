//! What models share.

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few.
pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}
