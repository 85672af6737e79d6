//! A self reference is a tree, worked level by level; a loop in such data is `Error::Loop` with its keys. Circles among
//! fields have a test binary of their own.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::Category;
use super::support::oracle::{assert_right, rows};
use super::support::schema::categories;
use super::support::shop::{self, ALL, FOOD, TEAS, TOOLS};

#[track_caller]
fn assert_loop<T: std::fmt::Debug>(result: Result<T, maintained::Error>, expected: &[&str]) {
    match result.unwrap_err() {
        maintained::Error::Loop {
            model: "Category",
            mut keys,
            ..
        } => {
            keys.sort_unstable();
            assert_eq!(keys, expected);
        }
        other => panic!("a loop was expected, not {other}"),
    }
}

#[test]
fn a_loop_in_a_tree_is_an_error_that_names_its_keys() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    assert_loop(
        Category::update(&mut conn, ALL, categories::parent_id.eq(Some(TEAS))),
        &["1", "2", "3"],
    );
    assert_loop(
        Category::update(&mut conn, TOOLS, categories::parent_id.eq(Some(TOOLS))),
        &["4"],
    );
    let buffered = conn.buffer_autoupdates(|conn| -> Outcome {
        Category::update(conn, ALL, categories::parent_id.eq(Some(FOOD)))?;
        Ok(())
    });
    assert_loop(buffered, &["1", "2"]);
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn a_loop_that_a_scope_undoes_is_no_error() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Category::update(conn, ALL, categories::parent_id.eq(Some(TEAS)))?;
        Category::update(conn, FOOD, categories::parent_id.eq(None::<i32>))?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Category>(&mut conn, ALL).path, "food/teas/all/");
}

#[test]
fn a_tree_may_be_inserted_from_the_bottom_and_turned_over() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let keys: Vec<i32> = (0..20)
            .map(|at| Ok(shop::category(conn, &format!("k{at}"), None)?.id))
            .collect::<Outcome<_>>()?;
        for pair in keys.windows(2) {
            Category::update(conn, pair[0], categories::parent_id.eq(Some(pair[1])))?;
        }
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let keys: Vec<i32> = categories::table
        .filter(categories::id.gt(TOOLS))
        .select(categories::id)
        .order(categories::id)
        .load(&mut conn)
        .unwrap();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for pair in keys.windows(2) {
            Category::update(conn, pair[0], categories::parent_id.eq(None::<i32>))?;
            Category::update(conn, pair[1], categories::parent_id.eq(Some(pair[0])))?;
        }
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn the_depth_of_a_tree_is_not_limited() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let mut above = shop::category(conn, "c", None)?.id;
        for _ in 0..400 {
            above = shop::category(conn, "c", Some(above))?.id;
        }
        shop::product(conn, "bottom", above)?;
        Ok(())
    })
    .unwrap();
    Category::update(&mut conn, TOOLS + 1, categories::name.eq("d")).unwrap();
    assert_right(&mut conn);
}
