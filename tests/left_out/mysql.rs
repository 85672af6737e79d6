//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

use super::models::create;

#[path = "text.rs"]
mod text;

pub(crate) type Conn = MaintainedConnection<MysqlConnection>;

/// Runs a test on a database of its own.
pub(crate) fn with(test: impl FnOnce(&mut Conn)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let database = format!("left_out_{}_{number}", std::process::id());
    let mut conn = Conn::establish(&super::server("MYSQL_DATABASE_URL")).unwrap();
    conn.batch_execute(&format!(
        "DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}; USE {database}"
    ))
    .unwrap();
    conn.batch_execute(&create(
        "INTEGER AUTO_INCREMENT PRIMARY KEY",
        " ENGINE = InnoDB",
    ))
    .unwrap();
    test(&mut conn);
    conn.batch_execute(&format!("DROP DATABASE {database}"))
        .unwrap();
}
