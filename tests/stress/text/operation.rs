//! One write on hot rows, and what must be true once it is committed.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use maintained::Error;
use maintained::prelude::*;

use super::super::Conn;
use super::tally::{Effect, Table};
use crate::models::{Cart, Folder, Kind, Line, Owner, Part, Product};
use crate::random::Random;
use crate::schema::{carts, folders, kinds, lines, owners, parts, products};

/// A write. Keys are those of rows that were there when it was chosen.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    InsertLine { cart: i32, product: i32 },
    InsertLines { cart: i32, product: i32 },
    GrowLine(i32),
    TrackLine(i32),
    MoveLine { line: i32, cart: i32 },
    RelinkLine { line: i32, product: i32 },
    DeleteLine(i32),
    InsertCart { owner: i32 },
    MoveCart { cart: i32, owner: i32 },
    ReviseCart(i32),
    DeleteCart(i32),
    ReviseOwner(i32),
    ReviseProduct(i32),
    MoveProduct { product: i32, kind: i32 },
    ReviseKind(i32),
    InsertPart { product: i32 },
    DeletePart(i32),
    InsertFolder { parent: i32 },
    MoveFolder { folder: i32, parent: i32 },
    ReviseFolder(i32),
    DeleteFolder(i32),
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
            folders: folders::table.select(folders::id).load(conn)?,
        })
    }
}

impl Operation {
    /// Any operation on any rows; few rows become more, and many become fewer.
    pub fn choose(random: &mut Random, keys: &Keys) -> Option<Self> {
        let owner = random.pick(&keys.owners)?;
        let product = random.pick(&keys.products)?;
        let kind = random.pick(&keys.kinds)?;
        let Some(cart) = random.pick(&keys.carts) else {
            return Some(Self::InsertCart { owner });
        };
        let Some(line) = random.pick(&keys.lines) else {
            return Some(Self::InsertLine { cart, product });
        };
        let folder = random.pick(&keys.folders)?;
        let parent = random.pick(&keys.folders)?;
        Some(match random.below(24) {
            0..=3 if keys.lines.len() < 30 => Self::InsertLine { cart, product },
            4 if keys.lines.len() < 30 => Self::InsertLines { cart, product },
            0..=4 => Self::DeleteLine(line),
            5 => Self::GrowLine(line),
            6 => Self::TrackLine(line),
            7 | 8 => Self::MoveLine { line, cart },
            9 | 10 => Self::RelinkLine { line, product },
            11 if keys.lines.len() > 10 => Self::DeleteLine(line),
            11 | 12 if keys.carts.len() < 10 => Self::InsertCart { owner },
            11 | 12 => Self::DeleteCart(cart),
            13 => Self::MoveCart { cart, owner },
            14 => Self::ReviseCart(cart),
            15 => Self::ReviseOwner(owner),
            16 => Self::ReviseProduct(product),
            17 => Self::MoveProduct { product, kind },
            18 => Self::ReviseKind(kind),
            19 if keys.parts.len() < 8 => Self::InsertPart { product },
            19 => Self::DeletePart(random.pick(&keys.parts)?),
            20 if keys.folders.len() < 12 => Self::InsertFolder { parent },
            20 if folder > 1 => Self::DeleteFolder(folder),
            // A folder moves below one that is older, so that there are no loops.
            21 | 22 if parent < folder => Self::MoveFolder { folder, parent },
            _ => Self::ReviseFolder(folder),
        })
    }

