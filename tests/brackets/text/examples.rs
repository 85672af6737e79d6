//! What can happen between the entry of a bracket and its exit, one kind a test.

use diesel::prelude::*;
use maintained::prelude::*;

use super::oracle::{assert_right, stale};
use super::{Conn, Outcome, Place, empty, item, link, node, stock};
use crate::models::schema::{items, links, nodes, notes, shops, tags};
use crate::models::{Item, Link, Node, Note, Shop, Tag};

/// What may be around a body.
const AROUND: [&str; 7] = [
    "nothing",
    "a buffered scope",
    "an immediate scope",
    "a savepoint",
    "a buffered base mode",
    "a transaction under a buffered base mode",
    "a scope in a transaction under a buffered base mode",
];

fn within(conn: &mut Conn, around: &str, body: impl Fn(&mut Conn) -> Outcome) -> Outcome {
    if around.contains("base mode") {
        conn.set_base_mode(Mode::Buffered);
    }
    match around {
        "nothing" | "a buffered base mode" => body(conn),
        "a buffered scope" => conn.buffer_autoupdates(body),
        "an immediate scope" => conn.immediate_autoupdates(body),
        "a savepoint" => conn.transaction(|conn| conn.transaction(body)),
        "a transaction under a buffered base mode" => conn.transaction(body),
        _ => conn.transaction(|conn| conn.immediate_autoupdates(body)),
    }
}

/// Runs a body with each of these around it, and finds every field right afterwards.
#[track_caller]
fn leaves_nothing_stale(body: impl Fn(&mut Conn) -> Outcome) {
    let place = Place::new();
    let mut conn = place.connect();
    for around in AROUND {
        empty(&mut conn);
        stock(&mut conn).unwrap();
        assert_right(&mut conn);
        within(&mut conn, around, &body).unwrap();
        conn.set_base_mode(Mode::Immediate);
        assert_eq!(stale(&mut conn), Vec::<String>::new(), "within {around}");
    }
}

pub(super) fn sql(conn: &mut Conn, statement: &str) -> Outcome {
    diesel::sql_query(statement).execute(conn)?;
    Ok(())
}

pub(super) fn move_item(conn: &mut Conn, shop: i32) -> Outcome {
    Item::update(conn, 1, items::shop_id.eq(shop)).map(drop)
}

const TO_SHOP_2: &str = "UPDATE items SET shop_id = 2 WHERE id = 1";
pub(super) const TO_SHOP_3: &str = "UPDATE items SET shop_id = 3 WHERE id = 1";

/// A body that moves item 1 to shop 2, and then on.
macro_rules! in_between {
    ($($name:ident: |$conn:ident| $first:expr, then $last:expr;)*) => {$(
        #[test]
        fn $name() {
            leaves_nothing_stale(|conn| {
                Item::track(conn, items::id.eq(1), |$conn| -> Outcome {
                    $first;
                    sql($conn, $last)
                })
            });
        }
    )*};
}

