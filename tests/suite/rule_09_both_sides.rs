//! Both sides. When a foreign key moves, the old and the new parent are brought up to date; when a row goes, every row
//! that read it, directly or through rows that the database deletes or nulls along with it.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{
    Address, Category, Customer, Item, Order, Parcel, Product, ProductTag, Region, Tag,
};
use super::support::oracle::{assert_right, rows};
use super::support::schema::{customers, items, orders, parcels, product_tags};
use super::support::shop::{
    self, ADA, ADA_NEW, ADA_OLD, ALL, BEN, BEN_LINE, BEN_ONLY, BIO, BONN, CAT, FOOD, FRESH, KIEL,
    MILK, MILK_LINE, NORTH, PARCEL, SAW, SAW_LINE, SOUTH, TEA, TEA_LINE, TEAS, TOOLS, ULM,
};
use crate::Conn;

/// Does the same in the shop at once and in a buffered scope; the data must be right and equal.
#[track_caller]
fn both(work: impl Fn(&mut Conn) -> Outcome) -> Conn {
    let mut buffered = shop::open();
    buffered.buffer_autoupdates(&work).unwrap();
    assert_right(&mut buffered);
    let mut immediate = shop::open();
    work(&mut immediate).unwrap();
    assert_right(&mut immediate);
    assert_eq!(rows(&mut buffered).text(), rows(&mut immediate).text());
    immediate
}

#[test]
fn a_row_that_moves_by_update_or_save_leaves_both_parents_right() {
    let mut conn = both(|conn| {
        Item::update(conn, MILK_LINE, items::order_id.eq(BEN_ONLY))?;
        let mut item = shop::get::<Item>(conn, TEA_LINE);
        item.order_id = ADA_NEW;
        item.product_id = SAW;
        item.save(conn)?;
        Order::update(conn, ADA_NEW, orders::customer_id.eq(BEN)).map(drop)
    });
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, 0);
    assert_eq!(
        shop::get::<Customer>(&mut conn, BEN).spent_cents,
        330 + 200 + 1300
    );
    assert_eq!(shop::get::<Category>(&mut conn, TEAS).subtree_sold, 0);
}

#[test]
fn a_stale_copy_that_is_saved_moves_from_where_the_row_really_is() {
    let mut conn = both(|conn| {
        let mut copy = shop::get::<Item>(conn, MILK_LINE);
        Item::update(conn, MILK_LINE, items::order_id.eq(BEN_ONLY))?;
        copy.order_id = ADA_NEW;
        copy.save(conn)
    });
    assert_eq!(shop::get::<Order>(&mut conn, BEN_ONLY).item_count, 1);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_NEW).item_count, 2);
}

#[test]
fn rows_that_move_out_of_and_into_the_filter_of_track_leave_both_parents_right() {
    both(|conn| {
        Item::track(conn, items::order_id.eq(ADA_OLD), |conn| -> Outcome {
            diesel::update(items::table.filter(items::order_id.eq(ADA_OLD)))
                .set(items::order_id.eq(BEN_ONLY))
                .execute(conn)?;
            Ok(())
        })?;
        Item::track(
            conn,
            items::order_id.eq(ADA_OLD).or(items::order_id.eq(ADA_NEW)),
            |conn| -> Outcome {
                diesel::update(items::table.filter(items::order_id.eq(ADA_NEW)))
                    .set(items::order_id.eq(ADA_OLD))
                    .execute(conn)?;
                Ok(())
            },
        )
    });
}

#[test]
fn rows_that_a_bracket_inserts_deletes_and_changes_are_tracked() {
    both(|conn| {
        let inserted = Item::track(conn, items::product_id.eq(MILK), |conn| -> Outcome<usize> {
            diesel::delete(items::table.find(BEN_LINE)).execute(conn)?;
            diesel::update(items::table.find(MILK_LINE))
                .set(items::quantity.eq(17))
                .execute(conn)?;
            let new = (
                items::order_id.eq(ADA_NEW),
                items::product_id.eq(MILK),
                items::quantity.eq(6),
                items::price_cents.eq(1i64),
            );
            Ok(diesel::insert_into(items::table)
                .values(new)
                .execute(conn)?)
        })?;
        assert_eq!(inserted, 1, "track hands back what its body returns");
        Ok(())
    });
}

#[test]
fn a_key_that_changes_in_a_bracket_is_a_row_that_goes_and_one_that_comes() {
    both(|conn| {
        ProductTag::track(conn, product_tags::product_id.eq(TEA), |conn| -> Outcome {
            diesel::sql_query("UPDATE product_tags SET tag_code = 'f' WHERE product_id = 2")
                .execute(conn)?;
            Ok(())
        })
    });
}

