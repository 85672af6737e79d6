//! Waiting for async connections.

use std::sync::OnceLock;

use maintained::BlockOn;
use tokio::runtime::Runtime;

/// Waits on one runtime for all threads of the tests.
#[derive(Debug)]
pub struct OnTokio;

impl BlockOn for OnTokio {
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        static RUNTIME: OnceLock<Runtime> = OnceLock::new();
        RUNTIME
            .get_or_init(|| Runtime::new().unwrap())
            .block_on(future)
    }
}
