//! On `MySQL` or `MariaDB`: databases of one server.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::AsyncMysqlConnection;
use maintained::MaintainedConnection;

use crate::aside::Aside;
use crate::rows::Seen;
use crate::schema::{CREATE, FIRST_ROWS};

#[path = "awaited/mod.rs"]
mod awaited;
#[path = "text/lost.rs"]
mod lost;
#[path = "text/mod.rs"]
mod text;
#[path = "two_phase/mod.rs"]
mod two_phase;

pub type Inner = MysqlConnection;
pub type Conn = MaintainedConnection<Inner>;
pub type AsyncInner = AsyncMysqlConnection;

/// Makes a commit fail, where something can.
pub const BREAK_COMMIT: Option<&str> = None;
/// Fails as what may succeed when it is run again.
pub const REFUSE: &str = "SIGNAL SQLSTATE '40001' SET MESSAGE_TEXT = 'Deadlock found'";
/// How many scopes the random test runs.
pub const ROUNDS: usize = 150;
/// The number by which the server knows a connection.
pub const NUMBER: &str = "CAST(CONNECTION_ID() AS SIGNED)";

/// A database, gone when it is dropped.
#[derive(Debug)]
pub struct Place {
    database: String,
    pub aside: Aside<MysqlConnection>,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            database: crate::fresh_name(),
            aside: Aside::new(),
        };
        place.change("CREATE");
        for statement in CREATE.iter().chain(FIRST_ROWS) {
            let statement = statement
                .replace("{serial}", "INTEGER AUTO_INCREMENT PRIMARY KEY")
                .replace("{text}", "VARCHAR(400)")
                .replace("{end}", "ENGINE = InnoDB AUTO_INCREMENT = 1000");
            place.plain(&statement);
        }
        place
    }

    /// The same, where transactions can be prepared.
    pub fn preparing() -> Self {
        Self::new()
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = crate::address("MYSQL_DATABASE_URL");
        let (address, options) = match server.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (server.as_str(), String::new()),
        };
        let (host, _) = address.rsplit_once('/').unwrap();
        format!("{host}/{}{options}", self.database)
    }

    fn change(&self, verb: &str) {
        MysqlConnection::establish(&crate::address("MYSQL_DATABASE_URL"))
            .unwrap()
            .batch_execute(&format!("{verb} DATABASE {}", self.database))
            .unwrap();
    }

    /// Sends statements on a connection that no test has.
    pub fn plain(&self, sql: &str) {
        self.aside
            .with(&self.url(), |conn| conn.batch_execute(sql))
            .unwrap();
    }

    /// What the tables hold.
    pub fn seen(&self) -> Seen {
        self.aside.with(&self.url(), Seen::on)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.change("DROP");
        }
    }
}

/// The words that prepare a transaction, and those that commit it then.
pub const PREPARE: [&str; 2] = ["XA PREPARE", "XA COMMIT"];

/// What is to be set on a connection.
pub fn prepare(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("SET innodb_lock_wait_timeout = 5")
}

/// The number of a connection.
pub fn number(conn: &mut Conn) -> i64 {
    let number = diesel::select(diesel::dsl::sql::<BigInt>(NUMBER));
    number.get_result(conn).unwrap()
}

/// Ends a connection, given where it is and its number.
pub const KILL: Option<fn(&str, i64)> = Some(kill);

fn kill(url: &str, number: i64) {
    let mut other = MysqlConnection::establish(url).unwrap();
    // It may be gone by itself.
    other.batch_execute(&format!("KILL {number}")).ok();
    let there = format!("COUNT(*) FROM information_schema.processlist WHERE id = {number}");
    let is_there = |other: &mut MysqlConnection| {
        let there: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&there))
            .get_result(other)
            .unwrap();
        there > 0
    };
    while is_there(&mut other) {
        thread::sleep(Duration::from_millis(1));
    }
}
