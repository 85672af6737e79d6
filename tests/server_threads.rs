//! The example `server_threads`, on SQLite and on PostgreSQL at the address in
//! `POSTGRES_DATABASE_URL`.
//!
//! The example is part of this test, so that it is always the present one that is run.
#![allow(dead_code, reason = "each test needs a part of what all define")]
#![allow(
    unnameable_types,
    unreachable_pub,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::cast_precision_loss,
    reason = "figures for people need no more digits"
)]

#[path = "load/mod.rs"]
mod load;
#[path = "../examples/server_threads.rs"]
mod server_threads;

use std::sync::Arc;
use std::thread;

use tiny_http::Server;

use load::place::Place;
use load::{Load, POOL, names};
use maintained::{Database, MaintainedConnection, Mode};
use server_threads::request::User;
use server_threads::{Store, postgres, serve, sqlite};

const THREADS: usize = 16;

/// A server that runs until it is dropped.
struct Running {
    url: String,
    server: Arc<Server>,
    threads: Option<thread::JoinHandle<()>>,
}

impl Running {
    fn start(shop: impl Store + Send + 'static) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let url = format!("http://{}", server.server_addr());
        let serving = Arc::clone(&server);
        let threads = thread::spawn(move || serve(&serving, &shop, THREADS));
        Self {
            url,
            server,
            threads: Some(threads),
        }
    }

    /// Ends the server, and waits for its last request.
    fn stop(&mut self) {
        for _ in 0..THREADS {
            self.server.unblock();
        }
        if let Some(threads) = self.threads.take() {
            threads.join().unwrap();
        }
    }
}

/// What is left open on a connection that nobody uses.
fn left_open<C: Database>(conn: &MaintainedConnection<C>) -> Option<String> {
    let user = conn.value::<User>();
    let pending = conn.pending().unwrap();
    let is_idle = conn.mode() == Mode::Immediate && user.is_none() && pending.is_empty();
    (!is_idle).then(|| format!("{:?}, {user:?}, {pending:?}", conn.mode()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_leaves_nothing_stale_and_no_request_disturbs_another_on_sqlite() {
    let (place, names) = (Place::sqlite(), names());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shop = sqlite::Pooled::open(&place.address(), POOL, &names).unwrap();
    let pool = shop.pool.clone();
    let mut running = Running::start(shop);
    let mut faults = Load::new("threads", &place, running.url.clone())
        .run()
        .await;
    running.stop();
    let all: Vec<_> = (0..POOL).map(|_| pool.get().unwrap()).collect();
    faults.extend(all.iter().filter_map(|conn| left_open(conn)));
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_leaves_nothing_stale_and_no_request_disturbs_another_on_postgres() {
    let (place, names) = (Place::postgres(), names());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shop = postgres::Pooled::open(&place.address(), POOL, &names).unwrap();
    let pool = shop.pool.clone();
    let mut running = Running::start(shop);
    let mut faults = Load::new("threads", &place, running.url.clone())
        .run()
        .await;
    running.stop();
    let all: Vec<_> = (0..POOL).map(|_| pool.get().unwrap()).collect();
    faults.extend(all.iter().filter_map(|conn| left_open(conn)));
    assert_eq!(faults, Vec::<String>::new());
}
