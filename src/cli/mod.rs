//! A command that sees and mends what has drifted, to be mounted in a program's own.
//!
//! Maintained fields are declared in your program, so the command has to be a part of it. It is a
//! subcommand for [`clap`](https://docs.rs/clap):
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use diesel::prelude::*;
//! use maintained::prelude::*;
//!
//! /// Manages the shop.
//! #[derive(Parser)]
//! struct Options {
//!     #[command(subcommand)]
//!     command: maintained::cli::Command,
//! }
//!
//! fn main() -> ExitCode {
//!     let options = Options::parse();
//!     let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
//!     options.command.run(&mut conn)
//! }
//! ```
//!
//! The command ends with 0 where nothing differs, with 1 where something does (or did, before it
//! was mended; or where a field is not current), and with 2 after an error, which it writes to the
//! standard error.

mod lines;
mod tell;
mod which;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use maintained_core::operations::{self, Operation};
use maintained_core::{Database, Error, ErrorKind, MaintainedConnection};

pub use self::tell::Format;
pub use self::which::Which;

/// The end of a command that has found something.
const DIFFERS: u8 = 1;
/// The end of a command that has failed.
const FAILED: u8 = 2;

/// Sees and mends maintained fields that are not what they should be.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of each maintained field whether its rows follow from the definition that this program
    /// has
    Status {
        /// Print JSON, a line for each field
        #[arg(long)]
        json: bool,
    },
    /// Make the table `maintained_fields`, which `status` reads and `rebuild` writes
    Setup {
        /// Record that all fields follow from their definitions, without looking: for a database
        /// that is known to be right
        #[arg(long)]
        adopt: bool,
    },
    /// Find the rows whose maintained fields differ from what they should be; write nothing
    Check(Which),
    /// Find the rows whose maintained fields differ, and write what they should be
    Repair {
        /// Which fields and rows are meant
        #[command(flatten)]
        which: Which,
        /// Mend only the rows in this list, as `check --json` prints it; `-` reads the standard
        /// input. It holds conditions in SQL, which are run: it must not come from a stranger
        #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "fields", "labels", "conditions", "keys", "jobs"])]
        from: Option<PathBuf>,
    },
    /// Compute maintained fields of all rows anew, and write those that differ
    Rebuild(Which),
    /// Say what follows from a write: which fields, by which ways, in how many statements, with
    /// which locks; write nothing
    Explain {
        /// The write: `insert items`, `update items.price_cents`, `delete orders`, `touch orders`
        #[arg(required = true, num_args = 1.., value_name = "WRITE")]
        write: Vec<String>,
        /// Count the rows of each field that it would compute
        #[arg(long)]
        rows: bool,
        /// Count for rows that meet a condition in SQL, as `customer_id = 7`; without it for all
        #[arg(long = "where", value_name = "CONDITION", requires = "rows")]
        condition: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Draw all maintained fields and what they read
    Graph {
        /// How it is drawn
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

impl Command {
    /// Runs the command, and says how the program should end.
    ///
    /// It has but this connection: for several jobs see [`run_on`](Self::run_on).
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// # fn main() -> std::process::ExitCode {
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
    /// let status = maintained::cli::Command::Status { json: false };
    /// status.run(&mut conn)
    /// # }
    /// ```
    pub fn run<C: Database>(&self, conn: &mut MaintainedConnection<C>) -> ExitCode {
        // It is not locked: a setter or a log that prints in another thread would wait for good.
        let mut out = io::stdout();
        ExitCode::from(self.run_to(conn, &mut out))
    }

    /// Runs the command on connections that a function opens: one for each job.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// # fn main() -> std::process::ExitCode {
    /// let status = maintained::cli::Command::Status { json: false };
    /// status.run_on(|| MaintainedConnection::<SqliteConnection>::establish("shop.db"))
    /// # }
    /// ```
    pub fn run_on<C, E>(
        &self,
        connect: impl FnMut() -> Result<MaintainedConnection<C>, E>,
    ) -> ExitCode
    where
        C: Database,
        E: fmt::Display,
        MaintainedConnection<C>: Send,
    {
        // It is not locked: a setter or a log that prints in another thread would wait for good.
        let mut out = io::stdout();
        ExitCode::from(self.run_on_to(connect, &mut out))
    }

    /// Runs the command on connections that a function opens, and writes what it has to say to
    /// `out`: 0 where nothing differs, 1 where something does, 2 after an error.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// let mut said = Vec::new();
    /// let connect = || MaintainedConnection::<SqliteConnection>::establish("shop.db");
    /// let status = maintained::cli::Command::Status { json: true };
    /// assert_eq!(status.run_on_to(connect, &mut said), 0);
    /// ```
    pub fn run_on_to<C, E>(
        &self,
        mut connect: impl FnMut() -> Result<MaintainedConnection<C>, E>,
        out: &mut impl Write,
    ) -> u8
    where
        C: Database,
        E: fmt::Display,
        MaintainedConnection<C>: Send,
    {
        let connections = (0..self.jobs()).map(|_| connect());
        match connections.collect::<Result<Vec<_>, E>>() {
            Ok(mut connections) => ended(self.try_run_jobs(&mut connections, out)),
            Err(error) => ended(Err(Failure(error.to_string()))),
        }
    }

    /// Runs the command, and writes what it has to say to `out`: 0 where nothing differs, 1 where
    /// something does, 2 after an error.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
    /// let mut said = Vec::new();
    /// let status = maintained::cli::Command::Status { json: true };
    /// assert_eq!(status.run_to(&mut conn, &mut said), 0);
    /// ```
    pub fn run_to<C: Database>(
        &self,
        conn: &mut MaintainedConnection<C>,
        out: &mut impl Write,
    ) -> u8 {
        if self.jobs() > 1 {
            return ended(Err(Failure(
                "this program opens one connection only, so that it has no second job: leave \
                 `--jobs` out, or have the program call `Command::run_on`"
                    .to_owned(),
            )));
        }
        ended(self.try_run(conn, out))
    }

    /// How many jobs are asked for.
    fn jobs(&self) -> usize {
        match self {
            Self::Check(which) | Self::Repair { which, .. } | Self::Rebuild(which) => {
                which.jobs.max(1)
            }
            _ => 1,
        }
    }

    /// What a check, a repair or a rebuild of chosen fields is.
    fn operation<C: Database>(&self) -> Option<(&Which, Operation<C>)> {
        let (which, operation) = match self {
            Self::Check(which) => (which, operations::check()),
            Self::Repair { which, from: None } => (which, operations::repair()),
            Self::Rebuild(which) => (which, operations::rebuild()),
            _ => return None,
        };
        Some((which, which.of(operation)))
    }

    fn try_run_jobs<C: Database>(
        &self,
        connections: &mut [MaintainedConnection<C>],
        out: &mut impl Write,
    ) -> Result<bool, Failure>
    where
        MaintainedConnection<C>: Send,
    {
        match (self.operation::<C>(), connections) {
            (_, [conn]) => self.try_run(conn, out),
            (Some((which, operation)), connections) => {
                which.tell(operation.run_jobs(connections), out)
            }
            (None, _) => Err(Failure("there are no jobs here".to_owned())),
        }
    }

    fn try_run<C: Database>(
        &self,
        conn: &mut MaintainedConnection<C>,
        out: &mut impl Write,
    ) -> Result<bool, Failure> {
        if let Some((which, operation)) = self.operation::<C>() {
            return which.tell(C::value(operation.run(conn)), out);
        }
        match self {
            Self::Status { json } => status(*json, conn, out),
            Self::Setup { adopt } => {
                C::value(operations::set_up(conn))?;
                if *adopt {
                    C::value(operations::adopt(conn))?;
                }
                Ok(true)
            }
            Self::Explain {
                write,
                rows,
                condition,
                json,
            } => {
                let write = write.join(" ");
                if *rows {
                    let write = (write.as_str(), condition.as_deref());
                    return tell::count(conn, write, *json, out);
                }
                tell::explain::<C>(&write, *json, out)
            }
            Self::Graph { format } => tell::graph::<C>(*format, out),
            Self::Repair {
                which,
                from: Some(file),
            } => lines::mend(which, file, conn, out),
            Self::Check(_) | Self::Repair { .. } | Self::Rebuild(_) => Ok(true),
        }
    }
}

/// How a command ends; an error is written to the standard error.
fn ended(result: Result<bool, Failure>) -> u8 {
    match result {
        Ok(true) => 0,
        Ok(false) => DIFFERS,
        Err(error) => {
            // Where nobody hears of an error, its number is all that is left.
            writeln!(io::stderr(), "error: {error}").ok();
            FAILED
        }
    }
}

/// Says which fields are current; they differ where some are not.
fn status<C: Database>(
    json: bool,
    conn: &mut MaintainedConnection<C>,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let status = C::value(operations::status(conn))?;
    if json {
        for field in &status.fields {
            let (model, name) = (&field.model, &field.field);
            let state = field.state.to_string();
            let line = serde_json::json!({ "model": model, "field": name, "state": state });
            writeln!(out, "{line}")?;
        }
    } else {
        writeln!(out, "{status}")?;
    }
    Ok(status.is_current())
}

/// Why a command has failed.
#[derive(Debug)]
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let any: &(dyn std::error::Error + 'static) = &error;
        let advice = any.downcast_ref().and_then(advice);
        Self(match advice {
            Some(advice) => format!("{error}; {advice}"),
            None => error.to_string(),
        })
    }
}

/// What to do about what a database says that knows nothing of the command.
fn advice(error: &Error) -> Option<&'static str> {
    let says = |words: &[&str]| {
        let said = error.to_string();
        words.iter().any(|word| said.contains(word))
    };
    match error.kind() {
        ErrorKind::ConnectionLost => Some(
            "the batches before are done, and nothing of this one is: see that the server can be \
             reached, and run the command again; a rebuild goes on where it was",
        ),
        ErrorKind::ReadOnly => {
            Some("connect as a user who may write, to a server or file that can be written")
        }
        _ if says(&["disk is full", "No space left", "is full"]) => Some(
            "the batches before are done, and nothing of this one is: make room, and run the \
             command again; a rebuild goes on where it was",
        ),
        _ => None,
    }
}
