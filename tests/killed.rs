//! A rebuild that is killed with SIGKILL, again and again, goes on behind what it has done.
//!
//! The rebuild runs in a process of its own: this program once more, with the database's address in its environment.
//! `REBUILD_KILLS=20` kills it so often; by itself it is four times on each database.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(missing_docs, reason = "Diesel's `table!` documents nothing")]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use maintained::ErrorKind;
use maintained::prelude::*;
use maintained::{Database, operations};

/// Where the process that rebuilds finds its database.
const ADDRESS: &str = "REBUILD_OF";
const ROWS: i32 = 3_000;
const BATCH: usize = 20;

diesel::table! { owners (id) { id -> Integer, name -> VarChar } }
diesel::table! { pets (id) { id -> Integer, owner_id -> Integer, label -> VarChar } }

#[derive(Debug, Queryable, Selectable, Maintained)]
#[diesel(table_name = owners)]
struct Owner {
    id: i32,
    name: String,
}

#[derive(Debug, Queryable, Selectable, Maintained)]
#[diesel(table_name = pets, belongs_to(Owner))]
struct Pet {
    id: i32,
    owner_id: i32,
    #[maintained]
    label: String,
}

#[maintained::setters]
impl Pet {
    #[setter]
    fn label(&self, owner: &Owner) -> String {
        strike(self.id);
        format!("{} of {}", self.id, owner.name)
    }
}

diesel::allow_tables_to_appear_in_same_query!(owners, pets);

/// What is to happen when the label of a row is computed.
type Strike = (i32, Box<dyn FnOnce()>);

thread_local! {
    static STRIKE: RefCell<Option<Strike>> = const { RefCell::new(None) };
}

fn strike(id: i32) {
    let strike = STRIKE.with_borrow_mut(|strike| strike.take_if(|(at, _)| *at == id));
    if let Some((_, strike)) = strike {
        strike();
    }
}

/// Rebuilds the labels, and tells how many rows are done after each batch.
fn rebuild<C: Database>(mut conn: MaintainedConnection<C>) {
    let say = |words: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{words}").unwrap();
        out.flush().unwrap();
    };
    let tell = move |progress: &operations::Progress| say(&format!("seen {}", progress.seen));
    let rebuild = operations::rebuild().fields(["Pet::label"]).batch(BATCH);
    C::value(rebuild.progress(tell).run(&mut conn)).unwrap();
    say("done");
}

/// How often a rebuild is killed.
fn kills() -> usize {
    let said = std::env::var("REBUILD_KILLS").ok();
    said.and_then(|kills| kills.parse().ok()).unwrap_or(4)
}

/// Runs the rebuild until it has told of so many batches, and kills it a moment later; gives how many rows it has told of,
/// and whether it has come to its end.
fn run(test: &str, address: &str, kill: Option<(usize, Duration)>) -> (usize, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ADDRESS, address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut seen, mut batches, mut is_done) = (0, 0, false);
    for line in lines.map_while(Result::ok) {
        if let Some(rows) = line.strip_prefix("seen ") {
            seen = rows.parse().unwrap();
            batches += 1;
        }
        is_done |= line == "done";
        if let Some((after, moment)) = kill
            && batches == after
        {
            std::thread::sleep(moment);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (seen, is_done)
}

/// Kills rebuilds at random moments and starts them again.
fn killed(test: &str, address: &str) {
    let mut random = fastrand::Rng::with_seed(7);
    let mut computed = 0;
    for _ in 0..kills() {
        let after = random.usize(1..120 / kills());
        let moment = Duration::from_micros(random.u64(0..3_000));
        let (seen, is_done) = run(test, address, Some((after, moment)));
        assert!(!is_done, "it was to be killed");
        computed += seen;
    }
    let (seen, is_done) = run(test, address, None);
    assert!(is_done, "the last one comes to its end");
    computed += seen;
    let rows = usize::try_from(ROWS).unwrap();
    let most = rows + rows / 20 + kills() * BATCH;
    assert!(
        computed <= most,
        "{computed} rows were computed, {most} at most"
    );
    // What is committed and not told of any more is not counted.
    assert!(
        computed + kills() * BATCH >= rows,
        "{computed} rows were computed"
    );
    let kills = kills();
    eprintln!("{computed} rows were computed of {rows}, with {kills} kills");
}

/// What makes the tables, with labels that nobody has computed.
fn tables(text: &str) -> String {
    let mut sql = format!(
        "CREATE TABLE owners (id INTEGER PRIMARY KEY, name {text} NOT NULL);
         CREATE TABLE pets (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owners (id),
                            label {text} NOT NULL DEFAULT '');
         CREATE INDEX pets_by_owner ON pets (owner_id);
         INSERT INTO owners VALUES (1, 'Ada'), (2, 'Ben');
         INSERT INTO pets (id, owner_id) VALUES "
    );
    let pets: Vec<String> = (1..=ROWS)
        .map(|id| format!("({id}, {})", 1 + id % 2))
        .collect();
    sql.push_str(&pets.join(", "));
    sql.push(';');
    sql
}

fn made<C: Database + SimpleConnection>(conn: &mut MaintainedConnection<C>, text: &str) {
    for table in tables(text).split_inclusive(';') {
        conn.inner_mut().batch_execute(table).unwrap();
    }
    C::value(operations::set_up(conn)).unwrap();
}

/// A test on one database: at an address, with a type of texts, and what a label should be.
macro_rules! test {
    ($test:ident, $inner:ty, $place:expr, $text:literal, $label:literal) => {
        #[test]
        fn $test() {
            if let Ok(address) = std::env::var(ADDRESS) {
                return rebuild(MaintainedConnection::<$inner>::establish(&address).unwrap());
            }
            let place = $place;
            let address = place.address();
            let mut conn = MaintainedConnection::<$inner>::establish(&address).unwrap();
            made(&mut conn, $text);
            killed(stringify!($test), &address);
            // The library is not asked whether all is right.
            let stale = concat!(
                "SELECT COUNT(*) AS rows_ FROM pets JOIN owners ON owners.id = owner_id WHERE label <> ",
                $label
            );
            let stale: Count = diesel::sql_query(stale).get_result(conn.inner_mut()).unwrap();
            assert_eq!(stale.rows_, 0);
            operations::ensure_current(&mut conn).unwrap();
        }
    };
}

#[derive(Debug, QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows_: i64,
}

