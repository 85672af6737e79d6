//! How fast a rebuild is, with one job and with two, beside writers: `cargo bench --bench rebuild`.
//!
//! A field is added to a table of many rows, and computed by a function of the row and its parent. `SQLite` is a file;
//! `PostgreSQL` runs where `POSTGRES_DATABASE_URL` says, with `--features postgres`. Printed are rows a second, the memory
//! above that of the process before (as Linux tells it), the longest batch, and of the writers how much they wrote and
//! how long the longest of them waited. At the end a query of the database's own looks for stale rows.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "Diesel's `table!` documents nothing")]
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Database, Error, operations};

diesel::table! { owners (id) { id -> Integer, name -> VarChar } }
diesel::table! { pets (id) { id -> Integer, owner_id -> Integer, name -> VarChar, label -> VarChar } }

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
    name: String,
    #[maintained]
    label: String,
}

#[maintained::setters]
impl Pet {
    #[setter]
    fn label(&self, owner: &Owner) -> String {
        format!("{} of {}", self.name, owner.name)
    }
}

/// How many owners there are.
const OWNERS: i32 = 1_000;

/// What is done with a connection, which the types of one database alone allow.
struct Calls<C: Database> {
    /// One write of a writer: a pet gets another name, or moves to another owner.
    write: Call<C, (i32, i32, bool), Result<(), Error>>,
    /// How many rows are stale, by a query of the database's own.
    stale: Call<C, (), i64>,
}

type Call<C, A, R> = fn(&mut MaintainedConnection<C>, A) -> R;

macro_rules! calls {
    ($inner:ty) => {
        Calls {
            write: |conn: &mut MaintainedConnection<$inner>, (key, owner, renames)| {
                let name = format!("pet {key} of {owner}");
                let written = if renames {
                    Pet::update(conn, key, pets::name.eq(name))
                } else {
                    Pet::update(conn, key, pets::owner_id.eq(owner))
                };
                written.map(drop)
            },
            stale: |conn: &mut MaintainedConnection<$inner>, ()| {
                let of = "SELECT COUNT(*) AS rows_ FROM pets JOIN owners ON owners.id = owner_id \
                          WHERE label <> pets.name || ' of ' || owners.name";
                let stale: Count = diesel::sql_query(of).get_result(conn.inner_mut()).unwrap();
                stale.rows_
            },
        }
    };
}

#[derive(Debug, Parser)]
struct Options {
    /// How many rows the table has
    #[arg(long, default_value_t = 100_000)]
    rows: i32,
    /// How many rows a batch has
    #[arg(long, default_value_t = 1_000)]
    batch: usize,
    /// How many writers go on beside the rebuild
    #[arg(long, default_value_t = 0)]
    writers: usize,
    /// How many jobs there are; may be given several times. 0: the writers alone, for ten seconds
    #[arg(long)]
    jobs: Vec<usize>,
    /// Only this database: `sqlite` or `postgres`
    #[arg(long)]
    only: Option<String>,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let mut options = Options::parse();
    if options.jobs.is_empty() {
        options.jobs = vec![1, 2];
    }
    let is_meant = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    if is_meant("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pets.db");
        let file = file.to_str().unwrap().to_owned();
        measure(&options, ("SQLite", calls!(SqliteConnection)), || {
            let mut conn = MaintainedConnection::<SqliteConnection>::establish(&file).unwrap();
            let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 20000";
            conn.batch_execute(settings).unwrap();
            conn
        });
    }
    #[cfg(feature = "postgres")]
    if is_meant("postgres")
        && let Ok(server) = std::env::var("POSTGRES_DATABASE_URL")
    {
        let separator = if server.contains('?') { '&' } else { '?' };
        let options_of =
            "options=-c%20search_path%3Drebuild_bench%20-c%20client_min_messages%3Dwarning";
        let url = format!("{server}{separator}{options_of}");
        let mut conn = PgConnection::establish(&url).unwrap();
        conn.batch_execute(
            "DROP SCHEMA IF EXISTS rebuild_bench CASCADE; CREATE SCHEMA rebuild_bench",
        )
        .unwrap();
        measure(&options, ("PostgreSQL", calls!(PgConnection)), || {
            MaintainedConnection::<PgConnection>::establish(&url).unwrap()
        });
        conn.batch_execute("DROP SCHEMA rebuild_bench CASCADE")
            .unwrap();
    }
}

