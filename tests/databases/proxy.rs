//! What stands between a client and its server, and loses an answer.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// The answer to no commit is to be lost.
const FAITHFUL: u8 = 0;
/// That to the next commit is.
const ARMED: u8 = 1;
/// The next answer is.
const LOSING: u8 = 2;

/// Hands on what is sent, until it is told to lose an answer.
pub struct Proxy {
    url: String,
    told: Arc<Told>,
}

/// What a proxy is told.
#[derive(Default)]
struct Told {
    state: AtomicU8,
    /// The words of the statement whose answer is to be lost.
    words: Mutex<&'static str>,
}

impl Proxy {
    /// One before the server of an address.
    pub fn before(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let (user, host) = host.split_once('@').unwrap_or(("", host));
        let port = if scheme.starts_with("mysql") {
            3306
        } else {
            5432
        };
        let server = match host.split_once(':') {
            Some(_) => host.to_owned(),
            None => format!("{host}:{port}"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let at = if user.is_empty() { "" } else { "@" };
        let proxy = Self {
            url: format!("{scheme}://{user}{at}{own}/{path}"),
            told: Arc::default(),
        };
        let told = Arc::clone(&proxy.told);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(&server).unwrap();
                // Or else small messages wait for one another.
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (own, other) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let seen = Arc::clone(&told);
                thread::spawn(move || hand_on(own, other, |sent| seen.note(sent)));
                let seen = Arc::clone(&told);
                thread::spawn(move || hand_on(server, client, |_| seen.is_to_be_lost()));
            }
        });
        proxy
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The next commit is done, and its answer is lost with the connection.
    pub fn lose_the_answer_to_a_commit(&self) {
        self.lose_the_answer_to("COMMIT");
    }

    /// The next statement with these words is run, and its answer is lost with the connection.
    pub fn lose_the_answer_to(&self, words: &'static str) {
        *self.told.words.lock().unwrap() = words;
        self.told.state.store(ARMED, Ordering::SeqCst);
    }

    /// No answer is lost any more.
    pub fn mend(&self) {
        self.told.state.store(FAITHFUL, Ordering::SeqCst);
    }
}

/// Hands on what comes, until it is to be lost.
fn hand_on(mut from: TcpStream, mut to: TcpStream, is_lost: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count) = from.read(&mut buffer) {
        let sent = &buffer[..count];
        if count == 0 || is_lost(sent) || to.write_all(sent).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}

impl Told {
    fn note(&self, sent: &[u8]) -> bool {
        if self.state.load(Ordering::SeqCst) == ARMED && is_told(sent, &self.words.lock().unwrap())
        {
            self.state.store(LOSING, Ordering::SeqCst);
        }
        false
    }

    fn is_to_be_lost(&self) -> bool {
        let (losing, faithful) = (LOSING, FAITHFUL);
        self.state
            .compare_exchange(losing, faithful, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}

/// Whether a message has these words. A commit is the last word of a message, which `PostgreSQL`
/// ends with a zero.
fn is_told(sent: &[u8], words: &str) -> bool {
    if words == "COMMIT" {
        return sent.ends_with(b"COMMIT") || sent.ends_with(b"COMMIT\0");
    }
    sent.windows(words.len())
        .any(|part| part == words.as_bytes())
}