in_between! {
    parent_in_between_is_right_after_fresh: |conn| {
        move_item(conn, 2)?;
        assert_eq!(Shop::fresh(conn, 2)?.unwrap().item_total, 10);
    }, then TO_SHOP_3;
    parent_in_between_is_right_after_a_flush: |conn| {
        move_item(conn, 2)?;
        conn.flush_autoupdates()?;
    }, then TO_SHOP_3;
    parent_in_between_is_right_after_a_flush_and_a_deletion: |conn| {
        move_item(conn, 2)?;
        conn.flush_autoupdates()?;
    }, then "DELETE FROM items WHERE id = 1";
    parent_in_between_of_a_statement_is_right_after_fresh: |conn| {
        sql(conn, TO_SHOP_2)?;
        assert_eq!(Shop::fresh(conn, 2)?.unwrap().item_total, 10);
    }, then TO_SHOP_3;
    parent_in_between_of_a_bracket_inside_is_right_after_fresh: |conn| {
        Item::track(conn, items::id.eq(1), |conn| sql(conn, TO_SHOP_2))?;
        assert_eq!(Shop::fresh(conn, 2)?.unwrap().item_total, 10);
    }, then TO_SHOP_3;
    parent_in_between_is_right_after_a_scope_inside: |conn| {
        conn.buffer_autoupdates(|conn| move_item(conn, 2))?;
    }, then TO_SHOP_3;
    parent_in_between_is_right_after_an_immediate_scope_inside: |conn| {
        conn.immediate_autoupdates(|conn| move_item(conn, 2))?;
    }, then TO_SHOP_3;
    parents_in_between_are_right_after_many_flushes: |conn| {
        for shop in [2, 3, 1, 2] {
            move_item(conn, shop)?;
            conn.flush_autoupdates()?;
            sql(conn, "UPDATE items SET shop_id = 4 - shop_id WHERE id = 1")?;
            conn.flush_autoupdates()?;
        }
    }, then TO_SHOP_3;
    parent_in_between_is_right_where_the_move_was_undone: |conn| {
        let undone: Outcome = conn.transaction(|conn| {
            move_item(conn, 2)?;
            conn.flush_autoupdates()?;
            sql(conn, "UPDATE items SET amount = 11 WHERE id = 1")?;
            conn.flush_autoupdates()?;
            Err(maintained::Error::other("on purpose"))
        });
        assert!(undone.is_err());
    }, then TO_SHOP_3;
    parent_in_between_is_right_where_a_move_further_on_was_undone: |conn| {
        move_item(conn, 2)?;
        conn.flush_autoupdates()?;
        let undone: Outcome = conn.transaction(|conn| {
            sql(conn, TO_SHOP_3)?;
            conn.flush_autoupdates()?;
            Err(maintained::Error::other("on purpose"))
        });
        assert!(undone.is_err());
    }, then TO_SHOP_3;
    parent_in_between_is_right_where_the_move_was_in_a_savepoint: |conn| {
        conn.transaction(|conn| -> Outcome {
            move_item(conn, 2)?;
            conn.flush_autoupdates().map(drop)
        })?;
    }, then TO_SHOP_3;
    row_that_came_back_as_it_was_is_counted_again: |conn| {
        sql(conn, "DELETE FROM items WHERE id = 1")?;
        conn.flush_autoupdates()?;
    }, then "INSERT INTO items (id, shop_id, amount, open) VALUES (1, 1, 10, TRUE)";
    row_that_the_library_deleted_and_that_came_back_is_counted_again: |conn| {
        Item::delete_many(conn, &[1])?;
        conn.flush_autoupdates()?;
    }, then "INSERT INTO items (id, shop_id, amount, open) VALUES (1, 1, 10, TRUE)";
}

#[test]
fn statement_past_the_library_is_one_of_the_callers_own() {
    leaves_nothing_stale(|conn| {
        Item::track(conn, items::id.eq(1), |conn| -> Outcome {
            diesel::sql_query(TO_SHOP_2).execute(conn.inner_mut())?;
            conn.flush_autoupdates()?;
            diesel::sql_query(TO_SHOP_3).execute(conn.inner_mut())?;
            Ok(())
        })
    });
}

#[test]
fn row_that_the_filter_matches_in_between_is_known() {
    leaves_nothing_stale(|conn| {
        Item::track(conn, items::shop_id.eq(2), |conn| -> Outcome {
            sql(
                conn,
                "INSERT INTO items (id, shop_id, amount, open) VALUES (3, 2, 5, TRUE)",
            )?;
            Shop::update(conn, 2, shops::name.eq("renamed"))?;
            Item::update(conn, 3, items::shop_id.eq(1))?;
            Ok(())
        })
    });
}

#[test]
fn row_that_a_bracket_inside_takes_out_of_the_filter_is_known() {
    leaves_nothing_stale(|conn| {
        Item::track(conn, items::shop_id.eq(2), |conn| -> Outcome {
            sql(
                conn,
                "INSERT INTO items (id, shop_id, amount, open) VALUES (3, 2, 5, TRUE)",
            )?;
            Item::track(conn, items::id.eq(3), |conn| {
                sql(conn, "UPDATE items SET shop_id = 1 WHERE id = 3")
            })
        })
    });
}

#[test]
fn filter_may_borrow_its_values() {
    leaves_nothing_stale(|conn| {
        let name = "shop 1".to_owned();
        let filter = shops::name
            .eq(name.as_str())
            .and(shops::id.eq_any(vec![1, 2]));
        Shop::track(conn, filter, |conn| -> Outcome {
            sql(conn, "UPDATE shops SET name = 'other' WHERE id = 1")?;
            Shop::fresh(conn, 1)?;
            sql(conn, "DELETE FROM shops WHERE id = 1")
        })
    });
}

#[test]
fn link_with_a_composite_key_is_counted_where_it_was_in_between() {
    leaves_nothing_stale(|conn| {
        Link::track(conn, links::item_id.eq(1), |conn| -> Outcome {
            Link::delete_many(conn, &[(1, "t".to_owned())])?;
            link(conn, 1, "u")?;
            assert_eq!(Tag::fresh(conn, "u".to_owned())?.unwrap().uses, 2);
            sql(conn, "UPDATE links SET tag_code = 'v' WHERE item_id = 1")?;
            assert_eq!(Tag::fresh(conn, "v".to_owned())?.unwrap().worth, 10);
            sql(conn, "UPDATE links SET tag_code = 't' WHERE item_id = 1")
        })
    });
}

