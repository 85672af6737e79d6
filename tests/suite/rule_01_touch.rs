//! `touch` in its three forms: by keys that must be there, by keys that may be gone, by a filter.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Item, Order, Region};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{items, orders, regions};
use super::support::shop::{self, ADA, ADA_NEW, ADA_OLD, BEN, BEN_LINE, BEN_ONLY, MILK, MILK_LINE};
use crate::Conn;

const GONE: i32 = 987_654;

/// Changes what orders are called and cost, past the library.
fn overwrite(conn: &mut Conn) {
    conn.inner_mut()
        .batch_execute("UPDATE orders SET note = 'other', label = '', total_cents = -1")
        .unwrap();
}

#[test]
fn a_touch_of_what_is_present_passes_over_keys_that_are_gone_and_counts_the_others() {
    let mut conn = shop::open();
    overwrite(&mut conn);
    let keys = [ADA_OLD, GONE, ADA_NEW, BEN_ONLY, ADA_OLD];
    assert_eq!(Order::touch_present(&mut conn, &keys).unwrap(), 3);
    assert_right(&mut conn);
    assert_eq!(Order::touch_present(&mut conn, &[GONE]).unwrap(), 0);
    assert_eq!(Order::touch_present(&mut conn, &[]).unwrap(), 0);
    let gone = ["nowhere".to_owned()];
    assert_eq!(Region::touch_present(&mut conn, &gone).unwrap(), 0);
}

#[test]
fn a_touch_by_keys_touches_nothing_where_one_is_gone() {
    let mut conn = shop::open();
    overwrite(&mut conn);
    let error = Order::touch(&mut conn, &[ADA_OLD, GONE, ADA_NEW]).unwrap_err();
    assert!(error.to_string().contains("987654"), "{error}");
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, -1);
}

/// So many that what they read takes several statements on a database that takes short lists.
#[test]
fn a_touch_of_every_second_row_of_many_leaves_all_of_them_right() {
    let mut conn = shop::open();
    let stocked = conn.buffer_autoupdates(|conn| -> Outcome {
        for at in 0..1_600 {
            let order = shop::order(conn, if at % 3 == 0 { ADA } else { BEN }, at)?;
            shop::item(conn, order.id, MILK, 1, i64::from(at))?;
        }
        Ok(())
    });
    stocked.unwrap();
    conn.inner_mut()
        .batch_execute("UPDATE orders SET label = '', total_cents = -1 WHERE id % 2 = 0")
        .unwrap();
    let keys = orders::table.select(orders::id).load::<i32>(&mut conn);
    let mut keys = keys.unwrap();
    keys.retain(|key| key % 2 == 0);
    Order::touch(&mut conn, &keys).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_touch_by_a_filter_touches_the_rows_that_it_matches_and_no_others() {
    let mut conn = shop::open();
    overwrite(&mut conn);
    let adas = orders::customer_id.eq(ADA).and(orders::id.ne(GONE));
    assert_eq!(Order::touch_where(&mut conn, adas).unwrap(), 2);
    assert_eq!(shop::get::<Order>(&mut conn, BEN_ONLY).total_cents, -1);
    assert_ne!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, -1);
    let bens = orders::customer_id.eq_any(vec![BEN]);
    assert_eq!(Order::touch_where(&mut conn, bens).unwrap(), 1);
    assert_right(&mut conn);
    let none = orders::note.eq("nobody's");
    assert_eq!(Order::touch_where(&mut conn, none).unwrap(), 0);
    let named = regions::name.like("N%");
    assert_eq!(Region::touch_where(&mut conn, named).unwrap(), 1);
}

#[test]
fn touched_rows_wait_in_a_buffered_scope_and_for_ever_in_a_disabled_one() {
    let mut conn = shop::open();
    overwrite(&mut conn);
    conn.disable_autoupdates(|conn| -> Outcome {
        assert_eq!(Order::touch_where(conn, orders::id.gt(0))?, 3);
        assert_eq!(Order::touch_present(conn, &[ADA_OLD, GONE])?, 1);
        Ok(())
    })
    .unwrap();
    assert!(!stale_fields(&mut conn).is_empty());
    conn.buffer_autoupdates(|conn| -> Outcome {
        assert_eq!(Order::touch_where(conn, orders::id.eq(ADA_OLD))?, 1);
        assert_eq!(Order::touch_present(conn, &[ADA_NEW, BEN_ONLY, GONE])?, 2);
        assert_eq!(conn.pending()?["Order"], 3);
        assert!(!stale_fields(conn).is_empty());
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn labels_choose_among_the_setters_of_touched_rows() {
    let mut conn = shop::open();
    overwrite(&mut conn);
    Scope::immediate()
        .only(["money"])
        .run(&mut conn, |conn| {
            Order::touch_where(conn, orders::id.gt(0)).map(drop)
        })
        .unwrap();
    assert_eq!(stale_fields(&mut conn), ["Order.label"]);
    Scope::buffered()
        .except(["money"])
        .run(&mut conn, |conn| {
            Order::touch_present(conn, &[ADA_OLD, ADA_NEW, BEN_ONLY]).map(drop)
        })
        .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_touch_in_pieces_is_a_transaction_for_each() {
    let mut conn = shop::open();
    conn.inner_mut()
        .batch_execute("UPDATE items SET price_cents = 7")
        .unwrap();
    let keys: Vec<i32> = items::table
        .select(items::id)
        .order(items::id)
        .load(&mut conn)
        .unwrap();
    let mut touched = 0;
    for keys in keys.chunks(2) {
        touched += Item::touch_present(&mut conn, keys).unwrap();
        let right = shop::get::<Item>(&mut conn, MILK_LINE);
        assert_eq!(right.amount_cents, 14, "committed with the first piece");
    }
    assert_eq!(touched, keys.len());
    assert_eq!(shop::get::<Item>(&mut conn, BEN_LINE).amount_cents, 21);
    assert_right(&mut conn);
}
