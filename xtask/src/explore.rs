//! `cargo xtask explore`: every order of the statements of two writes, on servers of its own where
//! there are no others.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::database::Database;
use crate::step::{self, Failure};
use crate::test::{self, Length};

/// More pairs, and more orders of a pair, than there are.
const ALL: usize = 1_000_000;
/// How many pairs have so many orders with two switches that more would take hours.
const PAIRS_WITH_TWO_SWITCHES: usize = 8;

/// What is explored.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only on these databases; on SQLite there is one writer at a time
    #[arg(long, value_delimiter = ',', value_parser = servers())]
    database: Vec<Database>,

    /// Only at these isolation levels
    #[arg(long, value_delimiter = ',')]
    isolation: Vec<Isolation>,

    /// How often it is changed from one writer to the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    switches: u8,

    /// Writes from which nothing follows but sums instead of all others: by short ways, and without
    #[arg(long)]
    sums: bool,

    /// Only this pair of writes, whose orders are told one by one; or only the pairs of one write
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', num_args = 1)]
    pair: Vec<String>,

    /// So many pairs at most, always the same ones [default: all; with two switches 8]
    #[arg(long)]
    pairs: Option<usize>,

    /// So many orders of a pair at most, always the same ones [default: all]
    #[arg(long, default_value_t = ALL, hide_default_value = true)]
    orders: usize,

    /// So many pairs at once
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

/// An isolation level.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Isolation {
    ReadCommitted,
    Serializable,
}

impl Isolation {
    /// The name, as the tests have it.
    fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read_committed",
            Self::Serializable => "serializable",
        }
    }
}

/// The databases on which two writers run beside one another.
fn servers() -> impl TypedValueParser<Value = Database> {
    let names = [Database::Postgres, Database::Mysql].map(Database::name);
    PossibleValuesParser::new(names).try_map(|name| Database::from_str(&name, false))
}

/// Explores.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let databases = match options.database.as_slice() {
        [] => &[Database::Postgres, Database::Mysql],
        some => some,
    };
    // One build for all, whichever are explored.
    test::prepare(&[])?;
    let mut servers = Vec::new();
    for database in databases {
        servers.extend(database.start()?);
    }
    let features = test::features(&[], Length::Short);
    let mut command = step::cargo(["test", "--workspace", "--features", &features]);
    command
        .args(["--test", "explore", "--", "--nocapture"])
        .args(["--test-threads=1", "--exact"])
        .args(options.tests(databases))
        .envs(options.settings())
        .envs(servers.iter().map(|server| server.variable.clone()));
    step::run("explore", &mut command).map(drop)
}

impl Options {
    /// The tests that explore what is asked for.
    fn tests(&self, databases: &[Database]) -> Vec<String> {
        let levels = match self.isolation.as_slice() {
            [] => Isolation::value_variants(),
            some => some,
        };
        let switches = match self.switches {
            1 => "one_switch",
            _ => "two_switches",
        };
        let sums = if self.sums { "of_sums_" } else { "" };
        let each = databases.iter().flat_map(|database| {
            levels.iter().map(move |level| {
                let (database, level) = (database.name(), level.name());
                format!(
                    "{database}::text::tests::no_order_{sums}with_{switches}_leaves_a_stale_field_{level}"
                )
            })
        });
        each.collect()
    }

    /// The variables that the tests read.
    fn settings(&self) -> [(&'static str, String); 4] {
        let pairs = self.pairs.unwrap_or(match self.switches {
            2 if self.pair.is_empty() && !self.sums => PAIRS_WITH_TWO_SWITCHES,
            _ => ALL,
        });
        [
            ("EXPLORE_PAIR", self.pair.join(",")),
            ("EXPLORE_PAIRS", pairs.to_string()),
            ("EXPLORE_ORDERS", self.orders.to_string()),
            ("EXPLORE_JOBS", self.jobs.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &[&str]) -> Options {
        let line = ["explore"].iter().chain(arguments);
        Line::try_parse_from(line).unwrap().options
    }

    #[test]
    fn everything_with_one_switch_is_explored_unless_said() {
        let all = options(&[]);
        let tests = all.tests(&[Database::Postgres, Database::Mysql]);
        assert_eq!(tests.len(), 4);
        assert!(tests.iter().all(|it| it.contains("with_one_switch")));
        assert_eq!(all.settings()[1], ("EXPLORE_PAIRS", ALL.to_string()));
    }

    #[test]
    fn some_pairs_are_explored_with_two_switches_unless_one_is_named() {
        let some = options(&["--switches", "2", "--isolation", "serializable"]);
        assert_eq!(
            some.tests(&[Database::Mysql]),
            ["mysql::text::tests::no_order_with_two_switches_leaves_a_stale_field_serializable"]
        );
        assert_eq!(some.settings()[1], ("EXPLORE_PAIRS", "8".to_owned()));
        let one = options(&["--switches=2", "--pair", "move-item,move-shop"]);
        assert_eq!(one.settings()[0].1, "move-item,move-shop");
        assert_eq!(one.settings()[1].1, ALL.to_string());
    }

    #[test]
    fn there_is_nothing_to_explore_on_sqlite() {
        Line::try_parse_from(["explore", "--database", "sqlite"]).unwrap_err();
    }
}
