//! The clients of a load: what they send, and what they make of the answers.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures_util::stream;
use reqwest::{Body, Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::audit::Known;

/// The rows with which a load begins: edits are of these, so that nobody edits what an import has
/// written.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub customers: i32,
    pub orders: i32,
    pub items: i32,
}

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Edit,
    Read,
    Import,
    Validation,
    /// An edit whose setter fails, or that the database refuses.
    Bad,
    /// A request whose client goes away.
    GivenUp,
}

/// What a client has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub requests: HashMap<Kind, usize>,
    /// How long the edits took that succeeded.
    pub edits: Vec<Duration>,
    pub imports: HashMap<String, Known>,
    /// Who has made an order, and knows it.
    pub orders: Vec<String>,
    /// How often the server has asked to send a request again.
    pub again: usize,
    /// What must not be.
    pub faults: Vec<String>,
}

impl Seen {
    pub fn add(&mut self, more: Self) {
        for (kind, number) in more.requests {
            *self.requests.entry(kind).or_default() += number;
        }
        self.edits.extend(more.edits);
        self.imports.extend(more.imports);
        self.orders.extend(more.orders);
        self.again += more.again;
        self.faults.extend(more.faults);
    }
}

/// A client.
#[derive(Debug)]
pub struct Visitor {
    pub http: Client,
    pub url: String,
    pub size: Size,
    pub rng: Rng,
    pub seen: Seen,
}

/// So often a request is sent again that the server has refused for now.
const TRIES: usize = 20;

impl Visitor {
    /// Sends a request of any kind; its number is nobody else's.
    pub async fn send_any(&mut self, number: usize) {
        let kind = match self.rng.u32(0..1000) {
            0..740 => Kind::Edit,
            740..880 => Kind::Read,
            880..920 => Kind::Import,
            920..960 => Kind::Validation,
            960..975 => Kind::Bad,
            _ => Kind::GivenUp,
        };
        *self.seen.requests.entry(kind).or_default() += 1;
        match kind {
            Kind::Edit => self.edit(number).await,
            Kind::Read => self.read().await,
            Kind::Import => self.import(number).await,
            Kind::Validation => self.validate(number).await,
            Kind::Bad => self.fail(number).await,
            Kind::GivenUp => self.give_up(number).await,
        }
    }

    /// Sends an edit, and expects it to be done in immediate mode and for its own user.
    pub async fn edit(&mut self, number: usize) {
        let (user, method, path, body) = self.any_edit(number);
        let started = Instant::now();
        let request = |http: &Client, url: &str| {
            let request = http.request(method.clone(), format!("{url}{path}"));
            request.json(&body)
        };
        let Some((status, answer)) = self.send(&user, request).await else {
            return;
        };
        match status {
            200 => {
                self.seen.edits.push(started.elapsed());
                self.is_done(&user, "immediate", &answer);
                if path == "/orders" {
                    self.seen.orders.push(user);
                }
            }
            // Somebody else has deleted the item.
            404 => {}
            _ => self.fault(format!("{user}: {status} {answer}")),
        }
    }

    fn any_edit(&mut self, number: usize) -> (String, Method, String, Value) {
        let user = format!("edit-{number}");
        let item = self.rng.i32(1..=self.size.items);
        match self.rng.u32(0..100) {
            0..70 => {
                let mut change = json!({
                    "product": user,
                    "quantity": self.rng.i32(1..10),
                    "price_cents": self.rng.i64(1..1000),
                });
                if self.rng.u32(0..4) == 0 {
                    change["order"] = self.rng.i32(1..=self.size.orders).into();
                }
                (user, Method::PATCH, format!("/items/{item}"), change)
            }
            70..93 => {
                let items: Vec<Value> = (0..self.rng.usize(1..4))
                    .map(|_| {
                        json!({
                            "product": user,
                            "quantity": self.rng.i32(1..10),
                            "price_cents": self.rng.i64(1..1000),
                        })
                    })
                    .collect();
                let customer = self.rng.i32(1..=self.size.customers);
                let order = json!({ "customer": customer, "note": user, "items": items });
                (user, Method::POST, "/orders".to_owned(), order)
            }
            93..98 => {
                let user = format!("delete-{number}");
                (user, Method::DELETE, format!("/items/{item}"), Value::Null)
            }
            _ => {
                let customer = self.rng.i32(1..=self.size.customers);
                let name = json!({ "name": user });
                (user, Method::PATCH, format!("/customers/{customer}"), name)
            }
        }
    }

