//! A primary and its standby.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use xtask::server::{Server, postgres};

const VARIABLE: &str = "POSTGRES_DATABASE_URL";

/// Two servers: what is committed on the one is on the other before anybody is told.
pub struct Pair {
    primary: Server,
    standby: Server,
}

impl Pair {
    pub fn start() -> Self {
        postgres::prepare(false).unwrap();
        let primary = postgres::start(VARIABLE).unwrap();
        let mut conn = connect(&primary.variable.1);
        let standby = postgres::start_standby(&primary, VARIABLE).unwrap();
        // Its standbys know of it, too: a server that takes over waits for its own standby.
        for setting in [
            "ALTER DATABASE postgres SET synchronous_commit = on",
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "SELECT pg_reload_conf()",
        ] {
            conn.batch_execute(setting).unwrap();
        }
        Self { primary, standby }
    }

    pub fn primary(&self) -> &str {
        &self.primary.variable.1
    }

    pub fn standby(&self) -> &str {
        &self.standby.variable.1
    }

    /// Kills the primary, and lets the standby take over.
    pub fn fail_over(&mut self) {
        self.primary.kill();
        let mut conn = connect(self.standby());
        conn.batch_execute("SELECT pg_promote()").unwrap();
        wait_until(&mut conn, "NOT pg_is_in_recovery()");
        conn.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            .unwrap();
        conn.batch_execute("SELECT pg_reload_conf()").unwrap();
        std::mem::swap(&mut self.primary, &mut self.standby);
    }

    /// Gives the primary a new standby.
    pub fn follow(&mut self) {
        self.standby = postgres::start_standby(&self.primary, VARIABLE).unwrap();
        let mut conn = connect(self.primary());
        let is_sync = "EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')";
        wait_until(&mut conn, is_sync);
    }
}

/// A connection to a server, which may be starting yet.
pub fn connect(address: &str) -> PgConnection {
    for _ in 0..1_000 {
        match PgConnection::establish(address) {
            Ok(conn) => return conn,
            Err(error) if error.to_string().contains("starting up") => {
                thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{address} does not take connections")
}

/// Waits until the tables are there, which another server has made.
pub fn wait_for_tables(conn: &mut PgConnection) {
    wait_until(conn, "to_regclass('items') IS NOT NULL");
}

fn wait_until(conn: &mut PgConnection, condition: &str) {
    loop {
        let is_so = diesel::select(diesel::dsl::sql::<Bool>(condition)).get_result(conn);
        if is_so.unwrap() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