#[test]
fn a_row_that_is_deleted_leaves_its_readers_right() {
    let mut conn = both(|conn| {
        shop::get::<Item>(conn, SAW_LINE).delete(conn)?;
        shop::get::<Parcel>(conn, PARCEL).delete(conn)?;
        shop::get::<ProductTag>(conn, (MILK, FRESH.to_owned())).delete(conn)?;
        shop::get::<super::support::models::Invoice>(conn, shop::INVOICE).delete(conn)?;
        shop::get::<Order>(conn, ADA_NEW).delete(conn)?;
        Ok(())
    });
    assert_eq!(
        shop::get::<Customer>(&mut conn, ADA).latest_order_id,
        Some(ADA_OLD)
    );
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).invoice, None);
    assert_eq!(shop::get::<Product>(&mut conn, SAW).sold, 0);
}

#[test]
fn what_cascades_two_levels_down_reaches_the_readers_of_every_level() {
    let mut conn = both(|conn| {
        shop::get::<Customer>(conn, ADA).delete(conn)?;
        Ok(())
    });
    assert_eq!(
        shop::get::<Product>(&mut conn, MILK).sold,
        3,
        "an item's reader"
    );
    assert_eq!(
        shop::get::<Category>(&mut conn, ALL).subtree_sold,
        3,
        "further up"
    );
    assert_eq!(
        shop::get::<Address>(&mut conn, BONN).sent,
        0,
        "a parcel's readers"
    );
    assert_eq!(shop::get::<Address>(&mut conn, BONN).received, 1);
    assert_eq!(
        shop::get::<Region>(&mut conn, NORTH).customer_count,
        1,
        "the customer's own"
    );
    assert_eq!(Item::find(&mut conn, SAW_LINE).unwrap(), None);
}

#[test]
fn a_deleted_order_nulls_the_maintained_key_that_named_it() {
    let mut conn = both(|conn| {
        shop::get::<Order>(conn, ADA_NEW).delete(conn)?;
        Ok(())
    });
    let customer = shop::get::<Customer>(&mut conn, ADA);
    assert_eq!(
        (customer.latest_order_id, customer.latest_cents),
        (Some(ADA_OLD), Some(500))
    );
    let mut conn = both(|conn| Order::delete_many(conn, &[ADA_NEW, ADA_OLD]));
    let customer = shop::get::<Customer>(&mut conn, ADA);
    assert_eq!(
        (
            customer.latest_order_id,
            customer.latest_cents,
            customer.basket.as_str()
        ),
        (None, None, "")
    );
}

#[test]
fn a_key_that_the_database_nulls_counts_as_changed() {
    let mut conn = both(|conn| {
        shop::get::<Region>(conn, NORTH).delete(conn)?;
        Ok(())
    });
    assert_eq!(shop::get::<Customer>(&mut conn, ADA).title, "Ada");
    let mut conn = both(|conn| {
        Order::delete_many(conn, &[BEN_ONLY])?;
        Parcel::update(conn, PARCEL, parcels::to_address_id.eq(Some(ULM)))?;
        shop::get::<Address>(conn, ULM).delete(conn)?;
        shop::get::<Address>(conn, KIEL).delete(conn)?;
        Ok(())
    });
    assert_eq!(shop::get::<Parcel>(&mut conn, PARCEL).route, "Bonn > ?");
}

#[test]
fn a_subtree_that_cascades_leaves_the_tree_above_right() {
    both(|conn| {
        Item::delete_many(conn, &[TEA_LINE])?;
        shop::get::<Product>(conn, TEA).delete(conn)?;
        let below = shop::category(conn, "below", Some(TEAS))?;
        shop::category(conn, "deeper", Some(below.id))?;
        shop::get::<Category>(conn, TEAS).delete(conn)?;
        Ok(())
    });
}

#[test]
fn a_subtree_that_moves_leaves_both_trees_right() {
    let mut conn = both(|conn| {
        let mut food = shop::get::<Category>(conn, FOOD);
        food.parent_id = Some(TOOLS);
        food.save(conn)
    });
    assert_eq!(
        shop::get::<Category>(&mut conn, TEAS).path,
        "tools/food/teas/"
    );
    assert_eq!(shop::get::<Category>(&mut conn, TOOLS).subtree_sold, 7);
    assert_eq!(shop::get::<Category>(&mut conn, ALL).subtree_sold, 0);
}

#[test]
fn links_that_come_and_go_reach_both_sides() {
    let mut conn = both(|conn| {
        shop::link(conn, SAW, BIO, 1)?;
        shop::get::<Tag>(conn, FRESH).delete(conn)?;
        ProductTag::delete_many(conn, &[(TEA, BIO.to_owned())])
    });
    assert_eq!(shop::get::<Product>(&mut conn, MILK).tag_list, "bio!!");
    assert_eq!(
        shop::get::<Tag>(&mut conn, BIO).products,
        "milk#bio saw#bio"
    );
}

