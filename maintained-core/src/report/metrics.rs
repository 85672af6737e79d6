//! What is counted for the `metrics` crate: nothing, unless the feature of that name is on.

use super::FlushReport;

/// Counts a flush.
pub(crate) fn flushed(report: &FlushReport) {
    #[cfg(feature = "metrics")]
    {
        let whole = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        metrics::counter!("maintained_flushes_total").increment(1);
        metrics::counter!("maintained_statements_total").increment(whole(report.statements));
        metrics::histogram!("maintained_flush_seconds").record(report.time);
        for (&model, done) in &report.models {
            for (name, count) in [
                ("maintained_rows_read_total", done.read),
                ("maintained_fields_computed_total", done.computed),
                ("maintained_rows_changed_total", done.changed),
            ] {
                metrics::counter!(name, "model" => model).increment(whole(count));
            }
        }
    }
    #[cfg(not(feature = "metrics"))]
    let _: &FlushReport = report;
}

/// Counts that the database has refused something, which is run again.
pub(crate) fn retried(what: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("maintained_retries_total", "what" => what).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _: &str = what;
}
