//! Every write leaves marks. Immediate mode flushes at the end of the write; buffered mode at the exit of the
//! outermost buffered scope; disabled mode drops the marks.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Customer, Item, ItemChange, Order, ProductTag, Tag};
use super::support::oracle::{assert_right, rows, stale, stale_fields};
use super::support::schema::{items, orders, product_tags, tags};
use super::support::shop::{self, ADA_OLD, BEN_ONLY, MILK, MILK_LINE, SAW};
use super::support::statements::{recorded, writes};
use super::support::writes::ALL_WRITES;

#[test]
fn every_immediate_write_is_flushed_at_its_end() {
    let mut conn = shop::open();
    assert_right(&mut conn);
    for (name, write) in ALL_WRITES {
        let before = rows(&mut conn).text();
        write(&mut conn).unwrap();
        assert_ne!(rows(&mut conn).text(), before, "{name} changes something");
        assert!(
            stale(&mut conn).is_empty(),
            "{name}: {:#?}",
            stale(&mut conn)
        );
        assert!(conn.pending().unwrap().is_empty(), "{name} leaves no marks");
    }
}

#[test]
fn every_buffered_write_leaves_marks_until_the_scope_ends() {
    for (name, write) in ALL_WRITES {
        let mut conn = shop::open();
        conn.buffer_autoupdates(|conn| -> Outcome {
            write(conn)?;
            assert!(!conn.pending().unwrap().is_empty(), "{name} leaves marks");
            assert!(!stale(conn).is_empty(), "{name} computes nothing yet");
            Ok(())
        })
        .unwrap();
        assert!(
            stale(&mut conn).is_empty(),
            "{name}: {:#?}",
            stale(&mut conn)
        );
        assert!(
            conn.pending().unwrap().is_empty(),
            "{name}: the flush took the marks"
        );
    }
}

#[test]
fn a_disabled_write_drops_its_marks() {
    for (name, write) in ALL_WRITES {
        let mut conn = shop::open();
        conn.disable_autoupdates(|conn| -> Outcome {
            write(conn)?;
            assert!(conn.pending().unwrap().is_empty(), "{name} leaves no marks");
            Ok(())
        })
        .unwrap();
        assert!(!stale(&mut conn).is_empty(), "{name} leaves a debt");
        let debt = stale_fields(&mut conn);
        conn.flush_autoupdates().unwrap();
        assert_eq!(
            stale_fields(&mut conn),
            debt,
            "{name}: a flush knows nothing of it"
        );
    }
}

#[test]
fn touch_pays_what_disabled_writes_left() {
    let mut conn = shop::open();
    conn.disable_autoupdates(|conn| ALL_WRITES.iter().try_for_each(|(_, write)| write(conn)))
        .unwrap();
    assert!(!stale(&mut conn).is_empty());
    super::property::world::touch_everything(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn touch_repairs_a_maintained_field_that_was_written_by_other_means() {
    let mut conn = shop::open();
    diesel::sql_query("UPDATE orders SET total_cents = 77, label = 'wrong'")
        .execute(conn.inner_mut())
        .unwrap();
    assert_eq!(
        stale_fields(&mut conn),
        [
            "Customer.latest_cents",
            "Customer.spent_cents",
            "Order.label",
            "Order.total_cents"
        ]
    );
    Order::touch(&mut conn, &[1, 2, 3]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn an_immediate_write_hands_back_the_new_values() {
    let mut conn = shop::open();
    let mut item = shop::item(&mut conn, ADA_OLD, MILK, 3, 50).unwrap();
    assert_eq!(item.amount_cents, 150);
    item.quantity = 4;
    item.save(&mut conn).unwrap();
    assert_eq!(item.amount_cents, 200);
    let item = Item::update(
        &mut conn,
        item.id,
        ItemChange {
            quantity: None,
            price_cents: Some(1),
        },
    )
    .unwrap();
    assert_eq!(
        (item.quantity, item.price_cents, item.amount_cents),
        (4, 1, 4)
    );
    let mut many = [item.clone(), shop::get::<Item>(&mut conn, MILK_LINE)];
    many[0].price_cents = 10;
    many[1].quantity = 1;
    Item::save_many(&mut conn, &mut many).unwrap();
    assert_eq!(many.map(|item| item.amount_cents), [40, 100]);
    let customer = shop::customer(&mut conn, "Dan", None).unwrap();
    assert_eq!(customer.title, "Dan");
}

#[test]
fn insert_many_returns_the_rows_in_the_order_given() {
    let mut conn = shop::open();
    // On the servers the last statement has but one row.
    let news: Vec<_> = (0..1001)
        .map(|at| {
            (
                items::order_id.eq(1 + at % 3),
                items::product_id.eq(MILK),
                items::quantity.eq(at),
                items::price_cents.eq(2i64),
            )
        })
        .collect();
    let rows = Item::insert_many(&mut conn, news).unwrap();
    let quantities: Vec<i32> = rows.iter().map(|row| row.quantity).collect();
    assert_eq!(quantities, (0..1001).collect::<Vec<_>>());
    assert!(
        rows.iter()
            .all(|row| row.amount_cents == i64::from(row.quantity) * 2)
    );
    assert_right(&mut conn);
    assert!(
        Item::insert_many(&mut conn, Vec::<super::support::new_rows::NewItem>::new())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn flush_autoupdates_works_off_now_and_goes_on() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(10))?;
        let report = conn.flush_autoupdates()?;
        assert_eq!(report.model("Item").changed, 1);
        assert_eq!(conn.last_flush(), Some(&report));
        assert_right(conn);
        assert!(conn.pending().unwrap().is_empty());
        Item::update(conn, MILK_LINE, items::quantity.eq(11))?;
        assert!(!stale(conn).is_empty(), "the scope goes on buffering");
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let empty = conn.flush_autoupdates().unwrap();
    assert_eq!(
        (empty.statements, empty.models.len()),
        (0, 0),
        "nothing is left to do"
    );
}

#[test]
fn fresh_reads_what_is_right_inside_a_buffered_scope() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(10))?;
        assert_eq!(
            Order::find(conn, ADA_OLD)?.unwrap().total_cents,
            500,
            "find reads what is there"
        );
        assert_eq!(Order::fresh(conn, ADA_OLD)?.unwrap().total_cents, 1300);
        assert_eq!(Customer::fresh(conn, 1)?.unwrap().spent_cents, 2300);
        assert!(Order::fresh(conn, 999)?.is_none());
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn fresh_flushes_only_what_its_model_can_depend_on() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::parcel(conn, BEN_ONLY, 1, None, 1.0)?;
        let (_, statements) = recorded(conn, |conn| Tag::fresh(conn, "b".to_owned()));
        assert_eq!(writes(&statements), [""; 0], "a tag depends on no parcel");
        assert!(stale_fields(conn).contains(&"Parcel.route"));
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn pending_counts_the_marked_rows_of_each_model() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        assert!(conn.pending().unwrap().is_empty());
        for quantity in 1..50 {
            Item::update(conn, MILK_LINE, items::quantity.eq(quantity))?;
        }
        let pending = conn.pending().unwrap();
        assert_eq!(
            pending.get("Item").copied(),
            Some(1),
            "however often it was written: {pending:?}"
        );
        assert!(
            !pending.contains_key("Tag"),
            "no tag reads an item: {pending:?}"
        );
        Ok(())
    })
    .unwrap();
}

