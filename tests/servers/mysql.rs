//! What the suite needs of the server.

use std::cell::RefCell;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use self::left::Left;
use crate::suite::support::schema::{CREATE, LATEST_ORDER_KEY, TABLES, categories};
use crate::{Conn, Inner};

#[path = "left.rs"]
mod left;

/// A connection to a database of its own, with the schema and no rows.
pub fn fresh() -> Conn {
    Shared::new().connect()
}

/// A connection to a database with the schema and no rows: that of this connection, which is not needed any more.
pub fn renewed(conn: Conn) -> Conn {
    let mut inner = conn.into_inner();
    empty(&mut inner).unwrap();
    Conn::new(inner)
}

/// Takes all rows away.
fn empty(inner: &mut Inner) -> QueryResult<()> {
    TABLES.iter().rev().try_for_each(|table| {
        inner.batch_execute(&format!(
            "DELETE FROM {table}; ALTER TABLE {table} AUTO_INCREMENT = 1"
        ))
    })
}

/// A database that several connections share.
#[derive(Debug)]
pub struct Shared {
    database: String,
}

impl Shared {
    /// A database with the schema and no rows, which no test has that runs.
    pub fn new() -> Self {
        let database = LITTER.with_borrow_mut(|litter| {
            let database = LEFT.take().unwrap_or_else(make);
            litter.databases.push(database.clone());
            database
        });
        Self { database }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        url_of(&self.database)
    }

    /// Another connection to it.
    pub fn connect(&self) -> Conn {
        Conn::establish(&self.url()).unwrap()
    }
}

/// Where the server is.
fn server() -> String {
    const NAME: &str = "MYSQL_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a MySQL or MariaDB server, on which each test makes a database of its own; or run `cargo xtask test mysql`")
    })
}

fn url_of(database: &str) -> String {
    let server = server();
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server.as_str(), String::new()),
    };
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{database}{options}")
}

/// Makes a database with the tables.
fn make() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let database = format!("suite_{}_{number}", std::process::id());
    let mut inner = Inner::establish(&server()).unwrap();
    inner
        .batch_execute(&format!(
            "DROP DATABASE IF EXISTS {database};
             CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE {database};"
        ))
        .unwrap();
    create_schema(&mut inner);
    AS_MADE.get_or_init(|| parts(&mut inner).unwrap());
    database
}

/// What a database has when it is made: tables, triggers. (Its columns take the server too long to
/// tell: a test that changes some makes a table more.)
static AS_MADE: OnceLock<String> = OnceLock::new();

/// What a database has now.
fn parts(inner: &mut Inner) -> QueryResult<String> {
    let parts = diesel::dsl::sql::<Text>(
        "CONCAT_WS(' ',
            (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()),
            (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()))",
    );
    diesel::select(parts).get_result(inner)
}

fn create_schema(inner: &mut Inner) {
    for statement in CREATE {
        let statement = statement
            .replace("{serial}", "INTEGER AUTO_INCREMENT PRIMARY KEY")
            .replace("{latest_order}", "")
            .replace("{double}", "DOUBLE")
            .replace("{key}", "VARCHAR(100)")
            .replace("{text}", "LONGTEXT")
            .replace(" TEXT ", " LONGTEXT ");
        inner.batch_execute(&with_keys_apart(&statement)).unwrap();
    }
    inner
        .batch_execute(&format!(
            "ALTER TABLE customers ADD FOREIGN KEY (latest_order_id) {LATEST_ORDER_KEY}"
        ))
        .unwrap();
}

/// The same statement with foreign keys after the columns: `MySQL` skips those that stand with their column.
fn with_keys_apart(statement: &str) -> String {
    let mut keys = String::new();
    let lines = statement
        .lines()
        .map(|line| match line.split_once(" REFERENCES ") {
            Some((column, rest)) => {
                let (name, rest) = (
                    column.split_whitespace().next().unwrap(),
                    rest.trim_end_matches(','),
                );
                write!(keys, ", FOREIGN KEY ({name}) REFERENCES {rest}").unwrap();
                let comma = if line.ends_with(',') { "," } else { "" };
                format!("{column}{comma}\n")
            }
            None => format!("{line}\n"),
        });
    let mut all: String = lines.collect();
    if let Some(end) = all.rfind(')').filter(|_| !keys.is_empty()) {
        all.insert_str(end, &keys);
    }
    all
}

