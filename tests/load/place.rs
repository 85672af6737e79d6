//! Databases for a server, and connections to them that do not use the library.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// A database of a test's own.
#[derive(Debug)]
pub enum Place {
    Sqlite(tempfile::TempDir),
    /// A schema, which is dropped with this value.
    Postgres(String),
}

/// A plain connection to it.
#[allow(
    missing_debug_implementations,
    reason = "Diesel's connections have none"
)]
pub enum Plain {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("server_{}_{number}", std::process::id());
        let place = Self::Postgres(schema.clone());
        let mut plain = place.plain();
        plain.execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
        plain.execute(&format!("CREATE SCHEMA {schema}"));
        place
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Where the server finds it. Its connections to `PostgreSQL` bear the schema's name.
    pub fn address(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.path().join("shop.sqlite").display().to_string(),
            Self::Postgres(schema) => address(schema, schema),
        }
    }

    pub fn plain(&self) -> Plain {
        match self {
            Self::Sqlite(_) => {
                let mut plain = SqliteConnection::establish(&self.address()).unwrap();
                plain.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
                Plain::Sqlite(plain)
            }
            Self::Postgres(schema) => {
                let address = address(schema, "plain");
                Plain::Postgres(PgConnection::establish(&address).unwrap())
            }
        }
    }

    /// How many connections of the server are in a transaction. On `SQLite` it is known of writers
    /// only: they keep others from writing.
    pub fn open_transactions(&self) -> i64 {
        let mut plain = self.plain();
        match self {
            Self::Sqlite(_) => {
                plain.execute("PRAGMA busy_timeout = 0");
                let Plain::Sqlite(plain) = &mut plain else {
                    unreachable!("it is of the same kind")
                };
                let written = plain.batch_execute("BEGIN IMMEDIATE; ROLLBACK");
                i64::from(written.is_err())
            }
            Self::Postgres(schema) => plain.count(&format!(
                "SELECT count(*) AS number FROM pg_stat_activity
                 WHERE application_name = '{schema}' AND xact_start IS NOT NULL"
            )),
        }
    }

    /// What may befall the server.
    pub fn striker(&self) -> Striker {
        match self {
            Self::Sqlite(_) => Striker::Sqlite,
            Self::Postgres(schema) => Striker::Postgres(schema.clone()),
        }
    }
}

/// What may befall a server: its connection is ended, or another program keeps the file for itself.
#[derive(Debug)]
pub enum Striker {
    Sqlite,
    Postgres(String),
}

impl Striker {
    pub fn strike(&self, plain: &mut Plain) {
        match self {
            Self::Sqlite => {
                plain.execute("BEGIN IMMEDIATE");
                std::thread::sleep(std::time::Duration::from_millis(20));
                plain.execute("ROLLBACK");
            }
            Self::Postgres(schema) => plain.execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = '{schema}' ORDER BY random() LIMIT 1"
            )),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Postgres(schema) = self {
            let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
            self.plain().execute(&drop);
        }
    }
}

fn address(schema: &str, name: &str) -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    let server = std::env::var(NAME).unwrap_or_else(|_| {
        panic!("{NAME} is not set: the address of a PostgreSQL database to test on; `cargo xtask test` sets it")
    });
    let separator = if server.contains('?') { '&' } else { '?' };
    format!(
        "{server}{separator}application_name={name}&options=-c%20search_path%3D{schema}\
         %20-c%20client_min_messages%3Dwarning"
    )
}

impl Plain {
    #[track_caller]
    pub fn execute(&mut self, sql: &str) {
        match self {
            Self::Sqlite(plain) => plain.batch_execute(sql).unwrap(),
            Self::Postgres(plain) => plain.batch_execute(sql).unwrap(),
        }
    }

    /// The `number` that a query returns.
    #[track_caller]
    pub fn count(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let count: Count = match self {
            Self::Sqlite(plain) => query.get_result(plain).unwrap(),
            Self::Postgres(plain) => query.get_result(plain).unwrap(),
        };
        count.number
    }

    /// Each `name` with its `number`.
    #[track_caller]
    pub fn groups(&mut self, sql: &str) -> Vec<(String, i64)> {
        let query = diesel::sql_query(sql);
        let groups: Vec<Group> = match self {
            Self::Sqlite(plain) => query.load(plain).unwrap(),
            Self::Postgres(plain) => query.load(plain).unwrap(),
        };
        let groups = groups.into_iter();
        groups.map(|group| (group.name, group.number)).collect()
    }
}
