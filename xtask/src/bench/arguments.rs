//! The benchmark's own arguments, of which some concern its peers too.

use clap::ValueEnum;

use crate::database::Database;

/// As the benchmark has it, unless said otherwise.
const ITEMS: &[usize] = &[10_000, 100_000];

/// Arguments that are passed on.
pub(super) struct Arguments(Vec<String>);

impl Arguments {
    pub(super) fn new(arguments: Vec<String>) -> Self {
        Self(arguments)
    }

    pub(super) fn all(&self) -> &[String] {
        &self.0
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0.extend([name.to_owned(), value.to_owned()]);
    }

    /// The databases that are asked for: all, unless said.
    pub(super) fn databases(&self) -> Vec<Database> {
        let names = self.values("--database");
        let wanted: Vec<Database> = names
            .iter()
            .filter_map(|name| super::database(name))
            .collect();
        if wanted.is_empty() {
            Database::value_variants().to_vec()
        } else {
            wanted
        }
    }

    /// How many items the shops have, from the smallest.
    pub(super) fn items(&self) -> Vec<usize> {
        let given = self.values("--items");
        let mut items: Vec<usize> = given.iter().filter_map(|it| it.parse().ok()).collect();
        if items.is_empty() {
            items = ITEMS.to_vec();
        }
        items.sort_unstable();
        items
    }

    /// Sees to it that shops of these sizes are measured too.
    pub(super) fn add_items(&mut self, more: &[usize]) {
        let mut items = self.items();
        items.extend(more);
        items.sort_unstable();
        items.dedup();
        self.remove("--items");
        let items: Vec<String> = items.iter().map(usize::to_string).collect();
        self.add("--items", &items.join(","));
    }

    /// The values of an option: `--items 1,2` or `--items=1,2`.
    fn values(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        let mut arguments = self.0.iter();
        while let Some(argument) = arguments.next() {
            let value = match argument.strip_prefix(name) {
                Some("") => arguments.next().map(String::as_str),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            };
            values.extend(
                value
                    .into_iter()
                    .flat_map(|it| it.split(','))
                    .map(str::to_owned),
            );
        }
        values
    }

    fn remove(&mut self, name: &str) {
        let mut kept = Vec::new();
        let mut arguments = self.0.drain(..);
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix(name) {
                Some("") => drop(arguments.next()),
                Some(rest) if rest.starts_with('=') => {}
                _ => kept.push(argument),
            }
        }
        drop(arguments);
        self.0 = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(all: &[&str]) -> Arguments {
        Arguments::new(all.iter().map(|&it| it.to_owned()).collect())
    }

    #[test]
    fn items_are_added_to_those_that_are_asked_for() {
        for given in [&["--items", "20,300"][..], &["--items=300", "--items=20"]] {
            let mut arguments = arguments(given);
            arguments.add_items(&[100, 20]);
            assert_eq!(arguments.items(), [20, 100, 300]);
            assert_eq!(arguments.all(), ["--items", "20,100,300"]);
        }
    }

    #[test]
    fn all_databases_are_measured_unless_said() {
        assert_eq!(arguments(&[]).databases().len(), 3);
        let some = arguments(&["--database", "mysql,sqlite"]).databases();
        assert_eq!(some, [Database::Mysql, Database::Sqlite]);
    }
}
