//! What the command line asks for.

use clap::Parser;

use crate::shape::Shape;

/// Measures a flush by the number of parents.
#[derive(Parser)]
pub(crate) struct Options {
    /// How many threads there are; each number is measured by itself.
    #[arg(long, value_delimiter = ',', default_value = "1,100,1000,10000")]
    pub(crate) threads: Vec<usize>,

    /// How many posts there are for each thread.
    #[arg(long, default_value_t = 10)]
    pub(crate) posts: usize,

    /// Only these shapes.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "even,hidden,empty,skewed"
    )]
    pub(crate) shape: Vec<Shape>,

    /// Only these databases, of `sqlite`, `postgres` and `mysql`; all that there are, unless said.
    #[arg(long, value_delimiter = ',')]
    database: Vec<String>,

    /// Only these fields, by their labels.
    #[arg(long, value_delimiter = ',')]
    field: Vec<String>,

    /// The foreign keys have no index, where the database does not make one by itself.
    #[arg(long)]
    pub(crate) no_index: bool,

    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn wants(&self, database: &str) -> bool {
        self.database.is_empty() || self.database.iter().any(|wanted| wanted == database)
    }

    pub(crate) fn wants_field(&self, field: &str) -> bool {
        self.field.is_empty() || self.field.iter().any(|wanted| wanted == field)
    }
}
