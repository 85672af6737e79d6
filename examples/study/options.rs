//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Parser;
use maintained::Scope;

/// Loads an isotope-tracing study from CSV sheets into a database with maintained fields.
#[derive(Debug, Parser)]
#[command(name = "study")]
pub(crate) struct Options {
    /// The folder with the sheets, one CSV file each, as in `examples/data/study`
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/study"), hide_default_value = true)]
    pub(crate) folder: PathBuf,

    /// Do the same load, compute only what the sheets look rows up by, and roll it back
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Compute only fields with one of these labels
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Do not compute fields with one of these labels
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub(crate) except: Vec<String>,

    /// Load the study so many times, each time with animals and samples of their own
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) scale: NonZeroU32,

    /// The database to load into: a file of SQLite, made where there is none, `postgres://..` or `mysql://..`
    /// [default: SQLite, in memory]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// A database that the study can be loaded into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    Mysql,
}

impl Options {
    /// Where the database is.
    pub(crate) fn url(&self) -> &str {
        self.database.as_deref().unwrap_or(":memory:")
    }

    /// Which database that is.
    pub(crate) fn kind(&self) -> Database {
        match self.url().split_once("://") {
            Some(("postgres" | "postgresql", _)) => Database::Postgres,
            Some(("mysql", _)) => Database::Mysql,
            _ => Database::Sqlite,
        }
    }

    /// The scope of a sheet's loader: what the labels choose is computed at the end of the load.
    ///
    /// The sheets to come look rows up by what the `needed` labels keep, so that is computed whatever was chosen. A dry
    /// run computes nothing else.
    pub(crate) fn scope<C: maintained::Database>(&self, needed: &[&str]) -> Scope<C> {
        let mut scope = Scope::buffered().disable_if(self.dry_run && needed.is_empty());
        let needed: Vec<String> = needed.iter().map(|&label| label.to_owned()).collect();
        if self.dry_run && !needed.is_empty() {
            scope = scope.only(needed.clone());
        }
        if !self.only.is_empty() {
            scope = scope.only(self.only.iter().chain(&needed));
        }
        if !self.except.is_empty() {
            scope = scope.except(self.except.iter().filter(|label| !needed.contains(label)));
        }
        scope
    }
}