#[test]
fn insert_many_takes_rows_that_leave_out_different_columns() {
    #[derive(Insertable)]
    #[diesel(table_name = orders)]
    struct New {
        customer_id: i32,
        note: Option<&'static str>,
        placed: Option<i32>,
    }
    let mut conn = shop::open();
    let new = |at: i32| New {
        customer_id: 1 + at % 2,
        note: (at % 3 == 0).then_some("given"),
        placed: (at % 5 == 0).then_some(at),
    };
    let rows = Order::insert_many(&mut conn, (0..60).map(new)).unwrap();
    for (at, row) in (0..).zip(&rows) {
        assert_eq!(row.customer_id, 1 + at % 2);
        assert_eq!(row.note, if at % 3 == 0 { "given" } else { "" });
        assert_eq!(row.placed, if at % 5 == 0 { at } else { 0 });
    }
    assert_eq!(rows.len(), 60);
    assert_right(&mut conn);
}

#[test]
fn insert_many_keeps_the_order_for_any_kind_of_key() {
    let mut conn = shop::open();
    let codes: Vec<String> = (0..100).map(|at| format!("k{}", (at * 37) % 100)).collect();
    let news = codes
        .iter()
        .map(|code| (tags::code.eq(code.clone()), tags::title.eq("t")));
    let rows = Tag::insert_many(&mut conn, news).unwrap();
    assert_eq!(
        rows.into_iter().map(|row| row.code).collect::<Vec<_>>(),
        codes
    );
    let links = codes.iter().map(|code| {
        (
            product_tags::tag_code.eq(code.clone()),
            product_tags::product_id.eq(SAW),
        )
    });
    let rows = ProductTag::insert_many(&mut conn, links).unwrap();
    let labels: Vec<_> = rows
        .iter()
        .map(|row| (row.tag_code.clone(), row.label.clone()))
        .collect();
    let expected = codes.iter().map(|code| (code.clone(), "saw#t".to_owned()));
    assert_eq!(
        labels,
        expected.collect::<Vec<_>>(),
        "in immediate mode with their new values"
    );
    assert_right(&mut conn);
}

#[test]
fn of_two_copies_of_a_row_the_later_one_is_saved() {
    let mut conn = shop::open();
    let row = shop::get::<Item>(&mut conn, MILK_LINE);
    let mut copies = [
        row.clone(),
        shop::get::<Item>(&mut conn, shop::TEA_LINE),
        row,
    ];
    copies[0].quantity = 5;
    copies[1].quantity = 6;
    copies[2].quantity = 7;
    Item::save_many(&mut conn, &mut copies).unwrap();
    assert_eq!(shop::get::<Item>(&mut conn, MILK_LINE).quantity, 7);
    assert!(
        copies
            .iter()
            .step_by(2)
            .all(|copy| copy.amount_cents == 700)
    );
    assert_right(&mut conn);
}
