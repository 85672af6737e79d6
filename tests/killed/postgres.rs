//! A schema of the test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

pub(crate) struct Schema(String);

impl Schema {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "killed_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut server = PgConnection::establish(&server()).unwrap();
        let make = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
        server.batch_execute(&make).unwrap();
        Self(name)
    }

    pub(crate) fn address(&self) -> String {
        let server = server();
        let separator = if server.contains('?') { '&' } else { '?' };
        format!("{server}{separator}options=-c%20search_path%3D{}", self.0)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Ok(mut server) = PgConnection::establish(&server()) {
            let drop = format!("DROP SCHEMA {} CASCADE", self.0);
            server.batch_execute(&drop).ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a PostgreSQL database, in which the test makes a schema of its own; or run `cargo xtask test`")
    })
}
