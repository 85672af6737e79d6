//! The suite on `SQLite`.

#![allow(
    unnameable_types,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::assigning_clones,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers and texts of tests are small"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

mod suite;

use suite::support::schema::{CREATE, LATEST_ORDER_KEY, categories};

/// The connection that the suite runs on.
pub type Inner = SqliteConnection;
/// The same with the library around it.
pub type Conn = MaintainedConnection<Inner>;

/// Whether a connection can be used after a panic in the very statement that begins or ends a level.
pub const LEVELS_SURVIVE_PANICS: bool = true;

/// What every connection starts with.
const SETTINGS: &str =
    "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 20000; PRAGMA synchronous = OFF;";

/// A connection to a database of its own, with the schema and no rows.
pub fn fresh() -> Conn {
    let mut inner = Inner::establish(":memory:").unwrap();
    inner.batch_execute(SETTINGS).unwrap();
    create_schema(&mut inner);
    Conn::new(inner)
}

/// A connection to a database with the schema and no rows, in place of one that is not needed any more.
pub fn renewed(_: Conn) -> Conn {
    fresh()
}

fn create_schema(inner: &mut Inner) {
    for statement in CREATE {
        let statement = statement
            .replace("{serial}", "INTEGER PRIMARY KEY")
            .replace("{latest_order}", LATEST_ORDER_KEY)
            .replace("{double}", "DOUBLE")
            .replace("{key}", "TEXT")
            .replace("{text}", "TEXT");
        inner.batch_execute(&statement).unwrap();
    }
}

/// A database that several connections share.
#[derive(Debug)]
pub struct Shared {
    folder: tempfile::TempDir,
}

impl Shared {
    /// A new database with the schema and no rows.
    pub fn new() -> Self {
        let shared = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut inner = Inner::establish(&shared.url()).unwrap();
        inner.batch_execute("PRAGMA journal_mode = WAL").unwrap();
        create_schema(&mut inner);
        shared
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.folder.path().join("shop.sqlite").display().to_string()
    }

    /// Another connection to it.
    pub fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&self.url()).unwrap();
        conn.batch_execute(SETTINGS).unwrap();
        conn
    }
}

/// Makes a connection wait for another one's lock for so many milliseconds.
pub fn wait_for_locks(conn: &mut Conn, milliseconds: u32) {
    conn.batch_execute(&format!("PRAGMA busy_timeout = {milliseconds}"))
        .unwrap();
}

/// Nothing can be written from now on.
pub fn read_only(conn: &mut Conn) {
    conn.batch_execute("PRAGMA query_only = ON").unwrap();
}

/// Foreign keys are checked from now on, as they are on the connections of [`Shared::connect`].
pub fn check_foreign_keys(conn: &mut Conn) {
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
}

/// Foreign keys are not checked from now on, so that rows without parents can be made.
pub fn stop_checking_foreign_keys(conn: &mut Conn) {
    conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
}

/// Foreign keys are checked at the commit of this transaction.
pub fn defer_foreign_keys(conn: &mut Conn) {
    conn.batch_execute("PRAGMA defer_foreign_keys = ON")
        .unwrap();
}

/// Whether a transaction takes statements again after one has failed.
pub const GOES_ON_AFTER_A_FAILURE: bool = true;

/// How many parents of an item are locked before it is written.
pub const PARENTS_LOCKED: usize = 0;

/// How many statements read a row that was written.
pub const READ_BACK: usize = 0;

/// Whether a write of one row is part of the statement that locks ahead of it.
pub const WRITES_AS_IT_LOCKS: bool = false;

/// Makes a trigger that changes the note of an order whenever an item comes to it.
pub const NOTE_BY_TRIGGER: &str = "CREATE TRIGGER note AFTER INSERT ON items BEGIN
     UPDATE orders SET note = 'by trigger' WHERE id = NEW.order_id; END";

/// What is not a number, which is stored as null.
pub const NOT_A_NUMBER: Option<f64> = Some(f64::NAN);

/// Inserts a category by a query that returns a row.
pub fn insert_category(conn: &mut Conn, name: &str) -> QueryResult<()> {
    diesel::insert_into(categories::table)
        .values(categories::name.eq(name))
        .returning(categories::id)
        .get_result::<i32>(conn)
        .map(drop)
}

/// What a fault does to the statement that meets it.
#[derive(Debug, Clone, Copy)]
pub enum Strike {
    /// The statement fails.
    Statement,
    /// The statement fails and the database ends the transaction.
    Transaction,
    /// The statement fails, and may succeed when it is run again.
    Refusal,
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether the row that is being written is the one that must fail.
    fn fault_due() -> diesel::sql_types::Bool;
}

/// The message of an injected fault.
pub const FAULT: &str = "injected fault";

/// Whether this is the message of an injected fault that ends the transaction.
pub fn tells_of_the_end(message: &str) -> bool {
    message.contains(FAULT)
}

#[allow(
    missing_debug_implementations,
    reason = "nothing of a test binary is printed"
)]
/// The rows that may still be written before one fails.
pub struct Countdown(Arc<AtomicI64>);

impl Countdown {
    /// So many rows from now on.
    pub fn set(&self, rows: i64) {
        self.0.store(rows, Ordering::Relaxed);
    }

    /// How many rows are left.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// A connection on which one can go on after the database has ended a transaction on this one.
    pub fn reconnect(&self, conn: Conn) -> Conn {
        conn
    }
}

/// Makes the write of a row fail when the countdown, which each row of these tables counts down, comes to zero.
pub fn install_faults(conn: &mut Conn, strike: Strike, tables: &[&str]) -> Countdown {
    let countdown = Arc::new(AtomicI64::new(0));
    let rows = Arc::clone(&countdown);
    let due = move || rows.fetch_sub(1, Ordering::Relaxed) == 1;
    fault_due_utils::register_nondeterministic_impl(conn.inner_mut(), due).unwrap();
    let (raise, message) = match strike {
        Strike::Statement => ("ABORT", FAULT),
        Strike::Transaction => ("ROLLBACK", FAULT),
        // SQLite itself lets writers wait, and refuses none.
        Strike::Refusal => ("ABORT", "deadlock detected"),
    };
    for table in tables {
        for verb in ["INSERT", "UPDATE", "DELETE"] {
            let trigger = format!(
                "CREATE TEMP TRIGGER fault_{table}_{verb} BEFORE {verb} ON main.{table} WHEN fault_due()
                 BEGIN SELECT RAISE({raise}, '{message}'); END"
            );
            conn.inner_mut().batch_execute(&trigger).unwrap();
        }
    }
    Countdown(countdown)
}
