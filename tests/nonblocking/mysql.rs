//! The text on MySQL and MariaDB: a database for each test.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncMysqlConnection};
use maintained::AsyncMaintainedConnection;

use crate::aside::Aside;
use crate::rows::Seen;
use crate::schema::{CREATE, FIRST_ROWS, TABLES};

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub type Inner = AsyncMysqlConnection;
pub type Conn = AsyncMaintainedConnection<Inner>;

/// Whether a transaction takes statements again after one has failed.
pub const GOES_ON_AFTER_A_FAILURE: bool = true;

/// The number by which the server knows a connection.
pub const NUMBER: &str = "SELECT CAST(CONNECTION_ID() AS SIGNED) AS number";
/// Ends the connection with a number, which follows.
pub const KILL: &str = "KILL (0 +";
/// Fails as a deadlock does.
pub const REFUSE: &str = "SIGNAL SQLSTATE '40001' SET MESSAGE_TEXT = 'Deadlock found'";
/// Makes a lock that cannot be had in time an error.
pub const IMPATIENT: &str = "SET innodb_lock_wait_timeout = 0";
/// Rows with a number, the last of which is an error, where there is such a thing.
pub const FAILS_AT_THE_LAST_ROW: &str = "SELECT CAST(1 AS SIGNED) AS number";
/// What a server waits for, for two seconds.
pub const SLEEP: &str = "SELECT SLEEP(2)";

/// A database of a test's own, with the tables and their first rows.
#[derive(Debug)]
pub struct Place {
    database: String,
    aside: Aside<MysqlConnection>,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            database: crate::fresh_name(),
            aside: Aside::new(),
        };
        place.change("CREATE");
        for statement in CREATE {
            let statement = statement
                .replace("{serial}", "INTEGER AUTO_INCREMENT PRIMARY KEY")
                .replace("{text}", "VARCHAR(400)")
                .replace("{end}", "ENGINE = InnoDB AUTO_INCREMENT = 1000");
            place.plain(&statement);
        }
        place.renew();
        place
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

    pub async fn connect(&self) -> Conn {
        Conn::establish(&self.url()).await.unwrap()
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

    /// Puts the first rows there again.
    pub fn renew(&self) {
        let mut all: Vec<String> = vec!["UPDATE folders SET parent_id = NULL".to_owned()];
        all.extend(TABLES.iter().map(|table| format!("DELETE FROM {table}")));
        all.extend(FIRST_ROWS.iter().map(|&it| it.to_owned()));
        let renew = |conn: &mut MysqlConnection| {
            conn.transaction(|conn| {
                let mut all = all.iter();
                all.try_for_each(|statement| conn.batch_execute(statement))
            })
        };
        self.aside.with(&self.url(), renew).unwrap();
    }

    /// Whether the server has done with a connection.
    pub fn is_gone(&self, number: i64) -> bool {
        let there = format!("COUNT(*) FROM information_schema.processlist WHERE id = {number}");
        let there = diesel::dsl::sql::<diesel::sql_types::BigInt>(&there);
        let there = diesel::select(there);
        let there = self
            .aside
            .with(&self.url(), |conn| there.get_result::<i64>(conn));
        there.unwrap() == 0
    }

    /// What the tables hold.
    pub fn seen(&self) -> Seen {
        self.aside.with(&self.url(), Seen::on)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.change("DROP");
        }
    }
}