#[test]
fn a_moved_order_moves_the_latest_order_of_both_customers() {
    let mut conn = both(|conn| {
        Order::update(
            conn,
            ADA_NEW,
            (orders::customer_id.eq(BEN), orders::placed.eq(5)),
        )?;
        Customer::update(conn, ADA, customers::region_code.eq(Some(SOUTH)))?;
        Ok(())
    });
    assert_eq!(
        shop::get::<Customer>(&mut conn, ADA).latest_order_id,
        Some(ADA_OLD)
    );
    assert_eq!(
        shop::get::<Customer>(&mut conn, BEN).latest_order_id,
        Some(ADA_NEW)
    );
    assert!(!shop::get::<Order>(&mut conn, BEN_ONLY).is_latest);
}

#[test]
fn a_parent_and_its_children_may_go_in_one_scope_in_any_order() {
    both(|conn| {
        Item::update(conn, BEN_LINE, items::order_id.eq(ADA_OLD))?;
        shop::get::<Order>(conn, BEN_ONLY).delete(conn)?;
        let order = shop::order(conn, BEN, 3)?;
        shop::item(conn, order.id, SAW, 1, 1)?;
        shop::get::<Customer>(conn, BEN).delete(conn)?;
        Customer::delete_many(conn, &[ADA])?;
        shop::get::<Product>(conn, MILK).delete(conn)?;
        Ok(())
    });
}

#[test]
fn writes_of_the_library_and_other_brackets_may_stand_in_a_bracket() {
    let mut conn = both(|conn| {
        Order::track(conn, orders::customer_id.eq(ADA), |conn| -> Outcome {
            Item::track(conn, items::order_id.eq(ADA_OLD), |conn| -> Outcome {
                shop::item(conn, ADA_OLD, SAW, 1, 1)?;
                diesel::update(items::table.find(MILK_LINE))
                    .set(items::order_id.eq(ADA_NEW))
                    .execute(conn)?;
                Ok(())
            })?;
            Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN))?;
            diesel::update(orders::table.find(ADA_NEW))
                .set(orders::customer_id.eq(BEN))
                .execute(conn)?;
            shop::get::<Item>(conn, TEA_LINE).delete(conn)
        })
    });
    assert_eq!(shop::get::<Customer>(&mut conn, ADA).spent_cents, 0);
    assert_eq!(
        shop::get::<Customer>(&mut conn, BEN).spent_cents,
        330 + 1 + 1200
    );
}

#[test]
fn both_foreign_keys_may_name_the_same_row() {
    both(|conn| {
        let parcel = shop::parcel(conn, ADA_NEW, ULM, Some(ULM), 1.0)?;
        Parcel::update(conn, parcel.id, parcels::from_address_id.eq(BONN))?;
        Parcel::update(
            conn,
            parcel.id,
            (
                parcels::from_address_id.eq(KIEL),
                parcels::to_address_id.eq(Some(KIEL)),
            ),
        )?;
        shop::get::<Address>(conn, ULM).delete(conn)?;
        shop::get::<Parcel>(conn, parcel.id).delete(conn)
    });
}

#[test]
fn a_key_that_is_used_again_in_the_same_scope_is_another_row() {
    both(|conn| {
        shop::get::<Order>(conn, BEN_ONLY).delete(conn)?;
        let again = shop::order(conn, ADA, 0)?;
        shop::item(conn, again.id, TEA, 1, 1)?;
        shop::get::<Order>(conn, again.id).delete(conn)?;
        let again = shop::order(conn, BEN, 0)?;
        shop::item(conn, again.id, SAW, 2, 1).map(drop)
    });
}

/// What a bracket has read before its body must stand when the body flushes. The rows are such that one that stays,
/// taken for the one that goes, would seem not to have changed.
#[test]
fn a_bracket_survives_the_flush_of_a_write_inside_it() {
    both(|conn| {
        let (goes, stays) = (shop::order(conn, CAT, 1)?, shop::order(conn, CAT, 1)?);
        let odd = shop::product(conn, "milk: ", TEAS)?;
        shop::item(conn, stays.id, odd.id, 1, 1)?;
        Order::update(conn, stays.id, orders::note.eq("n"))?;
        Order::update(conn, goes.id, orders::note.eq("n: 1xmilk"))?;
        Order::track(conn, orders::customer_id.eq(CAT), |conn| -> Outcome {
            Item::update(conn, SAW_LINE, items::quantity.eq(9))?;
            diesel::delete(orders::table.find(goes.id)).execute(conn)?;
            diesel::update(orders::table.find(stays.id))
                .set(orders::note.eq("n: 1xmilk"))
                .execute(conn)?;
            Ok(())
        })
    });
}
