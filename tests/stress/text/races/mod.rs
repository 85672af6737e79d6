//! The races of two writers, each by its name: whatever the interleaving, nothing is stale.
//!
//! Where an order of locks keeps the two from waiting for one another, it must do so in every interleaving.

mod collections;
mod copies;
mod crossings;
mod declared;
mod links;
mod own_setters;
mod totals;
mod transactions;
mod trees;
mod two_hops;
mod two_parents;

use diesel::prelude::*;
use maintained::prelude::*;

use super::super::{Conn, NAME};
use super::script::{Act, race};
use super::shop::Outcome;
use super::tables;
use crate::bare::models::{City, Club, Egg, House, Member};
use crate::bare::schema::{cities, clubs, eggs, houses, members};

const INSERT_EGG: Act = |conn| Egg::insert(conn, eggs::nest_id.eq(1)).map(drop);
/// Nest 3 is empty: with one egg it is not crowded yet, with two it is.
const INSERT_FIRST_EGG: Act = |conn| Egg::insert(conn, eggs::nest_id.eq(3)).map(drop);
const RENAME_CLUB: Act =
    |conn| Club::update(conn, 1, clubs::revision.eq(clubs::revision + 1)).map(drop);
const INSERT_MEMBER: Act = |conn| Member::insert(conn, members::club_id.eq(1)).map(drop);
const INSERT_HOUSE: Act = |conn| House::insert(conn, houses::city_id.eq(1)).map(drop);
const MOVE_CITY: Act = |conn| City::update(conn, 1, cities::region_id.eq(2)).map(drop);
