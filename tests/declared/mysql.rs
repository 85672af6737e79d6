//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "mysql/blocks.rs"]
mod blocks;
#[path = "text/mod.rs"]
mod text;

/// How many statements, beside the write itself, add an amount to three rows, on two levels; and
/// beside an `add`.
pub(crate) const LEVELS_AT_ONCE: [usize; 2] = [1, 0];

pub(crate) type Inner = MysqlConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// A database that several connections share, gone when it is dropped.
pub(crate) struct Place {
    database: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("declared_{}_{number}", std::process::id());
        let mut inner = Inner::establish(&server()).unwrap();
        inner
            .batch_execute(&format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
            .unwrap();
        let place = Self { database };
        text::create(
            &mut place.connect(),
            "INTEGER AUTO_INCREMENT PRIMARY KEY",
            " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            " ENGINE = InnoDB",
            false,
        );
        place
    }

    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&server()).unwrap();
        conn.batch_execute(&format!("USE {}", self.database))
            .unwrap();
        conn
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut inner) = Inner::establish(&server()) {
            inner
                .batch_execute(&format!("DROP DATABASE {}", self.database))
                .ok();
        }
    }
}

fn server() -> String {
    const NAME: &str = "MYSQL_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a MySQL or MariaDB server, on which each test makes a database of its own; or run `cargo xtask test`")
    })
}
