//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "mysql/keys.rs"]
mod keys;
#[path = "mysql/sorted.rs"]
mod sorted;
#[path = "mysql/spelled.rs"]
mod spelled;
#[path = "text/mod.rs"]
mod text;
#[path = "mysql/unsigned.rs"]
mod unsigned;

/// Documents in columns of the type `JSON`, which is text on `MariaDB`.
#[path = "text"]
mod documents {
    use diesel::mysql::Mysql;

    json_models!(Mysql Json "JSON" "JSON");
}

/// UUIDs as sixteen bytes.
#[path = "text"]
mod binary_uuids {
    use diesel::mysql::Mysql;

    uuid_models!(Mysql crate::models::uuids::Bytes, Binary "BINARY(16)");
}

/// UUIDs as text.
#[path = "text"]
mod spelled_uuids {
    use diesel::mysql::Mysql;

    uuid_models!(Mysql crate::models::uuids::Spelled, Text "CHAR(36)");
}

pub(crate) type Inner = MysqlConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// The type of a column that holds times, here to the second.
pub(crate) const TIMESTAMP: &str = "DATETIME";
/// The same, to the microsecond.
pub(crate) const PRECISE: &str = "DATETIME(6)";
/// Whether columns round what they store.
pub(crate) const ROUNDS: bool = true;

/// Adds 1 to a shop's base whenever the weight of one of its tags changes.
pub(crate) const WEIGHING: &[&str] = &["CREATE TRIGGER weighing AFTER UPDATE ON tags FOR EACH ROW
    UPDATE shops SET base = base + 1 WHERE id = NEW.shop_id"];

/// A connection to a database of its own, which is gone with the place.
pub(crate) fn open() -> (Place, Conn) {
    let place = Place::new();
    let conn = place.connect();
    (place, conn)
}

/// A database, gone when it is dropped.
pub(crate) struct Place {
    database: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("types_{}_{number}", std::process::id());
        let mut inner = Inner::establish(&server()).unwrap();
        inner
            .batch_execute(&format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
            .unwrap();
        Self { database }
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