    /// Reads on a connection on which nobody's mode or user may be left.
    async fn read(&mut self) {
        let request = |http: &Client, url: &str| http.get(format!("{url}/orders"));
        let Some((status, answer)) = self.send("reader", request).await else {
            return;
        };
        if status != 200 || answer["mode"] != "immediate" || !answer["user"].is_null() {
            let (mode, user) = (&answer["mode"], &answer["user"]);
            self.fault(format!("a read: {status}, mode {mode}, user {user}"));
        }
    }

    async fn import(&mut self, number: usize) {
        // Each try has a user of its own: where a connection was lost, nobody knows what was done.
        for again in 0..TRIES {
            let user = format!("import-{number}-{again}");
            let (file, good) = self.file(&user);
            let file = chunks(file, End::Whole);
            let known = self.import_file(&user, file, good).await;
            if !matches!(known, Known::Perhaps(_)) {
                return;
            }
            self.seen.again += 1;
        }
        self.fault(format!("import-{number} was refused {TRIES} times"));
    }

    /// Sends a file once.
    pub async fn import_file(&mut self, user: &str, file: Body, good: i64) -> Known {
        let request = self.http.post(format!("{}/import", self.url)).body(file);
        let known = match self.send_once(user, request).await {
            Some((200, answer)) => {
                self.is_done(user, "buffered", &answer);
                if answer["committed"] != true || answer["loaded"] != good {
                    self.fault(format!("{user} of {good} good rows: {answer}"));
                }
                Known::Loaded(good)
            }
            // Where a connection is ended right after a row was refused, the error is that row's.
            Some((503 | 409 | 422, _)) | None => Known::Perhaps(good),
            Some((status, answer)) => {
                self.fault(format!("{user}: {status} {answer}"));
                Known::Nothing
            }
        };
        self.seen.imports.insert(user.to_owned(), known);
        known
    }

    async fn validate(&mut self, number: usize) {
        let user = format!("validation-{number}");
        let (file, good) = self.file(&user);
        let request = |http: &Client, url: &str| {
            let request = http.post(format!("{url}/validate"));
            request.body(chunks(file.clone(), End::Whole))
        };
        let Some((status, answer)) = self.send(&user, request).await else {
            return;
        };
        if matches!(status, 409 | 422) {
            // Where a connection is ended right after a row was refused, the error is that row's.
            return;
        }
        self.is_done(&user, "disabled", &answer);
        if status != 200 || answer["committed"] != false || answer["loaded"] != good {
            self.fault(format!("{user} of {good} good rows: {status} {answer}"));
        }
    }

    /// An edit that fails in the middle: by its setter, or at its last row.
    async fn fail(&mut self, number: usize) {
        let user = format!("bad-{number}");
        let (quantity, price) = if self.rng.bool() {
            (9, i64::MAX / 2)
        } else {
            (0, 100)
        };
        let good = json!({ "product": user, "quantity": 1, "price_cents": 100 });
        let bad = json!({ "product": user, "quantity": quantity, "price_cents": price });
        let customer = self.rng.i32(1..=self.size.customers);
        let order = json!({ "customer": customer, "note": user, "items": [good, bad] });
        let request = |http: &Client, url: &str| http.post(format!("{url}/orders")).json(&order);
        if let Some((status, answer)) = self.send(&user, request).await
            && status != 422
        {
            self.fault(format!("{user}: {status} {answer}"));
        }
    }

