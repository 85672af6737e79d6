//! A server that prepares transactions. By itself none does.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};

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

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
