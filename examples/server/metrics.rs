//! What the server counts, as Prometheus reads it, beside what the library counts of its flushes.

use std::sync::OnceLock;
use std::time::Instant;

use metrics::{counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::answer::{Done, Failure};

/// The recorder: the crate `metrics` has one in a program.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder, unless it is there.
pub(crate) fn install() {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
}

/// All that was counted, as text.
pub(crate) fn text() -> String {
    let recorder = RECORDER.get().and_then(Option::as_ref);
    recorder.map_or_else(String::new, |recorder| {
        recorder.run_upkeep();
        recorder.render()
    })
}

/// Counts a request, and takes its time.
pub(crate) async fn counted<T>(
    kind: &'static str,
    request: impl Future<Output = Result<Done<T>, Failure>>,
) -> Result<Done<T>, Failure> {
    let started = Instant::now();
    let result = request.await;
    histogram!("shop_request_seconds", "kind" => kind).record(started.elapsed());
    match &result {
        Ok(done) => {
            counter!("shop_requests_total", "kind" => kind, "mode" => done.mode).increment(1);
        }
        Err(failure) => {
            let status = failure.status().to_string();
            counter!("shop_failures_total", "kind" => kind, "status" => status).increment(1);
        }
    }
    result
}