    /// A request whose client goes away, be it in the middle of the upload or before the answer.
    async fn give_up(&mut self, number: usize) {
        let soon = Duration::from_micros(self.rng.u64(0..8_000));
        if self.rng.bool() {
            let (user, method, path, body) = self.any_edit(number);
            let request = self.http.request(method, format!("{}{path}", self.url));
            let request = request.header("x-user", &user).json(&body).send();
            tokio::time::timeout(soon, request).await.ok();
            return;
        }
        let user = format!("import-{number}");
        let (file, good) = self.file(&user);
        let (end, known) = if self.rng.bool() {
            (End::Broken, Known::Nothing)
        } else {
            (End::Whole, Known::Perhaps(good))
        };
        let request = self.http.post(format!("{}/import", self.url));
        let request = request.header("x-user", &user).body(chunks(file, end));
        tokio::time::timeout(soon, request.send()).await.ok();
        self.seen.imports.insert(user, known);
    }

    /// Sends a request, and again where the server asks for it.
    async fn send(
        &mut self,
        user: &str,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Option<(u16, Value)> {
        for _ in 0..TRIES {
            let request = request(&self.http, &self.url);
            match self.send_once(user, request).await {
                Some((status, answer)) if answer["retry"] != true => return Some((status, answer)),
                _ => {}
            }
            self.seen.again += 1;
        }
        self.fault(format!("{user} was refused {TRIES} times"));
        None
    }

    /// Nothing comes back where the server has answered, and closed, before all was sent.
    async fn send_once(&mut self, user: &str, request: RequestBuilder) -> Option<(u16, Value)> {
        let response = request.header("x-user", user).send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.unwrap_or_default()))
    }

    fn is_done(&mut self, user: &str, mode: &str, answer: &Value) {
        if answer["mode"] != mode || answer["user"] != user {
            self.fault(format!("{user} is not done in the mode {mode}: {answer}"));
        }
    }

    fn fault(&mut self, what: String) {
        self.seen.faults.push(what);
    }

    /// A file of some rows, a tenth of which are refused; and how many are good.
    fn file(&mut self, user: &str) -> (Vec<String>, i64) {
        let rows = self.rng.usize(10..50);
        file(&mut self.rng, self.size, user, rows)
    }
}

/// A file of so many rows, a tenth of which are refused; and how many are good. Its rows are sorted
/// by their order, as those are that a program exports: two imports then wait for one another,
/// where the database would refuse one of them.
pub fn file(rng: &mut Rng, size: Size, user: &str, rows: usize) -> (Vec<String>, i64) {
    let mut orders: Vec<i32> = (0..rows).map(|_| rng.i32(1..=size.orders)).collect();
    orders.sort_unstable();
    let mut lines = vec!["order,product,quantity,price_cents\n".to_owned()];
    let mut good = 0;
    for order in orders {
        let price = rng.i64(1..1000);
        let (order, quantity) = match rng.u32(0..30) {
            0 => (order.to_string(), 0),
            1 => ("1000000000".to_owned(), 1),
            2 => ("none".to_owned(), 1),
            _ => {
                good += 1;
                (order.to_string(), rng.i32(1..5))
            }
        };
        lines.push(format!("{order},{user},{quantity},{price}\n"));
    }
    (lines, good)
}

/// How an upload ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Whole,
    /// The connection is closed before the last line.
    Broken,
}

/// An upload, line by line.
pub fn chunks(mut lines: Vec<String>, end: End) -> Body {
    if end == End::Broken {
        lines.pop();
    }
    let lines = lines.into_iter().map(Ok);
    let broken = (end == End::Broken).then(|| Err(io::Error::other("the client goes away")));
    Body::wrap_stream(stream::iter(lines.chain(broken)))
}
