//! `cargo xtask load`.

use crate::database::Database;
use crate::server::Server;
use crate::step::{self, Failure};
use crate::test::{self, Length};

/// What the load tests are told.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// So many requests on each server and database
    #[arg(long, default_value_t = 100_000)]
    requests: usize,

    /// So many clients send them at once
    #[arg(long, default_value_t = 16)]
    clients: usize,

    /// Only the loads whose names have this in them: `sqlite`, `postgres`
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Loads both servers, on SQLite and on PostgreSQL, and prints how fast they were.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    // One build for all, whichever are loaded.
    test::prepare(&[])?;
    let server: Option<Server> = Database::Postgres.start()?;
    let features = test::features(&[], Length::Short);
    let mut command = step::cargo(["test", "--release", "--package", "maintained"]);
    command
        .args(["--features", &features])
        .args(["--test", "server", "--test", "server_threads", "--"])
        .args(["--nocapture", "--test-threads=1"])
        .arg(options.filter())
        .env("LOAD_REQUESTS", options.requests.to_string())
        .env("LOAD_CLIENTS", options.clients.to_string())
        .envs(server.iter().map(|server| server.variable.clone()));
    step::run("load", &mut command).map(drop)
}

impl Options {
    /// What the names of the tests have in them.
    fn filter(&self) -> String {
        let only = self.only.as_deref().unwrap_or_default();
        format!("no_request_disturbs_another_on_{only}")
    }
}
