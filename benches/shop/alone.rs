//! What is measured in a process of its own, and how it is told.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::Failure;
use crate::sum::Found;

/// One variant on one database, once.
#[derive(Clone, Subcommand)]
pub(crate) enum Alone {
    /// Load a shop, many rows a statement; tell seconds, peak memory and checksums
    Load {
        /// How many items an order has.
        #[arg(long, default_value_t = 10)]
        children: usize,
        /// On `SQLite`: the rows are in a file, and not in this process's memory.
        #[arg(long)]
        on_disk: bool,
    },
    /// Save items in immediate mode, with sums and nothing else to keep; tell the seconds of one
    Save {
        /// What is done with each item.
        #[arg(long, value_enum, default_value_t = Saving::Insert)]
        saving: Saving,
        /// How many items the order has besides.
        #[arg(long, default_value_t = 10)]
        siblings: usize,
        /// How many orders there are, each of a customer of its own; 1 where items are inserted, and
        /// 2 otherwise, unless said. Of few orders each is written again and again by one transaction.
        #[arg(long)]
        orders: Option<usize>,
        /// How many items are saved.
        #[arg(long, default_value_t = 300)]
        saves: usize,
        /// Each save is a transaction of its own, not all of them one.
        #[arg(long)]
        alone: bool,
    },
}

/// What is done with each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Saving {
    /// It is new.
    Insert,
    /// Its amount changes.
    Change,
    /// It goes to another order, of another customer.
    Move,
}

/// What a variant has taken and made.
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    pub(crate) peak_kib: u64,
    pub(crate) found: Found,
}

impl Measured {
    pub(crate) fn json(&self) -> Value {
        json!({
            "seconds": self.seconds,
            "peak_kib": self.peak_kib,
            "plain": self.found.plain,
            "kept": self.found.kept,
        })
    }
}

/// The most memory that this process has had, in KiB, as Linux tells it.
pub(crate) fn peak_memory() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| "the system does not tell the peak memory".into())
}
