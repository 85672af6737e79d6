//! On `PostgreSQL`: a schema for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub(crate) use crate::study::postgres::program;

/// A schema with the study's tables, gone when it is dropped.
pub(crate) struct Place {
    schema: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("study_{}_{number}", std::process::id());
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        let mut server = PgConnection::establish(&server()).unwrap();
        server.batch_execute(&create).unwrap();
        Self { schema }
    }

    pub(crate) fn url(&self) -> String {
        let server = server();
        let separator = if server.contains('?') { '&' } else { '?' };
        let options = "-c%20client_min_messages%3Dwarning%20-c%20search_path%3D";
        let schema = &self.schema;
        format!("{server}{separator}options={options}{schema}")
    }

    pub(crate) fn connect(&self) -> program::Conn {
        program::open(&self.url()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut server) = PgConnection::establish(&server()) {
            let drop = format!("DROP SCHEMA {} CASCADE", self.schema);
            server.batch_execute(&drop).ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a PostgreSQL database, in which each test makes a schema of its own; or run `cargo xtask test`")
    })
}