#[test]
fn node_of_a_tree_leaves_marks_where_it_was_in_between() {
    leaves_nothing_stale(|conn| {
        Node::track(conn, nodes::id.eq(5), |conn| -> Outcome {
            Node::update(conn, 5, nodes::parent_id.eq(2))?;
            assert_eq!(Node::fresh(conn, 1)?.unwrap().total, 8);
            sql(conn, "UPDATE nodes SET parent_id = 3 WHERE id = 5")
        })
    });
}

#[test]
fn row_that_comes_to_hang_goes_along_with_its_parent() {
    leaves_nothing_stale(|conn| {
        Shop::track(conn, shops::id.eq(2), |conn| -> Outcome {
            move_item(conn, 2)?;
            sql(conn, "DELETE FROM shops WHERE id = 2")
        })
    });
}

#[test]
fn row_that_is_inserted_goes_along_with_its_parent() {
    leaves_nothing_stale(|conn| {
        Shop::track(conn, shops::id.eq(2), |conn| -> Outcome {
            item(conn, 3, 2, 5)?;
            link(conn, 3, "t")?;
            assert_eq!(Tag::fresh(conn, "t".to_owned())?.unwrap().uses, 2);
            sql(conn, "DELETE FROM shops WHERE id = 2")
        })
    });
}

#[test]
fn row_that_a_bracket_inside_lets_hang_goes_along_with_its_parent() {
    leaves_nothing_stale(|conn| {
        Shop::track(conn, shops::id.eq(2), |conn| -> Outcome {
            Item::track(conn, items::id.eq(1), |conn| sql(conn, TO_SHOP_2))?;
            sql(conn, "DELETE FROM shops WHERE id = 2")
        })
    });
}

#[test]
fn row_that_hangs_after_a_savepoint_goes_along_with_its_parent() {
    leaves_nothing_stale(|conn| {
        Shop::track(conn, shops::id.eq(2), |conn| -> Outcome {
            conn.transaction(|conn| move_item(conn, 2))?;
            let undone: Outcome = conn.transaction(|conn| {
                sql(conn, "DELETE FROM shops WHERE id = 2")?;
                conn.flush_autoupdates()?;
                Err(maintained::Error::other("on purpose"))
            });
            assert!(undone.is_err());
            sql(conn, "DELETE FROM shops WHERE id = 2")
        })
    });
}

#[test]
fn branch_that_comes_to_hang_goes_along_with_the_node_above() {
    leaves_nothing_stale(|conn| {
        Node::track(conn, nodes::id.eq(2), |conn| -> Outcome {
            Node::update(conn, 4, nodes::parent_id.eq(2))?;
            sql(conn, "DELETE FROM nodes WHERE id = 2")
        })
    });
}

#[test]
fn row_whose_key_is_nulled_in_the_end_was_known() {
    leaves_nothing_stale(|conn| {
        Item::track(conn, items::id.eq(2), |conn| -> Outcome {
            Note::update(conn, 1, notes::item_id.eq(2))?;
            assert_eq!(Note::fresh(conn, 1)?.unwrap().amount, Some(7));
            sql(conn, "DELETE FROM items WHERE id = 2")
        })
    });
}

#[test]
fn computed_key_that_a_flush_has_turned_is_known_before_its_row_goes() {
    leaves_nothing_stale(|conn| {
        Item::track(conn, items::id.eq_any([1, 2]), |conn| -> Outcome {
            item(conn, 3, 1, 5)?;
            assert_eq!(Shop::fresh(conn, 1)?.unwrap().latest_amount, Some(5));
            Item::delete_many(conn, &[3])?;
            assert_eq!(Shop::fresh(conn, 1)?.unwrap().latest_amount, Some(7));
            sql(conn, "DELETE FROM items WHERE id = 2")
        })
    });
}

#[test]
fn brackets_on_several_models_overlap() {
    leaves_nothing_stale(|conn| {
        Tag::track(conn, tags::code.eq("t"), |conn| -> Outcome {
            Shop::track(conn, shops::id.eq_any([1, 2]), |conn| -> Outcome {
                Item::track(conn, items::id.eq(1), |conn| -> Outcome {
                    sql(conn, TO_SHOP_2)?;
                    link(conn, 1, "v")?;
                    sql(conn, "UPDATE items SET amount = 20 WHERE id = 1")?;
                    conn.flush_autoupdates().map(drop)
                })?;
                sql(conn, "DELETE FROM shops WHERE id = 2")
            })?;
            node(conn, 6, Some(1), Some("t"))?;
            sql(conn, "DELETE FROM tags WHERE code = 't'")
        })
    });
}
