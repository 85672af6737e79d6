//! A server that prepares transactions. By itself none does.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use diesel::prelude::*;
use xtask::server::postgres;

/// A server that is there as long as somebody uses it.
#[derive(Debug)]
pub struct OwnServer {
    pub url: String,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

static RUNNING: Mutex<Weak<OwnServer>> = Mutex::new(Weak::new());

impl OwnServer {
    /// The one that runs, or a new one.
    pub fn running() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap();
        if let Some(server) = running.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start());
        *running = Arc::downgrade(&server);
        server
    }

    /// The server ends with the thread that has started it: so that is none of a test.
    fn start() -> Self {
        let (started, url) = channel();
        let (stop, stopped): (_, Receiver<()>) = channel();
        let thread = thread::spawn(move || {
            postgres::prepare(false).unwrap();
            let settings = ["max_prepared_transactions=100"];
            let server = postgres::start_with("POSTGRES_DATABASE_URL", &settings).unwrap();
            wait_for(&server.variable.1);
            started.send(server.variable.1.clone()).unwrap();
            stopped.recv().ok();
        });
        Self {
            url: url.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// Waits for a server that is starting yet.
fn wait_for(url: &str) {
    for _ in 0..1_000 {
        match PgConnection::establish(url) {
            Ok(_) => return,
            Err(error) if error.to_string().contains("starting up") => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{url} does not take connections")
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
