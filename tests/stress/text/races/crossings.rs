//! Writes that come to the same rows from two sides: each locks what it may come to before it begins, so none is refused.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, Conn, Outcome, race};
use crate::links::models::{Follow, Label, Person, Product, Tag};
use crate::links::schema::{PERSONS, PRODUCTS, follows, labels, persons, products, tags};

const FOLLOW: Act = |conn| follow(conn, 5, 6);
const FOLLOW_BACK: Act = |conn| follow(conn, 6, 5);
const RENAME_PERSON: Act = |conn| Person::update(conn, 6, persons::name.eq("new")).map(drop);
const LABEL: Act = |conn| label(conn, 5, 6);
const LABEL_BOTH: Act = |conn| label(conn, 6, 6);
const RENAME_PRODUCT: Act = |conn| Product::update(conn, 6, products::name.eq("new")).map(drop);
const RENAME_TAG: Act = |conn| Tag::update(conn, 6, tags::name.eq("new")).map(drop);

fn follow(conn: &mut Conn, user: i32, other: i32) -> Outcome {
    let new = (follows::user_id.eq(user), follows::other_id.eq(other));
    Follow::insert(conn, new).map(drop)
}

fn label(conn: &mut Conn, product: i32, tag: i32) -> Outcome {
    let new = (labels::product_id.eq(product), labels::tag_id.eq(tag));
    Label::insert(conn, new).map(drop)
}

#[test]
fn two_rows_of_a_model_that_link_one_another() {
    race(FOLLOW, FOLLOW_BACK).on(&PERSONS).never_refused().run();
}

#[test]
fn two_links_to_one_row_between_fields_on_both_sides() {
    race(LABEL, LABEL_BOTH).on(&PRODUCTS).never_refused().run();
}

#[test]
fn link_inserted_and_the_row_renamed_that_it_names() {
    race(FOLLOW, RENAME_PERSON)
        .on(&PERSONS)
        .never_refused()
        .run();
}

#[test]
fn link_inserted_and_either_of_its_rows_renamed() {
    for rename in [RENAME_PRODUCT, RENAME_TAG] {
        race(LABEL_BOTH, rename).on(&PRODUCTS).never_refused().run();
    }
}
