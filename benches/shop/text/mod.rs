//! The benchmark, one text for all databases.

mod alone;
mod changes;
mod check;
mod hand;
mod library;
mod load;

use maintained::MaintainedConnection;

pub(crate) use self::alone::alone;

use super::{BATCH, Inner, NAME, Place, SQL};
use crate::Failure;
use crate::data::Data;
use crate::options::Options;
use crate::results::Results;

type Conn = MaintainedConnection<Inner>;

/// Whether rows are written one by one, or many a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    One,
    Many,
}

/// Runs every variant on this database, if there is one; the variants take turns.
pub(crate) fn run(options: &Options, results: &mut Results) -> Result<(), Failure> {
    if !options.wants(NAME) {
        return Ok(());
    }
    let Some(place) = Place::find() else {
        return Ok(());
    };
    for &items in &options.items {
        let mut bench = Bench {
            place: &place,
            data: Data::new(items),
            items,
            options,
            results,
        };
        for round in 0..options.rounds {
            eprintln!("{NAME}, {items} items, round {}", round + 1);
            bench.round(round)?;
        }
    }
    Ok(())
}

/// One size of the shop on one database.
struct Bench<'b> {
    place: &'b Place,
    data: Data,
    items: usize,
    options: &'b Options,
    results: &'b mut Results,
}

impl Bench<'_> {
    fn round(&mut self, round: usize) -> Result<(), Failure> {
        for (workload, rows) in [("load_rows", Rows::One), ("load_many", Rows::Many)] {
            for variant in taking_turns(load::VARIANTS, round) {
                if self.is_wanted(workload, variant.name) {
                    self.load(workload, variant, rows)?;
                }
            }
        }
        for variant in taking_turns(changes::VARIANTS, round) {
            if self.is_wanted("change_items", variant.name) {
                self.change(variant)?;
            }
        }
        Ok(())
    }

    /// A variant that takes long runs but once.
    fn is_wanted(&self, workload: &str, variant: &str) -> bool {
        let latest = self.results.latest(self.items, NAME, workload, variant);
        self.options.wants_variant(variant)
            && latest.is_none_or(|seconds| seconds < self.options.longest)
    }

    fn load(
        &mut self,
        workload: &'static str,
        variant: &load::Variant,
        rows: Rows,
    ) -> Result<(), Failure> {
        let mut loaded = (variant.run)(self.place.open()?, &self.data, rows, self.options.clock)?;
        self.check(workload, variant.name, variant.keeps, &mut loaded.conn)?;
        let (name, seconds) = (variant.name, loaded.seconds);
        self.results.add(self.items, NAME, workload, name, seconds);
        if let (Some((name, seconds)), Rows::Many) = (loaded.flush, rows) {
            self.results.add(self.items, NAME, "flush", name, seconds);
        }
        Ok(())
    }

    /// Runs all changes, one after another, on a shop that is right.
    fn change(&mut self, variant: &changes::Variant) -> Result<(), Failure> {
        let mut conn = self.place.open()?;
        hand::load(&mut conn, &self.data, Rows::Many, self.options.clock)?;
        hand::analyze(&mut conn)?;
        let changes = changes::Changes::of(&self.data);
        let mut shop = (variant.open)(conn)?;
        for change in changes::ALL {
            let begin = self.options.clock.now();
            shop.make(change, &changes)?;
            let seconds = begin.elapsed();
            self.check(change.name(), variant.name, variant.keeps, shop.inner())?;
            let (name, workload) = (variant.name, change.name());
            self.results.add(self.items, NAME, workload, name, seconds);
        }
        Ok(())
    }

    /// A variant's time counts only when its rows are those of the others.
    fn check(
        &mut self,
        workload: &'static str,
        variant: &str,
        keeps: bool,
        conn: &mut Inner,
    ) -> Result<(), Failure> {
        let found = check::checksums(conn)?;
        if self.results.agrees(self.items, workload, &found, keeps) {
            return Ok(());
        }
        Err(format!(
            "{NAME}: {workload}: the rows of `{variant}` are not those of the other variants"
        )
        .into())
    }
}

/// All of them, each time another one first.
fn taking_turns<T>(all: &[T], round: usize) -> impl Iterator<Item = &T> {
    let (before, from) = all.split_at(round % all.len());
    from.iter().chain(before)
}
