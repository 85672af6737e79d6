//! A load on a server: edits, imports, validations and reads mixed, clients that go away, and a
//! fault now and then. `LOAD_REQUESTS` says how many requests there are, `LOAD_CLIENTS` how many
//! clients send them.

pub mod audit;
pub mod client;
pub mod place;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::Client;
use tokio::task::JoinSet;

use self::audit::Known;
use self::client::{End, Seen, Size, Visitor, chunks, file};
use self::place::Place;

/// How many connections the server's pool has: fewer than there are clients.
pub const POOL: u32 = 8;

/// The rows with which a load begins.
const SIZE: Size = Size {
    customers: 1_000,
    orders: 2_000,
    items: 4_000,
};

/// The names of the customers with which a load begins.
pub fn names() -> Vec<String> {
    let names = (0..SIZE.customers).map(|number| format!("customer {number}"));
    names.collect()
}

/// A load of a server that is at an address, over a new shop.
#[derive(Debug)]
pub struct Load<'p> {
    place: &'p Place,
    title: String,
    url: String,
    http: Client,
    clients: usize,
    requests: usize,
    seen: Seen,
}

impl<'p> Load<'p> {
    pub fn new(server: &str, place: &'p Place, url: String) -> Self {
        Self {
            place,
            title: format!("{server}, {}", place.name()),
            url,
            http: Client::new(),
            clients: setting("LOAD_CLIENTS", 16),
            requests: setting("LOAD_REQUESTS", 2_000),
            seen: Seen::default(),
        }
    }

    /// Runs the load, says how fast it was, and gives back what is wrong.
    pub async fn run(mut self) -> Vec<String> {
        self.seed().await;
        let started = Instant::now();
        let is_over = Arc::new(AtomicBool::new(false));
        let struck = self.strike(Arc::clone(&is_over));
        self.send(Mixed::All, 0, self.requests).await;
        let took = started.elapsed();
        is_over.store(true, Ordering::Relaxed);
        let struck = struck.await.unwrap();

        let edits = (self.requests / 10).max(500);
        let first = self.requests;
        let alone = self.edits(first, edits).await;
        let import = self.import_until_over();
        // On SQLite each of them waits for an import.
        let beside = self.edits(first + edits, edits.div_ceil(5)).await;
        let imported = import.end(&mut self.seen).await;

        eprintln!(
            "{}: {} requests, {:.0} a second, {} sent again, {struck} faults",
            self.title,
            self.requests,
            self.requests as f64 / took.as_secs_f64(),
            self.seen.again,
        );
        eprintln!("{}: {:?}", self.title, self.seen.requests);
        eprintln!(
            "{}: edits alone {alone}; beside {imported} {beside}",
            self.title
        );
        self.settle().await;
        let mut faults = audit::faults(&mut self.place.plain(), &self.seen);
        faults.append(&mut self.seen.faults);
        faults
    }

    /// Puts items under the orders that the shop begins with.
    async fn seed(&self) {
        let mut lines = vec!["order,product,quantity,price_cents\n".to_owned()];
        for item in 0..SIZE.items {
            let order = 1 + item % SIZE.orders;
            lines.push(format!("{order},seed,1,100\n"));
        }
        let request = self.http.post(format!("{}/import", self.url));
        let request = request.header("x-user", "seed").body(lines.concat());
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["loaded"], SIZE.items, "{answer}");
    }

    /// Sends so many requests, whose numbers begin with one, by all clients.
    async fn send(&mut self, mixed: Mixed, first: usize, requests: usize) {
        let next = Arc::new(AtomicUsize::new(first));
        let end = first + requests;
        let mut clients = JoinSet::new();
        for client in 0..self.clients {
            let mut visitor = self.visitor(client + first);
            let next = Arc::clone(&next);
            clients.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return visitor.seen;
                    }
                    match mixed {
                        Mixed::All => visitor.send_any(number).await,
                        Mixed::Edits => visitor.edit(number).await,
                    }
                }
            });
        }
        for seen in clients.join_all().await {
            self.seen.add(seen);
        }
    }

    fn visitor(&self, seed: usize) -> Visitor {
        Visitor {
            http: self.http.clone(),
            url: self.url.clone(),
            size: SIZE,
            rng: Rng::with_seed(seed as u64),
            seen: Seen::default(),
        }
    }

    /// Sends edits only, and says how long they took.
    async fn edits(&mut self, first: usize, edits: usize) -> String {
        self.seen.edits.clear();
        self.send(Mixed::Edits, first, edits).await;
        let mut times = std::mem::take(&mut self.seen.edits);
        times.sort_unstable();
        let at = |part: usize| {
            let time = times.get((times.len() * part / 100).min(times.len() - 1));
            time.map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        format!("{:.1} ms, 99 of 100 within {:.1} ms", at(50), at(99))
    }

    /// Imports one file after another.
    fn import_until_over(&self) -> Importing {
        const ROWS: usize = 2_000;
        let mut visitor = self.visitor(self.requests + 1_000);
        let is_over = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&is_over);
        let task = tokio::spawn(async move {
            for number in 0.. {
                let user = format!("import-beside-{number}");
                let (file, good) = file(&mut visitor.rng, SIZE, &user, ROWS);
                visitor
                    .import_file(&user, chunks(file, End::Whole), good)
                    .await;
                if asked.load(Ordering::Relaxed) {
                    break;
                }
            }
            visitor.seen
        });
        Importing {
            is_over,
            rows: ROWS,
            task,
        }
    }

    /// Strikes now and then, on a thread of its own, and says how often.
    fn strike(&self, is_over: Arc<AtomicBool>) -> tokio::task::JoinHandle<usize> {
        let mut plain = self.place.plain();
        let strike = self.place.striker();
        tokio::task::spawn_blocking(move || {
            let mut struck = 0;
            while !is_over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(500));
                strike.strike(&mut plain);
                struck += 1;
            }
            struck
        })
    }

    /// Waits until nothing of those who have gone is left; what never ends is a fault.
    async fn settle(&mut self) {
        for _ in 0..300 {
            if self.place.open_transactions() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let open = self.place.open_transactions();
        self.seen
            .faults
            .push(format!("{open} connections have an open transaction"));
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
enum Mixed {
    All,
    Edits,
}

/// Imports that run beside.
struct Importing {
    is_over: Arc<AtomicBool>,
    rows: usize,
    task: tokio::task::JoinHandle<Seen>,
}

impl Importing {
    async fn end(self, seen: &mut Seen) -> String {
        self.is_over.store(true, Ordering::Relaxed);
        let imports = self.task.await.unwrap();
        let known = imports.imports.values();
        let loaded = known
            .filter(|known| matches!(known, Known::Loaded(_)))
            .count();
        let text = format!("imports of {} rows ({loaded} done)", self.rows);
        seen.add(imports);
        text
    }
}

/// A number that the environment may set.
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}
