//! The databases that the suite runs on.

use clap::ValueEnum;

use crate::server::{self, Server};
use crate::step::Failure;

/// A database that the suite runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// Compiled in: needs a C compiler and nothing else
    Sqlite,
    /// The server at `POSTGRES_DATABASE_URL`, or else one that is started for the tests
    Postgres,
    /// The MySQL or MariaDB server at `MYSQL_DATABASE_URL`, or else one that is started for the
    /// tests
    Mysql,
}

impl Database {
    /// All that there are.
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// The name, for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MariaDB / MySQL",
        }
    }

    /// The name, as the command line, the feature and the test target have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// The test target that runs the suite by async connections, if there are any.
    pub(crate) fn async_name(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("postgres_async"),
            Self::Mysql => Some("mysql_async"),
        }
    }

    /// The variable that tells the tests where the database is, unless it is compiled in.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("POSTGRES_DATABASE_URL"),
            Self::Mysql => Some("MYSQL_DATABASE_URL"),
        }
    }

    /// Sees to what is needed to build for the database.
    pub(crate) fn prepare(self) -> Result<(), Failure> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => server::postgres::prepare(self.is_elsewhere()),
            Self::Mysql => server::mysql::prepare(self.is_elsewhere()),
        }
    }

    /// Starts what the tests connect to, unless the caller has said where it is.
    pub(crate) fn start(self) -> Result<Option<Server>, Failure> {
        let Some(variable) = self.variable().filter(|_| !self.is_elsewhere()) else {
            return Ok(None);
        };
        let server = match self {
            Self::Sqlite => return Ok(None),
            Self::Postgres => server::postgres::start(variable)?,
            Self::Mysql => server::mysql::start(variable)?,
        };
        Ok(Some(server))
    }

    /// Whether the caller has said where the database is.
    fn is_elsewhere(self) -> bool {
        self.variable()
            .is_some_and(|variable| std::env::var_os(variable).is_some())
    }
}
