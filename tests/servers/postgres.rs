//! What the suite needs of the server.

use std::cell::RefCell;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
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
    let mut all = String::new();
    for table in TABLES.iter().rev() {
        write!(all, "DELETE FROM {table};").unwrap();
    }
    // The tables whose keys the database gives.
    all.push_str(
        "SELECT setval(oid, 1, false) FROM pg_class
            WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace",
    );
    inner.batch_execute(&all)
}

/// A database that several connections share.
#[derive(Debug)]
pub struct Shared {
    schema: String,
}

impl Shared {
    /// A database with the schema and no rows, which no test has that runs.
    pub fn new() -> Self {
        let schema = LITTER.with_borrow_mut(|litter| {
            let schema = LEFT.take().unwrap_or_else(make);
            litter.schemas.push(schema.clone());
            schema
        });
        Self { schema }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        url_of(&self.schema)
    }

    /// Another connection to it.
    pub fn connect(&self) -> Conn {
        Conn::establish(&self.url()).unwrap()
    }
}

/// Where the server is.
fn server() -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a PostgreSQL database, in which each test makes a schema of its own; or run `cargo xtask test postgres`")
    })
}

fn url_of(schema: &str) -> String {
    let server = server();
    let separator = if server.contains('?') { '&' } else { '?' };
    let patience = patience();
    format!(
        "{server}{separator}options=-c%20search_path%3D{schema}%20-c%20client_min_messages%3Dwarning{patience}"
    )
}

/// The setting that makes the server look for deadlocks at once, which only a superuser may ask for: the tests of
/// concurrency meet many, and wait a second for each otherwise.
fn patience() -> &'static str {
    static SETTING: OnceLock<&str> = OnceLock::new();
    SETTING.get_or_init(|| {
        let mut inner = Inner::establish(&server()).unwrap();
        match inner.batch_execute("SET deadlock_timeout = '10ms'") {
            Ok(()) => "%20-c%20deadlock_timeout%3D10ms",
            Err(_) => "",
        }
    })
}

/// Makes a schema with the tables.
fn make() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("suite_{}_{number}", std::process::id());
    let mut inner = Inner::establish(&url_of(&schema)).unwrap();
    inner
        .batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};"
        ))
        .unwrap();
    create_schema(&mut inner);
    AS_MADE.get_or_init(|| parts(&mut inner).unwrap());
    schema
}

/// What a schema has when it is made: tables, columns, triggers, functions, constraints.
static AS_MADE: OnceLock<String> = OnceLock::new();

/// What a schema has now.
fn parts(inner: &mut Inner) -> QueryResult<String> {
    let tables = "pg_class c WHERE c.relnamespace = n.oid AND c.relkind";
    let of_tables = "c ON c.relnamespace = n.oid AND c.relkind = 'r' AND c.oid";
    let parts = diesel::dsl::sql::<Text>(&format!(
        "concat_ws(' ',
            (SELECT count(*) FROM {tables} IN ('r', 'v', 'm', 'S')),
            (SELECT count(*) FROM pg_attribute JOIN pg_class {of_tables} = attrelid AND attnum > 0),
            (SELECT count(*) FROM pg_trigger JOIN pg_class {of_tables} = tgrelid AND NOT tgisinternal),
            (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid),
            (SELECT concat(count(*), ' ', count(*) FILTER (WHERE condeferrable))
                FROM pg_constraint WHERE connamespace = n.oid))
        FROM pg_namespace n WHERE n.nspname = current_schema()"
    ));
    diesel::select(parts).get_result(inner)
}

fn create_schema(inner: &mut Inner) {
    let mut all = String::new();
    for statement in CREATE {
        let statement = statement
            .replace("{serial}", "SERIAL PRIMARY KEY")
            .replace("{latest_order}", "")
            .replace("{double}", "DOUBLE PRECISION")
            .replace("{key}", "TEXT")
            .replace("{text}", "TEXT");
        all.push_str(&statement);
        all.push(';');
    }
    all.push_str("ALTER TABLE customers ADD FOREIGN KEY (latest_order_id) ");
    all.push_str(LATEST_ORDER_KEY);
    inner.batch_execute(&all).unwrap();
}

static LEFT: Left = Left::new();

/// The schemas that a test has. When its thread ends, those that are as they were made are left to
/// others, and the rest is dropped.
struct Litter {
    schemas: Vec<String>,
}

thread_local! {
    static LITTER: RefCell<Litter> = {
        LEFT.begin();
        RefCell::new(Litter { schemas: Vec::new() })
    };
}

impl Drop for Litter {
    fn drop(&mut self) {
        let schemas = std::mem::take(&mut self.schemas);
        // A thread that ends has no tokio any more, which async connections are made with.
        thread::spawn(|| leave(schemas)).join().ok();
    }
}

/// Leaves schemas to others that are as they were made, and drops the others.
fn leave(schemas: Vec<String>) {
    let Ok(mut inner) = Inner::establish(&server()) else {
        LEFT.end(Vec::new(), |_| false);
        return;
    };
    // Whatever a test has left open must not keep the others waiting.
    inner
        .batch_execute("SET lock_timeout = '2s'; SET client_min_messages = warning")
        .ok();
    let is_as_made = |schema: &String| {
        let path = format!("SET search_path = {schema}");
        inner.batch_execute(&path).is_ok()
            && parts(&mut inner).ok().as_ref() == AS_MADE.get()
            && empty(&mut inner).is_ok()
    };
    for schema in LEFT.end(schemas, is_as_made) {
        inner
            .batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
            .ok();
    }
}

