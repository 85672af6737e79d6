//! The text on MySQL and MariaDB: a database for each test.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use maintained::{Isolation, MaintainedConnection};

#[path = "servers/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all servers")]
mod servers;
#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub type Inner = MysqlConnection;
pub type Conn = MaintainedConnection<Inner>;

pub const NAME: &str = "MySQL";
/// Whether writers on two connections run side by side.
pub const HAS_ROW_LOCKS: bool = true;
/// The isolation levels that there are.
pub const LEVELS: &[Isolation] = &[Isolation::ReadCommitted, Isolation::Serializable];

/// Spells what databases spell differently.
pub fn spelled(sql: &str) -> String {
    sql.replace("{serial}", "INTEGER AUTO_INCREMENT PRIMARY KEY")
        .replace("{latest}", "")
        .replace("{from}", " ENGINE = InnoDB AUTO_INCREMENT = 1000")
        .replace("AS {text}", "AS CHAR(4000)")
        .replace("{text}", "VARCHAR(4000)")
}

/// A list of values, ordered by a key.
pub fn list(value: &str, key: &str) -> String {
    format!("GROUP_CONCAT({value} ORDER BY {key} SEPARATOR ',')")
}

/// A database of a test's own.
#[derive(Debug)]
pub struct Place {
    server: String,
    database: String,
}

impl Place {
    pub fn new() -> Self {
        Self::on(&crate::address("MYSQL_DATABASE_URL"))
    }

    /// A place on the server at an address.
    pub fn on(server: &str) -> Self {
        let place = Self {
            server: server.to_owned(),
            database: crate::fresh_name(),
        };
        place.change("CREATE");
        place
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let (address, options) = match self.server.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (self.server.as_str(), String::new()),
        };
        let (host, _) = address.rsplit_once('/').unwrap();
        format!("{host}/{}{options}", self.database)
    }

    pub fn connect(&self) -> Conn {
        connect(&self.url())
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

/// A connection to the place at an address.
pub fn connect(url: &str) -> Conn {
    Conn::establish(url).unwrap()
}

/// A server of a test's own.
pub fn start_server() -> xtask::server::Server {
    let server = xtask::server::mysql::start("MYSQL_DATABASE_URL");
    let server = server.unwrap_or_else(|failure| panic!("{failure}"));
    text::faults::wait_until(|| Inner::establish(&server.variable.1).is_ok());
    server
}

/// The number by which others know a connection.
pub fn number(conn: &mut Conn) -> i64 {
    diesel::select(diesel::dsl::sql::<BigInt>("CONNECTION_ID()"))
        .get_result(conn)
        .unwrap()
}

/// How often a connection that waits is seen to be at work while any waits.
const GLANCES: usize = 3;

/// A number that the server counts.
#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// Whether a connection waits for another one: at any rate it is at work, again and again, while some connection waits.
///
/// `information_schema.innodb_trx` would say so for certain, but it is brought up to date only while nobody, in whatever
/// database of the server, looks at it more than ten times a second.
pub fn is_waiting(observer: &mut Conn, number: i64) -> bool {
    let waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'";
    let at_work = format!(
        "(SELECT COUNT(*) FROM information_schema.processlist WHERE id = {number} AND command <> 'Sleep')"
    );
    (0..GLANCES).all(|_| {
        let waits: Status = diesel::sql_query(waits).get_result(observer).unwrap();
        let at_work: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&at_work))
            .get_result(observer)
            .unwrap();
        waits.value != "0" && at_work > 0
    })
}

/// Ends another connection.
pub fn terminate(observer: &mut Conn, number: i64) {
    observer.batch_execute(&format!("KILL {number}")).unwrap();
}

/// Whether the server has done with a connection.
pub fn is_gone(observer: &mut Conn, number: i64) -> bool {
    let count =
        format!("(SELECT COUNT(*) FROM information_schema.processlist WHERE id = {number})");
    let count: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&count))
        .get_result(observer)
        .unwrap();
    count == 0
}

/// What an error says of a connection that the server has ended.
pub const TERMINATED: &[&str] = &[
    "Connection was killed",
    "Lost connection to server",
    "Server has gone away",
];

/// From now on a lock that cannot be had at once is an error.
pub fn never_wait(conn: &mut Conn) {
    conn.batch_execute("SET innodb_lock_wait_timeout = 0")
        .unwrap();
}
