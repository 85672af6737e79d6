//! What is linked.

use diesel::prelude::*;
use maintained::prelude::*;

use super::super::super::Conn;
use super::super::shop::Outcome;
use crate::bare::Stage;
use crate::links::models::{Follow, Label, Person, Product, Tag};
use crate::links::schema::{PERSONS, PRODUCTS, follows, labels, persons, products, tags};

/// Rows, and how they are linked.
#[derive(Clone, Copy)]
pub(super) struct Net {
    pub(super) name: &'static str,
    pub(super) stage: &'static Stage,
    /// The tables whose rows a link names.
    pub(super) sides: [&'static str; 2],
    pub(super) is_linked: fn(&mut Conn, [i32; 2]) -> QueryResult<bool>,
    pub(super) link: fn(&mut Conn, [i32; 2]) -> Outcome,
    pub(super) unlink: fn(&mut Conn, [i32; 2]) -> Outcome,
    /// A row on one of the two sides, to another name.
    pub(super) rename: fn(&mut Conn, usize, i32, &str) -> Outcome,
}

/// A many-to-many of a model with itself.
pub(super) const FOLLOWING: Net = Net {
    name: "persons who follow one another",
    stage: &PERSONS,
    sides: ["persons", "persons"],
    is_linked: |conn, [user, other]| {
        let link = follows::table.find((user, other));
        diesel::select(diesel::dsl::exists(link)).get_result(conn)
    },
    link: |conn, [user, other]| {
        let new = (follows::user_id.eq(user), follows::other_id.eq(other));
        Follow::insert(conn, new).map(drop)
    },
    unlink: |conn, [user, other]| Follow::delete_many(conn, &[(user, other)]),
    rename: |conn, _, key, name| Person::update(conn, key, persons::name.eq(name)).map(drop),
};

/// Fields on both sides of a many-to-many.
pub(super) const LABELLING: Net = Net {
    name: "fields on both sides",
    stage: &PRODUCTS,
    sides: ["products", "tags"],
    is_linked: |conn, [product, tag]| {
        let link = labels::table.find((product, tag));
        diesel::select(diesel::dsl::exists(link)).get_result(conn)
    },
    link: |conn, [product, tag]| {
        let new = (labels::product_id.eq(product), labels::tag_id.eq(tag));
        Label::insert(conn, new).map(drop)
    },
    unlink: |conn, [product, tag]| Label::delete_many(conn, &[(product, tag)]),
    rename: |conn, side, key, name| match side {
        0 => Product::update(conn, key, products::name.eq(name)).map(drop),
        _ => Tag::update(conn, key, tags::name.eq(name)).map(drop),
    },
};
