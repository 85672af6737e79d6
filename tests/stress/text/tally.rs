//! What was committed, held against what is there: no operation may be lost.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};

use super::super::Conn;
use crate::schema::{carts, folders, kinds, lines, owners, parts, products, shelves, trays};

/// The tables in which operations leave traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    Lines,
    Carts,
    Owners,
    Products,
    Kinds,
    Parts,
    Shelves,
    Trays,
    Folders,
}

/// What a committed operation did to a row.
#[derive(Debug, Clone, Copy)]
pub enum Effect {
    /// With its counter and its parent.
    Inserted(Table, i32, i32, Option<i32>),
    /// Its counter by one.
    Raised(Table, i32),
    /// To a parent.
    Moved(Table, i32, i32),
    Deleted(Table, i32),
}

/// What is known of a row.
#[derive(Debug, Default)]
struct Fate {
    inserted: u32,
    deleted: u32,
    counter: i32,
    parents: BTreeSet<i32>,
}

/// What was committed, in any order.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<(Table, i32), Fate>);

impl Tally {
    /// What is there is what was committed so far.
    pub fn of(conn: &mut Conn) -> Self {
        let mut tally = Self::default();
        for ((table, key), (counter, parent)) in rows(conn) {
            tally.add(Effect::Inserted(table, key, counter, parent));
        }
        tally
    }

    pub fn add(&mut self, effect: Effect) {
        match effect {
            Effect::Inserted(table, key, counter, parent) => {
                let fate = self.fate(table, key);
                fate.inserted += 1;
                fate.counter += counter;
                fate.parents.extend(parent);
            }
            Effect::Raised(table, key) => self.fate(table, key).counter += 1,
            Effect::Moved(table, key, parent) => {
                self.fate(table, key).parents.insert(parent);
            }
            Effect::Deleted(table, key) => self.fate(table, key).deleted += 1,
        }
    }

    fn fate(&mut self, table: Table, key: i32) -> &mut Fate {
        self.0.entry((table, key)).or_default()
    }

    /// What is there and should not be, or the other way round.
    pub fn lost(&self, conn: &mut Conn) -> Vec<String> {
        let rows = rows(conn);
        let mut lost = Vec::new();
        for (at, (counter, parent)) in &rows {
            let right = self.0.get(at).is_some_and(|fate| {
                fate.inserted == 1
                    && fate.deleted == 0
                    && fate.counter == *counter
                    && parent.is_none_or(|parent| fate.parents.contains(&parent))
            });
            if !right {
                lost.push(format!(
                    "{at:?} is there with {counter}, {parent:?}: {:?}",
                    self.0.get(at)
                ));
            }
        }
        for (at @ (table, _), fate) in &self.0 {
            // The database deletes a row along with its parent.
            let along = |parent: &i32| {
                table
                    .parent()
                    .is_some_and(|table| !rows.contains_key(&(table, *parent)))
            };
            let went = fate.deleted == 1 || fate.deleted == 0 && fate.parents.iter().any(along);
            if !rows.contains_key(at) && !went {
                lost.push(format!("{at:?} is gone: {fate:?}"));
            }
        }
        lost
    }
}

impl Table {
    /// The table along with whose rows those of this one go.
    fn parent(self) -> Option<Self> {
        match self {
            Self::Lines => Some(Self::Carts),
            Self::Folders => Some(Self::Folders),
            _ => None,
        }
    }
}

type Rows = BTreeMap<(Table, i32), (i32, Option<i32>)>;

fn rows(conn: &mut Conn) -> Rows {
    let mut rows = Rows::new();
    macro_rules! read {
        ($($name:ident: $table:ident, $counter:expr, $parent:expr;)*) => {$(
            let read: Vec<(i32, i32, Option<i32>)> = $table::table
                .select(($table::id, $counter, $parent))
                .load(conn)
                .unwrap();
            rows.extend(read.into_iter().map(|(id, counter, parent)| ((Table::$name, id), (counter, parent))));
        )*};
    }
    let none = || sql::<Nullable<Integer>>("NULL");
    let no_counter = || sql::<Integer>("0");
    read! {
        Lines: lines, lines::quantity, lines::cart_id.nullable();
        Carts: carts, carts::revision, carts::owner_id.nullable();
        Owners: owners, owners::revision, none();
        Products: products, products::revision, products::kind_id.nullable();
        Kinds: kinds, kinds::revision, none();
        Parts: parts, parts::grams, parts::product_id.nullable();
        Shelves: shelves, no_counter(), none();
        Trays: trays, no_counter(), trays::shelf_id.nullable();
        Folders: folders, folders::revision, folders::parent_id;
    }
    rows
}
