//! On `PostgreSQL`: a schema of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

pub(crate) type Inner = PgConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// How many operations the random programs take, if `BRACKET_OPERATIONS` does not say.
pub(crate) const OPERATIONS: u64 = 300;

/// A schema that several connections share, gone when it is dropped.
pub(crate) struct Place {
    schema: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("brackets_{}_{number}", std::process::id());
        let mut inner = Inner::establish(&server()).unwrap();
        inner
            .batch_execute(&format!(
                "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"
            ))
            .unwrap();
        let place = Self { schema };
        text::create(&mut place.connect(), "", false);
        place
    }

    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&server()).unwrap();
        conn.batch_execute(&format!(
            "SET search_path = {}; SET client_min_messages = warning",
            self.schema
        ))
        .unwrap();
        conn
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut inner) = Inner::establish(&server()) {
            inner
                .batch_execute(&format!("DROP SCHEMA {} CASCADE", self.schema))
                .ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a PostgreSQL server, in which each test makes a schema of its own; or run `cargo xtask test`")
    })
}