static LEFT: Left = Left::new();

/// The databases that a test has. When its thread ends, those that are as they were made are left to
/// others, and the rest is dropped.
struct Litter {
    databases: Vec<String>,
}

thread_local! {
    static LITTER: RefCell<Litter> = {
        LEFT.begin();
        RefCell::new(Litter { databases: Vec::new() })
    };
}

impl Drop for Litter {
    fn drop(&mut self) {
        let databases = std::mem::take(&mut self.databases);
        // A thread that ends has no tokio any more, which async connections are made with.
        thread::spawn(|| leave(databases)).join().ok();
    }
}

/// Leaves databases to others that are as they were made, and drops the others.
fn leave(databases: Vec<String>) {
    let Ok(mut inner) = Inner::establish(&server()) else {
        LEFT.end(Vec::new(), |_| false);
        return;
    };
    // Whatever a test has left open must not keep the others waiting.
    inner
        .batch_execute("SET lock_wait_timeout = 2, innodb_lock_wait_timeout = 2")
        .ok();
    let is_as_made = |database: &String| {
        inner.batch_execute(&format!("USE {database}")).is_ok()
            && parts(&mut inner).ok().as_ref() == AS_MADE.get()
            && empty(&mut inner).is_ok()
    };
    for database in LEFT.end(databases, is_as_made) {
        inner
            .batch_execute(&format!("DROP DATABASE {database}"))
            .ok();
    }
}

/// Makes a connection wait for another one's lock for so many milliseconds.
pub fn wait_for_locks(conn: &mut Conn, milliseconds: u32) {
    let seconds = milliseconds.div_ceil(1000);
    conn.batch_execute(&format!("SET innodb_lock_wait_timeout = {seconds}"))
        .unwrap();
}

/// Nothing can be written from now on.
pub fn read_only(conn: &mut Conn) {
    conn.batch_execute("SET SESSION TRANSACTION READ ONLY")
        .unwrap();
}

/// Foreign keys are checked from now on, as they are on the connections of [`Shared::connect`].
pub fn check_foreign_keys(conn: &mut Conn) {
    conn.batch_execute("SET foreign_key_checks = 1").unwrap();
}

/// Foreign keys are not checked from now on, so that rows without parents can be made.
pub fn stop_checking_foreign_keys(conn: &mut Conn) {
    conn.batch_execute("SET foreign_key_checks = 0").unwrap();
}

/// Foreign keys are checked at the commit of this transaction; this database knows no such thing, and checks them at
/// once.
pub fn defer_foreign_keys(_: &mut Conn) {}

/// Whether a transaction takes statements again after one has failed.
pub const GOES_ON_AFTER_A_FAILURE: bool = true;

/// How many parents of an item are locked before it is written.
pub const PARENTS_LOCKED: usize = 2;

/// How many statements read a row that was written.
pub const READ_BACK: usize = 1;

/// Whether a write of one row is part of the statement that locks ahead of it.
pub const WRITES_AS_IT_LOCKS: bool = false;

/// Makes a trigger that changes the note of an order whenever an item comes to it.
pub const NOTE_BY_TRIGGER: &str = "CREATE TRIGGER note AFTER INSERT ON items FOR EACH ROW
     UPDATE orders SET note = 'by trigger' WHERE id = NEW.order_id";

/// What is not a number, which this database refuses.
pub const NOT_A_NUMBER: Option<f64> = None;

/// Inserts a category by a query that returns a row, were there one here.
pub fn insert_category(conn: &mut Conn, name: &str) -> QueryResult<()> {
    diesel::insert_into(categories::table)
        .values(categories::name.eq(name))
        .execute(conn)
        .map(drop)
}

/// What a fault does to the statement that meets it.
#[derive(Debug, Clone, Copy)]
pub enum Strike {
    /// The statement fails.
    Statement,
    /// The statement fails and the database ends the transaction: here by a deadlock, with a transaction that has
    /// written more and so is spared.
    Transaction,
    /// The statement fails, and may succeed when it is run again.
    Refusal,
}

/// The message of an injected fault.
pub const FAULT: &str = "injected fault";

