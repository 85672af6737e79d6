//! What happens on the connections of a test, and what is to go wrong on them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::result::{ConnectionError, ConnectionResult};

/// What is to happen when a database is told to commit.
#[derive(Clone)]
pub enum AtCommit {
    Panic,
    /// What this does.
    Run(Arc<dyn Fn() + Send + Sync>),
}

/// What has happened, and what is to go wrong.
#[derive(Default)]
pub struct Board {
    /// The databases that cannot be reached.
    unreachable: Mutex<Vec<String>>,
    /// By database and level: the outermost is 1.
    at_end: Mutex<BTreeMap<(String, u32), AtCommit>>,
    /// What happens when a statement with these words is sent, once, by database.
    at_statement: Mutex<Vec<(String, &'static str, AtCommit)>>,
    /// The events until something happens; none, where that is not to be.
    until_event: AtomicI64,
    at_event: Mutex<Option<AtCommit>>,
    /// The connections that were opened.
    opened: Mutex<Vec<String>>,
    /// The numbers by which servers know the connections that were opened last.
    numbers: Mutex<BTreeMap<String, i64>>,
    /// The statements that write rows, and the commits, each after its database.
    sent: Mutex<Vec<String>>,
    /// The steps of two-phase commits, each after its database.
    steps: Mutex<Vec<String>>,
}

impl Board {
    /// From now on a database cannot be reached.
    pub fn close(&self, key: &str) {
        self.unreachable.lock().unwrap().push(key.to_owned());
    }

    /// What goes wrong is mended.
    pub fn mend(&self) {
        self.unreachable.lock().unwrap().clear();
        self.at_end.lock().unwrap().clear();
        self.at_statement.lock().unwrap().clear();
        self.until_event.store(0, Ordering::SeqCst);
    }

    /// Something happens at the next commit of a database, once.
    pub fn at_commit(&self, key: &str, what: AtCommit) {
        self.at_end(key, 1, what);
    }

    /// The same at the end of a level.
    pub fn at_end(&self, key: &str, depth: u32, what: AtCommit) {
        let mut at_end = self.at_end.lock().unwrap();
        at_end.insert((key.to_owned(), depth), what);
    }

    /// Something happens when a statement with these words is sent to a database, once.
    pub fn at_statement(&self, key: &str, words: &'static str, what: AtCommit) {
        let mut at_statement = self.at_statement.lock().unwrap();
        at_statement.push((key.to_owned(), words, what));
    }

    /// The `nth` event of any connection from now on panics, once.
    pub fn panic_at_event(&self, nth: i64) {
        self.at_event(nth, AtCommit::Panic);
    }

    /// Something happens at the `nth` event of any connection from now on, once.
    pub fn at_event(&self, nth: i64, what: AtCommit) {
        *self.at_event.lock().unwrap() = Some(what);
        self.until_event.store(nth, Ordering::SeqCst);
    }

    /// How many events are left until then.
    pub fn until_event(&self) -> i64 {
        self.until_event.load(Ordering::SeqCst)
    }

    /// Notes that a connection is opened, which may fail.
    pub fn open(&self, key: &str) -> ConnectionResult<()> {
        if self.unreachable.lock().unwrap().iter().any(|it| it == key) {
            return Err(ConnectionError::BadConnection("nobody answers".to_owned()));
        }
        self.opened.lock().unwrap().push(key.to_owned());
        Ok(())
    }

    /// Notes the number of a connection.
    pub fn note_number(&self, key: &str, number: i64) {
        self.numbers.lock().unwrap().insert(key.to_owned(), number);
    }

    /// The number of the connection to a database that was opened last.
    pub fn number_of(&self, key: &str) -> i64 {
        self.numbers.lock().unwrap()[key]
    }

    /// The connections that were opened since this was last asked.
    pub fn opened(&self) -> Vec<String> {
        std::mem::take(&mut *self.opened.lock().unwrap())
    }

    /// What was sent since this was last asked.
    pub fn sent(&self) -> Vec<String> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// The steps of two-phase commits since this was last asked.
    pub fn steps(&self) -> Vec<String> {
        std::mem::take(&mut *self.steps.lock().unwrap())
    }

    /// What a connection's instrumentation tells.
    pub fn note(&self, key: &str, event: &InstrumentationEvent<'_>) {
        // Of a level that has begun or ended Diesel learns after the event: there a panic is not
        // survived by any connection.
        let counts = match event {
            InstrumentationEvent::FinishQuery { query, .. } => !is_of_a_level(&query.to_string()),
            InstrumentationEvent::StartQuery { .. }
            | InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. } => true,
            _ => false,
        };
        if counts && self.until_event.fetch_sub(1, Ordering::SeqCst) == 1 {
            let what = self.at_event.lock().unwrap().take();
            happen(what);
        }
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let query = query.to_string();
                let verb = query.split([' ', '\n']).next().unwrap_or_default();
                if let Some(step) = step(&query) {
                    self.steps.lock().unwrap().push(format!("{key} {step}"));
                } else if ["INSERT", "UPDATE", "DELETE"].contains(&verb) {
                    self.sent.lock().unwrap().push(format!("{key} {verb}"));
                }
                let what = {
                    let mut at_statement = self.at_statement.lock().unwrap();
                    let at = at_statement
                        .iter()
                        .position(|(of, words, _)| of == key && query.contains(words));
                    at.map(|at| at_statement.remove(at).2)
                };
                happen(what);
            }
            InstrumentationEvent::CommitTransaction { depth, .. } => {
                if depth.get() == 1 {
                    self.steps.lock().unwrap().push(format!("{key} commit"));
                    self.sent.lock().unwrap().push(format!("{key} COMMIT"));
                }
                let end = (key.to_owned(), depth.get());
                let what = self.at_end.lock().unwrap().remove(&end);
                happen(what);
            }
            _ => {}
        }
    }
}

fn happen(what: Option<AtCommit>) {
    match what {
        Some(AtCommit::Panic) => std::panic::resume_unwind(Box::new("asked to panic")),
        Some(AtCommit::Run(what)) => what(),
        None => {}
    }
}

/// The step of a two-phase commit that a statement is.
fn step(sql: &str) -> Option<&'static str> {
    const STEPS: [(&str, &str); 8] = [
        ("INSERT INTO maintained_commits", "decide"),
        ("PREPARE TRANSACTION", "prepare"),
        ("XA PREPARE", "prepare"),
        ("COMMIT PREPARED", "commit prepared"),
        ("XA COMMIT", "commit prepared"),
        ("ROLLBACK PREPARED", "undo prepared"),
        ("XA ROLLBACK", "undo prepared"),
        ("DELETE FROM maintained_commits", "forget"),
    ];
    let found = STEPS.iter().find(|(words, _)| sql.contains(words));
    found.map(|(_, step)| *step)
}

/// Whether a statement begins or ends a level.
fn is_of_a_level(sql: &str) -> bool {
    const LEVELS: [&str; 5] = ["BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT"];
    LEVELS.iter().any(|level| sql.contains(level))
}