/// Measures on one database.
fn measure<C>(
    options: &Options,
    (name, calls): (&str, Calls<C>),
    connect: impl Fn() -> MaintainedConnection<C> + Sync,
) where
    C: Database + SimpleConnection,
    MaintainedConnection<C>: Send,
{
    let mut conn = connect();
    fill(&mut conn, options.rows);
    for &jobs in &options.jobs {
        conn.inner_mut()
            .batch_execute("UPDATE pets SET label = ''")
            .unwrap();
        let mut connections: Vec<_> = (0..jobs).map(|_| connect()).collect();
        let ended = AtomicBool::new(false);
        let written = AtomicU64::new(0);
        let longest_wait = AtomicU64::new(0);
        let progress = Arc::new(Mutex::new((Instant::now(), Duration::ZERO, 0)));
        let idle = resident();
        let begin = Instant::now();
        let report = std::thread::scope(|scope| {
            for writer in 0..options.writers {
                let (ended, written, longest_wait, connect, calls) =
                    (&ended, &written, &longest_wait, &connect, &calls);
                scope.spawn(move || {
                    let mut conn = connect();
                    let mut random = fastrand::Rng::with_seed(writer as u64);
                    while !ended.load(Ordering::Relaxed) {
                        let begin = Instant::now();
                        let (key, owner) = (random.i32(1..=options.rows), random.i32(1..=OWNERS));
                        let done = (calls.write)(&mut conn, (key, owner, random.bool()));
                        assert!(
                            done.as_ref().err().is_none_or(Error::is_retryable),
                            "{done:?}"
                        );
                        let took = u64::try_from(begin.elapsed().as_micros()).unwrap();
                        longest_wait.fetch_max(took, Ordering::Relaxed);
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let seen = Arc::clone(&progress);
            let rebuild = operations::rebuild()
                .fields(["Pet::label"])
                .batch(options.batch)
                .progress(move |_| {
                    let mut seen = seen.lock().unwrap();
                    let took = seen.0.elapsed();
                    *seen = (Instant::now(), seen.1.max(took), seen.2.max(resident()));
                });
            let report = if jobs > 0 {
                rebuild.run_jobs(&mut connections).unwrap()
            } else {
                std::thread::sleep(Duration::from_secs(10));
                operations::Report::default()
            };
            ended.store(true, Ordering::Relaxed);
            report
        });
        let seconds = begin.elapsed().as_secs_f64();
        let (_, longest, most) = *progress.lock().unwrap();
        println!(
            "{name}: {jobs} jobs, {} writers: {:.0} rows a second, {seconds:.1} s, {} KiB above idle, longest batch {} ms, \
             {} retries; writers: {} writes, longest {} ms; stale: {}",
            options.writers,
            f64::from(options.rows) / seconds,
            most.saturating_sub(idle),
            longest.as_millis(),
            report.retries,
            written.load(Ordering::Relaxed),
            longest_wait.load(Ordering::Relaxed) / 1_000,
            (calls.stale)(&mut conn, ()),
        );
    }
}

/// Makes the tables, and fills them without computing anything.
fn fill<C: Database + SimpleConnection>(conn: &mut MaintainedConnection<C>, rows: i32) {
    let conn = conn.inner_mut();
    conn.batch_execute(&format!(
        "CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE pets (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owners (id), name TEXT NOT NULL,
                            label TEXT NOT NULL DEFAULT '');
         INSERT INTO owners WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < {OWNERS})
             SELECT id, 'owner ' || id FROM n;
         INSERT INTO pets WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < {rows})
             SELECT id, 1 + id % {OWNERS}, 'pet ' || id, '' FROM n;
         CREATE INDEX pets_by_owner ON pets (owner_id);
         ANALYZE;"
    ))
    .unwrap();
}

#[derive(Debug, QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows_: i64,
}

/// The memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0)
}