    /// Does it, and says what is true once it is committed.
    pub fn perform(self, conn: &mut Conn) -> Result<Vec<Effect>, Error> {
        use Effect::{Deleted, Inserted, Moved, Raised};
        let raised = |table, key| Ok(vec![Raised(table, key)]);
        match self {
            Self::InsertLine { cart, product } => {
                let line = Line::insert(conn, new_line(cart, product))?;
                Ok(vec![Inserted(Table::Lines, line.id, 1, Some(cart))])
            }
            Self::InsertLines { cart, product } => {
                let new = [new_line(cart, product), new_line(cart, product)];
                let lines = Line::insert_many(conn, new)?;
                let inserted = |line: &Line| Inserted(Table::Lines, line.id, 1, Some(cart));
                Ok(lines.iter().map(inserted).collect())
            }
            Self::GrowLine(line) => {
                Line::update(conn, line, lines::quantity.eq(lines::quantity + 1))?;
                raised(Table::Lines, line)
            }
            Self::TrackLine(line) => {
                let grown = Line::track(conn, lines::id.eq(line), |conn| {
                    diesel::update(lines::table.find(line))
                        .set(lines::quantity.eq(lines::quantity + 1))
                        .execute(conn)
                        .map_err(Error::from)
                })?;
                Ok(vec![Raised(Table::Lines, line); grown])
            }
            Self::MoveLine { line, cart } => {
                Line::update(conn, line, lines::cart_id.eq(cart))?;
                Ok(vec![Moved(Table::Lines, line, cart)])
            }
            Self::RelinkLine { line, product } => {
                Line::update(conn, line, lines::product_id.eq(product))?;
                Ok(vec![])
            }
            Self::DeleteLine(line) => {
                Line::delete_many(conn, &[line])?;
                Ok(vec![Deleted(Table::Lines, line)])
            }
            Self::InsertCart { owner } => {
                let cart = Cart::insert(conn, carts::owner_id.eq(owner))?;
                Ok(vec![Inserted(Table::Carts, cart.id, 0, Some(owner))])
            }
            Self::MoveCart { cart, owner } => {
                Cart::update(conn, cart, carts::owner_id.eq(owner))?;
                Ok(vec![Moved(Table::Carts, cart, owner)])
            }
            Self::ReviseCart(cart) => {
                Cart::update(conn, cart, carts::revision.eq(carts::revision + 1))?;
                raised(Table::Carts, cart)
            }
            Self::DeleteCart(cart) => {
                Cart::delete_many(conn, &[cart])?;
                Ok(vec![Deleted(Table::Carts, cart)])
            }
            Self::ReviseOwner(owner) => {
                Owner::update(conn, owner, owners::revision.eq(owners::revision + 1))?;
                raised(Table::Owners, owner)
            }
            Self::ReviseProduct(product) => {
                Product::update(conn, product, products::revision.eq(products::revision + 1))?;
                raised(Table::Products, product)
            }
            Self::MoveProduct { product, kind } => {
                Product::update(conn, product, products::kind_id.eq(kind))?;
                Ok(vec![Moved(Table::Products, product, kind)])
            }
            Self::ReviseKind(kind) => {
                Kind::update(conn, kind, kinds::revision.eq(kinds::revision + 1))?;
                raised(Table::Kinds, kind)
            }
            Self::InsertPart { product } => {
                let new = (parts::product_id.eq(product), parts::grams.eq(7));
                let part = Part::insert(conn, new)?;
                Ok(vec![Inserted(Table::Parts, part.id, 7, Some(product))])
            }
            Self::DeletePart(part) => {
                Part::delete_many(conn, &[part])?;
                Ok(vec![Deleted(Table::Parts, part)])
            }
            Self::InsertFolder { parent } => {
                let folder = Folder::insert(conn, folders::parent_id.eq(parent))?;
                Ok(vec![Inserted(Table::Folders, folder.id, 0, Some(parent))])
            }
            Self::MoveFolder { folder, parent } => {
                Folder::update(conn, folder, folders::parent_id.eq(parent))?;
                Ok(vec![Moved(Table::Folders, folder, parent)])
            }
            Self::ReviseFolder(folder) => {
                Folder::update(conn, folder, folders::revision.eq(folders::revision + 1))?;
                raised(Table::Folders, folder)
            }
            Self::DeleteFolder(folder) => {
                Folder::delete_many(conn, &[folder])?;
                Ok(vec![Deleted(Table::Folders, folder)])
            }
        }
    }
}

type NewLine = (
    diesel::dsl::Eq<lines::cart_id, i32>,
    diesel::dsl::Eq<lines::product_id, i32>,
    diesel::dsl::Eq<lines::quantity, i32>,
);

pub fn new_line(cart: i32, product: i32) -> NewLine {
    (
        lines::cart_id.eq(cart),
        lines::product_id.eq(product),
        lines::quantity.eq(1),
    )
}

/// Whether an operation came too late: a row that it is about has gone.
pub fn is_missed(error: &Error) -> bool {
    let violated = DatabaseErrorKind::ForeignKeyViolation;
    matches!(error, Error::NotFound { .. })
        || matches!(error.database(), Some(DieselError::DatabaseError(kind, _)) if *kind == violated)
}
