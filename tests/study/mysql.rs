//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection};

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub(crate) use crate::study::mysql::program;

/// A database with the study's tables, gone when it is dropped.
pub(crate) struct Place {
    database: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("study_{}_{number}", std::process::id());
        let create = format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}");
        let mut server = MysqlConnection::establish(&server()).unwrap();
        server.batch_execute(&create).unwrap();
        Self { database }
    }

    pub(crate) fn url(&self) -> String {
        let server = server();
        let (address, options) = match server.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (server.as_str(), String::new()),
        };
        let (host, _) = address.rsplit_once('/').unwrap();
        let database = &self.database;
        format!("{host}/{database}{options}")
    }

    pub(crate) fn connect(&self) -> program::Conn {
        program::open(&self.url()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut server) = MysqlConnection::establish(&server()) {
            let drop = format!("DROP DATABASE {}", self.database);
            server.batch_execute(&drop).ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "MYSQL_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a MySQL or MariaDB server, on which each test makes a database of its own; or run `cargo xtask test`")
    })
}
