//! One write on hot rows, and what must be true once it is committed.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use maintained::Error;
use maintained::prelude::*;

use super::super::Conn;
use super::shop::new_line;
use super::tally::{Effect, Table};
use crate::models::{Cart, Folder, Kind, Line, Owner, Part, Product, Tray};
use crate::random::Random;
use crate::schema::{carts, folders, kinds, lines, owners, parts, products, shelves, trays};

/// A write. Keys are those of rows that were there when it was chosen.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    InsertLine {
        cart: i32,
        product: i32,
    },
    InsertLines {
        cart: i32,
        product: i32,
    },
    /// Under a parent.
    Insert(Table, i32),
    /// A row's counter, by one.
    Raise(Table, i32),
    /// The same of a line, by a statement that the library does not make.
    TrackLine(i32),
    RelinkLine {
        line: i32,
        product: i32,
    },
    /// A row to a parent.
    Move(Table, i32, i32),
    Delete(Table, i32),
}

/// The keys of the rows that are there.
#[derive(Debug)]
pub struct Keys {
    owners: Vec<i32>,
    carts: Vec<i32>,
    kinds: Vec<i32>,
    products: Vec<i32>,
    parts: Vec<i32>,
    lines: Vec<i32>,
    shelves: Vec<i32>,
    trays: Vec<i32>,
    folders: Vec<i32>,
}

impl Keys {
    pub fn read(conn: &mut Conn) -> QueryResult<Self> {
        Ok(Self {
            owners: owners::table.select(owners::id).load(conn)?,
            carts: carts::table.select(carts::id).load(conn)?,
            kinds: kinds::table.select(kinds::id).load(conn)?,
            products: products::table.select(products::id).load(conn)?,
            parts: parts::table.select(parts::id).load(conn)?,
            lines: lines::table.select(lines::id).load(conn)?,
            shelves: shelves::table.select(shelves::id).load(conn)?,
            trays: trays::table.select(trays::id).load(conn)?,
            folders: folders::table.select(folders::id).load(conn)?,
        })
    }

    /// The positive ones.
    pub fn positive(mut self) -> Self {
        for keys in [
            &mut self.owners,
            &mut self.carts,
            &mut self.kinds,
            &mut self.products,
            &mut self.parts,
            &mut self.lines,
            &mut self.shelves,
            &mut self.trays,
            &mut self.folders,
        ] {
            keys.retain(|key| *key > 0);
        }
        self
    }
}

impl Operation {
    /// Any operation on any rows; few rows become more, and many become fewer.
    pub fn choose(random: &mut Random, keys: &Keys) -> Option<Self> {
        use Operation::{
            Delete, Insert, InsertLine, InsertLines, Move, Raise, RelinkLine, TrackLine,
        };
        use Table::{Carts, Folders, Kinds, Lines, Owners, Parts, Products, Trays};
        let owner = random.pick(&keys.owners)?;
        let product = random.pick(&keys.products)?;
        let kind = random.pick(&keys.kinds)?;
        let Some(cart) = random.pick(&keys.carts) else {
            return Some(Insert(Carts, owner));
        };
        let Some(line) = random.pick(&keys.lines) else {
            return Some(InsertLine { cart, product });
        };
        let shelf = random.pick(&keys.shelves)?;
        let Some(tray) = random.pick(&keys.trays) else {
            return Some(Insert(Trays, shelf));
        };
        let folder = random.pick(&keys.folders)?;
        let parent = random.pick(&keys.folders)?;
        Some(match random.below(27) {
            0..=3 if keys.lines.len() < 30 => InsertLine { cart, product },
            4 if keys.lines.len() < 30 => InsertLines { cart, product },
            0..=4 => Delete(Lines, line),
            5 => Raise(Lines, line),
            6 => TrackLine(line),
            7 | 8 => Move(Lines, line, cart),
            9 | 10 => RelinkLine { line, product },
            11 if keys.lines.len() > 10 => Delete(Lines, line),
            11 | 12 if keys.carts.len() < 10 => Insert(Carts, owner),
            11 | 12 => Delete(Carts, cart),
            13 => Move(Carts, cart, owner),
            14 => Raise(Carts, cart),
            15 => Raise(Owners, owner),
            16 => Raise(Products, product),
            17 => Move(Products, product, kind),
            18 => Raise(Kinds, kind),
            19 if keys.parts.len() < 8 => Insert(Parts, product),
            19 => Delete(Parts, random.pick(&keys.parts)?),
            20 if keys.folders.len() < 12 => Insert(Folders, parent),
            20 if folder > 1 => Delete(Folders, folder),
            // A folder moves below one that is older, so that there are no loops.
            21 | 22 if parent < folder => Move(Folders, folder, parent),
            23 | 24 => Move(Trays, tray, shelf),
            25 if keys.trays.len() < 8 => Insert(Trays, shelf),
            25 => Delete(Trays, tray),
            _ => Raise(Folders, folder),
        })
    }

