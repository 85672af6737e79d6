//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use diesel::SqliteConnection;
use maintained::Scope;

/// Loads a shop's CSV files into a database whose derived columns stay right.
#[derive(Debug, Parser)]
#[command(name = "bulk_load")]
pub(crate) struct Options {
    /// The folder with categories.csv, products.csv, customers.csv, orders.csv and items.csv
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/shop"), hide_default_value = true)]
    pub(crate) folder: PathBuf,

    /// When the maintained fields are brought up to date
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: LoadMode,

    /// Do the same load with maintenance disabled, and roll it back
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Load the data so many times, each time under fresh keys
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) scale: NonZeroU32,

    /// The database file to load into, made where there is none [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,

    /// After the load, touch every row: this pays the debt of a disabled load
    #[arg(long)]
    pub(crate) touch: bool,
}

/// When the maintained fields are brought up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoadMode {
    /// Once, at the end of the load
    #[default]
    Buffered,
    /// At each write
    Immediate,
    /// Not at all
    Disabled,
}

impl Options {
    /// The scope that the load runs in.
    pub(crate) fn scope(&self) -> Scope<SqliteConnection> {
        let scope = match self.mode {
            LoadMode::Buffered => Scope::buffered(),
            LoadMode::Immediate => Scope::immediate(),
            LoadMode::Disabled => Scope::disabled(),
        };
        scope.disable_if(self.dry_run)
    }

    /// The database's name in messages.
    pub(crate) fn database_name(&self) -> String {
        match &self.database {
            Some(file) => file.display().to_string(),
            None => "in memory".to_owned(),
        }
    }
}