/// Whether this is the message of an injected fault that ends the transaction.
pub fn tells_of_the_end(message: &str) -> bool {
    message.contains("Deadlock found")
}

#[allow(
    missing_debug_implementations,
    reason = "nothing of a test binary is printed"
)]
/// The rows that may still be written before one fails: in a table that knows no transactions.
pub struct Countdown {
    url: String,
    strike: Strike,
    other: Mutex<Inner>,
}

impl Countdown {
    /// So many rows from now on.
    pub fn set(&self, rows: i64) {
        self.other
            .lock()
            .unwrap()
            .batch_execute(&format!("UPDATE faults SET countdown = {rows}"))
            .unwrap();
        if matches!(self.strike, Strike::Transaction) && rows > 0 {
            self.wait_for_the_writer();
        }
    }

    /// Locks what the strike will ask for, and asks for what the writer has locked with the first row that it wrote.
    fn wait_for_the_writer(&self) {
        let mut rival = Inner::establish(&self.url).unwrap();
        let (ready, is_ready) = mpsc::channel();
        thread::spawn(move || {
            // The transaction that has written less is the one that is ended, if both or none have written to tables
            // like the countdown's.
            let rows = vec!["(0)"; 2000].join(",");
            rival
                .batch_execute(&format!(
                    "BEGIN; UPDATE faults SET rivals = rivals + 1; INSERT INTO fault_weight VALUES {rows};
                     UPDATE fault_locks SET held = held + 1 WHERE id = 1"
                ))
                .unwrap();
            ready.send(()).unwrap();
            rival
                .batch_execute("UPDATE fault_locks SET held = held + 1 WHERE id = 2; ROLLBACK")
                .unwrap();
        });
        is_ready.recv().unwrap();
    }

    /// How many rows are left.
    pub fn get(&self) -> i64 {
        let value = diesel::dsl::sql::<diesel::sql_types::BigInt>("countdown FROM faults");
        diesel::select(value)
            .get_result(&mut *self.other.lock().unwrap())
            .unwrap()
    }

    /// A connection on which one can go on after the database has ended a transaction on this one.
    pub fn reconnect(&self, conn: Conn) -> Conn {
        conn
    }
}

/// Makes the write of a row fail when the countdown, which each row of these tables counts down, comes to zero.
pub fn install_faults(conn: &mut Conn, strike: Strike, tables: &[&str]) -> Countdown {
    let action = match strike {
        Strike::Statement => format!("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{FAULT}'"),
        Strike::Transaction => "UPDATE fault_locks SET held = held + 1 WHERE id = 1".to_owned(),
        Strike::Refusal => {
            // A refusal after which the transaction goes on, as after no deadlock.
            "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1020, \
             MESSAGE_TEXT = 'Record has changed since last read'"
                .to_owned()
        }
    };
    let inner = conn.inner_mut();
    inner
        .batch_execute(
            "CREATE TABLE faults (countdown BIGINT NOT NULL, rivals BIGINT NOT NULL) ENGINE = MyISAM;
             INSERT INTO faults VALUES (0, 0);
             CREATE TABLE fault_locks (id INTEGER PRIMARY KEY, held BIGINT NOT NULL) ENGINE = InnoDB;
             INSERT INTO fault_locks VALUES (1, 0), (2, 0);
             CREATE TABLE fault_weight (weight INTEGER NOT NULL) ENGINE = InnoDB;",
        )
        .unwrap();
    for table in tables {
        for verb in ["INSERT", "UPDATE", "DELETE"] {
            inner
                .batch_execute(&format!(
                    "CREATE TRIGGER fault_{table}_{verb} BEFORE {verb} ON {table} FOR EACH ROW BEGIN
                        UPDATE fault_locks SET held = held + 1 WHERE id = 2;
                        UPDATE faults SET countdown = countdown - 1;
                        IF (SELECT countdown FROM faults) = 0 THEN {action}; END IF;
                    END"
                ))
                .unwrap();
        }
    }
    let database = diesel::dsl::sql::<Text>("DATABASE()");
    let database: String = diesel::select(database).get_result(inner).unwrap();
    let url = url_of(&database);
    let other = Mutex::new(Inner::establish(&url).unwrap());
    Countdown { url, strike, other }
}
