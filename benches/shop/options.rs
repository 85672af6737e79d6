//! What the command line asks for.

use clap::Parser;

use crate::Failure;
use crate::alone::Alone;
use crate::clock::Clock;

/// Measures the library against what one would write by hand.
#[derive(Parser)]
pub(crate) struct Options {
    /// How many items the shop has; several numbers, separated by commas, are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    pub(crate) items: Vec<usize>,

    /// How many times each variant runs; the median counts.
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,

    /// Only these databases, of `sqlite`, `postgres` and `mysql`; all that there are, unless said.
    #[arg(long, value_delimiter = ',')]
    database: Vec<String>,

    /// Only these variants.
    #[arg(long, value_delimiter = ',')]
    variant: Vec<String>,

    /// A variant that takes more seconds than this runs but once.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) longest: f64,

    /// What is measured.
    #[arg(long, value_enum, default_value_t = Clock::Wall)]
    pub(crate) clock: Clock,

    /// A file of results that were measured by other means, to be joined: by the number of items, database, workload and
    /// variant, the `seconds` and the `checksum` of the rows. Each number of items has to be among `--items`.
    #[arg(long)]
    pub(crate) join: Option<std::path::PathBuf>,

    /// Instead of all: one variant on one database, once, in this process.
    #[command(subcommand)]
    pub(crate) alone: Option<Alone>,

    /// Cargo says so.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn wants(&self, database: &str) -> bool {
        self.database.is_empty() || self.database.iter().any(|wanted| wanted == database)
    }

    pub(crate) fn wants_variant(&self, variant: &str) -> bool {
        self.variant.is_empty() || self.variant.iter().any(|wanted| wanted == variant)
    }

    /// The database, where there is one.
    pub(crate) fn only_database(&self) -> Option<&str> {
        match &*self.database {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The variant, where there is one.
    pub(crate) fn only_variant(&self) -> Result<&str, Failure> {
        match &*self.variant {
            [one] => Ok(one),
            _ => Err("say which --variant".into()),
        }
    }
}
