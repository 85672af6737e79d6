//! A database of the test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection};

pub(crate) struct Schema(String);

impl Schema {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "killed_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut server = MysqlConnection::establish(&server()).unwrap();
        let make = format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}");
        server.batch_execute(&make).unwrap();
        Self(name)
    }

    pub(crate) fn address(&self) -> String {
        let server = server();
        let (address, options) = match server.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (server.as_str(), String::new()),
        };
        let (host, _) = address.rsplit_once('/').unwrap();
        format!("{host}/{}{options}", self.0)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Ok(mut server) = MysqlConnection::establish(&server()) {
            server
                .batch_execute(&format!("DROP DATABASE {}", self.0))
                .ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "MYSQL_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a MySQL or MariaDB server, on which the test makes a database of its own; or run `cargo xtask test`")
    })
}