struct File(tempfile::TempDir);

impl File {
    fn address(&self) -> String {
        self.0.path().join("pets.db").to_str().unwrap().to_owned()
    }
}

test!(
    on_sqlite_a_rebuild_goes_on_behind_what_it_has_done,
    SqliteConnection,
    File(tempfile::tempdir().unwrap()),
    "TEXT",
    "pets.id || ' of ' || name"
);

#[cfg(feature = "postgres")]
#[path = "killed/postgres.rs"]
mod postgres;

#[cfg(feature = "postgres")]
test!(
    on_postgres_a_rebuild_goes_on_behind_what_it_has_done,
    PgConnection,
    postgres::Schema::new(),
    "TEXT",
    "pets.id || ' of ' || name"
);

#[cfg(feature = "mysql")]
#[path = "killed/mysql.rs"]
mod mysql;

#[cfg(feature = "mysql")]
test!(
    on_mysql_a_rebuild_goes_on_behind_what_it_has_done,
    MysqlConnection,
    mysql::Schema::new(),
    "VARCHAR(100)",
    "CONCAT(pets.id, ' of ', name)"
);

#[derive(Debug, clap::Parser)]
struct Program {
    #[command(subcommand)]
    command: maintained::cli::Command,
}

/// A test on one server: at an address, with a type of texts, a query for a connection's number, and what ends it.
#[cfg(any(feature = "mysql", feature = "postgres"))]
macro_rules! lost {
    ($test:ident, $inner:ty, $place:expr, $text:literal, $number:literal, $kill:literal) => {
        #[test]
        fn $test() {
            use clap::Parser;
            let place = $place;
            let address = place.address();
            let connect = || MaintainedConnection::<$inner>::establish(&address).unwrap();
            made(&mut connect(), $text);
            let strike_at = |conn: &mut MaintainedConnection<$inner>, id: i32| {
                let number = format!("SELECT {} AS rows_", $number);
                let number: Count = diesel::sql_query(number).get_result(conn).unwrap();
                let mut other = connect();
                let kill = $kill.replace("{}", &number.rows_.to_string());
                let kill = move || other.inner_mut().batch_execute(&kill).unwrap();
                STRIKE.set(Some((id, Box::new(kill))));
            };
            let written = || {
                let written = "SELECT COUNT(*) AS rows_ FROM pets WHERE label <> ''";
                let written: Count = diesel::sql_query(written)
                    .get_result(&mut connect())
                    .unwrap();
                written.rows_
            };
            let mut conn = connect();
            strike_at(&mut conn, 507);
            let words = ["p", "rebuild", "--field", "Pet::label", "--batch", "20"];
            let end = Program::parse_from(words)
                .command
                .run_to(&mut conn, &mut Vec::new());
            assert_eq!((end, written()), (2, 500), "nothing of the batch is left");
            let mut conn = connect();
            strike_at(&mut conn, 1_007);
            let rebuild = || operations::rebuild().fields(["Pet::label"]).batch(20);
            let error = rebuild().run(&mut conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            assert_eq!(written(), 1_000);
            let report = rebuild().run(&mut connect()).unwrap();
            assert_eq!(report.seen, usize::try_from(ROWS).unwrap() - 1_000);
            operations::ensure_current(&mut connect()).unwrap();
        }
    };
}

#[cfg(feature = "postgres")]
lost!(
    on_postgres_a_connection_that_is_lost_in_a_batch_leaves_nothing_of_it,
    PgConnection,
    postgres::Schema::new(),
    "TEXT",
    "CAST(pg_backend_pid() AS BIGINT)",
    "SELECT pg_terminate_backend({})"
);

#[cfg(feature = "mysql")]
lost!(
    on_mysql_a_connection_that_is_lost_in_a_batch_leaves_nothing_of_it,
    MysqlConnection,
    mysql::Schema::new(),
    "VARCHAR(100)",
    "CONNECTION_ID()",
    "KILL {}"
);