    /// Does it, and says what is true once it is committed.
    pub fn perform(self, conn: &mut Conn) -> Result<Vec<Effect>, Error> {
        match self {
            Self::InsertLine { cart, product } => {
                let line = Line::insert(conn, new_line(cart, product))?;
                Ok(vec![Effect::Inserted(Table::Lines, line.id, 1, Some(cart))])
            }
            Self::InsertLines { cart, product } => {
                let new = [new_line(cart, product), new_line(cart, product)];
                let lines = Line::insert_many(conn, new)?;
                let inserted = |line: &Line| Effect::Inserted(Table::Lines, line.id, 1, Some(cart));
                Ok(lines.iter().map(inserted).collect())
            }
            Self::Insert(table, parent) => {
                let (key, counter) = insert(conn, table, parent)?;
                Ok(vec![Effect::Inserted(table, key, counter, Some(parent))])
            }
            Self::Raise(table, key) => {
                raise(conn, table, key)?;
                Ok(vec![Effect::Raised(table, key)])
            }
            Self::TrackLine(line) => {
                let raised = Line::track(conn, lines::id.eq(line), |conn| {
                    diesel::update(lines::table.find(line))
                        .set(lines::quantity.eq(lines::quantity + 1))
                        .execute(conn)
                        .map_err(Error::from)
                })?;
                Ok(vec![Effect::Raised(Table::Lines, line); raised])
            }
            Self::RelinkLine { line, product } => {
                Line::update(conn, line, lines::product_id.eq(product))?;
                Ok(vec![])
            }
            Self::Move(table, key, parent) => {
                shift(conn, table, key, parent)?;
                Ok(vec![Effect::Moved(table, key, parent)])
            }
            Self::Delete(table, key) => {
                delete(conn, table, key)?;
                Ok(vec![Effect::Deleted(table, key)])
            }
        }
    }
}

/// Inserts a row under a parent, and says its key and its counter.
fn insert(conn: &mut Conn, table: Table, parent: i32) -> Result<(i32, i32), Error> {
    Ok(match table {
        Table::Carts => (Cart::insert(conn, carts::owner_id.eq(parent))?.id, 0),
        Table::Parts => {
            let new = (parts::product_id.eq(parent), parts::grams.eq(7));
            (Part::insert(conn, new)?.id, 7)
        }
        Table::Trays => (Tray::insert(conn, trays::shelf_id.eq(parent))?.id, 0),
        Table::Folders => (Folder::insert(conn, folders::parent_id.eq(parent))?.id, 0),
        other => panic!("no row of {other:?} is inserted"),
    })
}

fn raise(conn: &mut Conn, table: Table, key: i32) -> Result<(), Error> {
    macro_rules! raise {
        ($($name:ident: $model:ident, $counter:expr;)*) => {
            match table {
                $(Table::$name => $model::update(conn, key, $counter.eq($counter + 1)).map(drop),)*
                other => panic!("no row of {other:?} has a counter"),
            }
        };
    }
    raise! {
        Lines: Line, lines::quantity;
        Carts: Cart, carts::revision;
        Owners: Owner, owners::revision;
        Products: Product, products::revision;
        Kinds: Kind, kinds::revision;
        Folders: Folder, folders::revision;
    }
}

fn shift(conn: &mut Conn, table: Table, key: i32, parent: i32) -> Result<(), Error> {
    match table {
        Table::Lines => Line::update(conn, key, lines::cart_id.eq(parent)).map(drop),
        Table::Carts => Cart::update(conn, key, carts::owner_id.eq(parent)).map(drop),
        Table::Products => Product::update(conn, key, products::kind_id.eq(parent)).map(drop),
        Table::Folders => Folder::update(conn, key, folders::parent_id.eq(parent)).map(drop),
        Table::Trays => {
            let (id, shelf_id) = (key, parent);
            Tray { id, shelf_id }.save(conn)
        }
        other => panic!("no row of {other:?} moves"),
    }
}

fn delete(conn: &mut Conn, table: Table, key: i32) -> Result<(), Error> {
    match table {
        Table::Lines => Line::delete_many(conn, &[key]),
        Table::Carts => Cart::delete_many(conn, &[key]),
        Table::Parts => Part::delete_many(conn, &[key]),
        Table::Trays => Tray::delete_many(conn, &[key]),
        Table::Folders => Folder::delete_many(conn, &[key]),
        other => panic!("no row of {other:?} is deleted"),
    }
}

/// Whether an operation came too late: a row that it is about has gone.
pub fn is_missed(error: &Error) -> bool {
    let violated = DatabaseErrorKind::ForeignKeyViolation;
    matches!(error, Error::NotFound { .. })
        || matches!(error.database(), Some(DieselError::DatabaseError(kind, _)) if *kind == violated)
}