/// Makes a connection wait for another one's lock for so many milliseconds.
pub fn wait_for_locks(conn: &mut Conn, milliseconds: u32) {
    // Zero would be forever.
    let milliseconds = milliseconds.max(1);
    conn.batch_execute(&format!("SET lock_timeout = {milliseconds}"))
        .unwrap();
}

/// Nothing can be written from now on.
pub fn read_only(conn: &mut Conn) {
    conn.batch_execute("SET default_transaction_read_only = on")
        .unwrap();
}

/// Foreign keys are checked from now on, as they are on the connections of [`Shared::connect`].
pub fn check_foreign_keys(_: &mut Conn) {}

/// Foreign keys are not checked from now on, so that rows without parents can be made.
pub fn stop_checking_foreign_keys(conn: &mut Conn) {
    conn.batch_execute(
        "DO $$ DECLARE at record; BEGIN
            FOR at IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
            LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', at.owner, at.conname); END LOOP;
        END $$",
    )
    .unwrap();
}

/// Foreign keys are checked at the commit of this transaction.
pub fn defer_foreign_keys(conn: &mut Conn) {
    conn.batch_execute(
        "ALTER TABLE items ALTER CONSTRAINT items_order_id_fkey DEFERRABLE INITIALLY DEFERRED",
    )
    .unwrap();
}

/// Whether a transaction takes statements again after one has failed.
pub const GOES_ON_AFTER_A_FAILURE: bool = false;

/// How many parents of an item are locked before it is written.
pub const PARENTS_LOCKED: usize = 0;

/// How many statements read a row that was written.
pub const READ_BACK: usize = 0;

/// Whether a write of one row is part of the statement that locks ahead of it.
pub const WRITES_AS_IT_LOCKS: bool = true;

/// Makes a trigger that changes the note of an order whenever an item comes to it.
pub const NOTE_BY_TRIGGER: &str =
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     UPDATE orders SET note = 'by trigger' WHERE id = NEW.order_id; RETURN NULL; END $$;
     CREATE TRIGGER note AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION note()";

/// What is not a number, which is stored as it is.
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
    /// The statement fails and the database ends the transaction: here it ends the connection as well.
    Transaction,
    /// The statement fails, and may succeed when it is run again.
    Refusal,
}

/// The message of an injected fault.
pub const FAULT: &str = "injected fault";

/// Whether this is the message of an injected fault that ends the transaction. For a statement that is sent without
/// parameters the client library keeps only the second half of what it has learnt.
pub fn tells_of_the_end(message: &str) -> bool {
    message.contains("terminating connection") || message.contains("closed")
}

#[allow(
    missing_debug_implementations,
    reason = "nothing of a test binary is printed"
)]
/// The rows that may still be written before one fails: a sequence, which no rollback sets back.
pub struct Countdown {
    url: String,
    other: Mutex<Inner>,
}

impl Countdown {
    /// So many rows from now on.
    pub fn set(&self, rows: i64) {
        let set = diesel::sql_query(format!("SELECT setval('faults', {rows})"));
        set.execute(&mut *self.other.lock().unwrap()).unwrap();
    }

    /// How many rows are left.
    pub fn get(&self) -> i64 {
        let value = diesel::dsl::sql::<diesel::sql_types::BigInt>("last_value FROM faults");
        diesel::select(value)
            .get_result(&mut *self.other.lock().unwrap())
            .unwrap()
    }

    /// A connection on which one can go on after the database has ended a transaction on this one.
    pub fn reconnect(&self, conn: Conn) -> Conn {
        drop(conn);
        Conn::establish(&self.url).unwrap()
    }
}

/// Makes the write of a row fail when the countdown, which each row of these tables counts down, comes to zero.
pub fn install_faults(conn: &mut Conn, strike: Strike, tables: &[&str]) -> Countdown {
    let strike = match strike {
        Strike::Statement => format!("RAISE EXCEPTION '{FAULT}'"),
        Strike::Transaction => {
            "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60)".to_owned()
        }
        Strike::Refusal => {
            "RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'".to_owned()
        }
    };
    let mut sql = format!(
        "CREATE SEQUENCE faults INCREMENT -1 MINVALUE -1000000000 MAXVALUE 1000000000 START -1;
        CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('faults') = 0 THEN {strike}; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$;"
    );
    for table in tables {
        write!(
            sql,
            "CREATE TRIGGER fault BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION fault();"
        )
        .unwrap();
    }
    let inner = conn.inner_mut();
    inner.batch_execute(&sql).unwrap();
    let schema = diesel::dsl::sql::<Text>("current_schema()::text");
    let schema: String = diesel::select(schema).get_result(inner).unwrap();
    let url = url_of(&schema);
    let other = Mutex::new(Inner::establish(&url).unwrap());
    Countdown { url, other }
}
