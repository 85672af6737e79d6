//! The text on MySQL and MariaDB: a database for each explorer.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub type Inner = MysqlConnection;
pub type Conn = MaintainedConnection<Inner>;

pub const NAME: &str = "MySQL";

/// Spells what databases spell differently.
pub fn spelled(sql: &str) -> String {
    sql.replace("{serial}", "INTEGER AUTO_INCREMENT PRIMARY KEY")
        .replace("{end}", " ENGINE = InnoDB AUTO_INCREMENT = 1000")
        .replace("AS {text}", "AS CHAR(200)")
        .replace("{text}", "VARCHAR(200)")
}

/// A list of values, ordered by a key.
pub fn list(value: &str, key: &str) -> String {
    format!("GROUP_CONCAT({value} ORDER BY {key} SEPARATOR ',')")
}

/// A database of an explorer's own.
#[derive(Debug)]
pub struct Place {
    server: String,
    database: String,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            server: crate::settings::address("MYSQL_DATABASE_URL"),
            database: crate::settings::fresh_name(),
        };
        place.change("CREATE");
        place
    }

    /// A connection that writes.
    pub fn connect(&self) -> Inner {
        let (address, options) = match self.server.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (self.server.as_str(), String::new()),
        };
        let (host, _) = address.rsplit_once('/').unwrap();
        Inner::establish(&format!("{host}/{}{options}", self.database)).unwrap()
    }

    fn change(&self, verb: &str) {
        Inner::establish(&self.server)
            .unwrap()
            .batch_execute(&format!("{verb} DATABASE {}", self.database))
            .unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.change("DROP");
        }
    }
}

/// From now on no foreign key is checked or followed.
pub fn pass_over_foreign_keys(conn: &mut Inner) {
    conn.batch_execute("SET foreign_key_checks = 0").unwrap();
}

/// The server removes by itself what is left of rows that are no longer there.
pub fn sweep(_: &mut Inner, _: &[&str]) {}

/// The number by which others know a connection.
pub const NUMBER: &str = "CONNECTION_ID()";

/// How often in a row a writer must be seen to wait: others may be meant.
pub const GLANCES: usize = 4;

/// Whether any connection waits for a lock of another one, which is all that can be had at once.
///
/// `information_schema.innodb_trx` tells of each connection, but it is brought up to date only
/// while nobody, in whatever database of the server, looks at it more than ten times a second.
/// `SHOW ENGINE INNODB STATUS` cannot be prepared.
pub fn is_waiting(observer: &mut Inner, _: i64) -> bool {
    let waits = "(SELECT variable_value <> '0' FROM information_schema.global_status
        WHERE variable_name = 'Innodb_row_lock_current_waits')";
    diesel::select(diesel::dsl::sql::<Bool>(waits))
        .get_result(observer)
        .unwrap()
}
