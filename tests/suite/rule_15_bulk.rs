//! Bulk means bulk. The statements of a flush number O(setters' hops x batches), times the depth along self references,
//! never O(rows).

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use super::support::new_rows::{AddedInvoice, AddedTag, NewItem, NewOrder};
use super::support::oracle::assert_right;
use super::support::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};
use super::support::shop::{self, ADA, ADA_OLD, ALL, BEN_ONLY, BONN, MILK, NORTH, ULM};
use super::support::statements::{locks_ahead, of_rows, recorded, text};
use crate::{Conn, PARENTS_LOCKED, READ_BACK};

/// The shop and `size` more rows of every model, each of them linked to others of its number.
fn crowd(size: i32) -> Conn {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for at in 1..=size {
            let region = shop::region(conn, &format!("r{at:03}"), "region")?;
            let customer = shop::customer(conn, "customer", Some(&region.code))?;
            let category = shop::category(conn, "category", Some(ALL))?;
            let product = shop::product(conn, "product", category.id)?;
            let tag = shop::tag(conn, &format!("t{at:03}"), "tag")?;
            shop::link(conn, product.id, &tag.code, 1)?;
            let address = shop::address(conn, "city")?;
            shop::order(conn, customer.id, 1)?;
            let order = shop::order(conn, customer.id, 2)?;
            shop::item(conn, order.id, product.id, 1, 10)?;
            shop::invoice(conn, order.id, "number")?;
            shop::parcel(conn, order.id, address.id, Some(address.id), 1.0)?;
            shop::locker(conn, address.id, 1)?;
        }
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    conn
}

/// The statements of the flush after `change` in a crowd of that size.
fn statements(size: i32, change: &dyn Fn(&mut Conn) -> Outcome) -> Vec<String> {
    let mut conn = crowd(size);
    let statements = conn
        .buffer_autoupdates(|conn| -> Outcome<_> {
            change(conn)?;
            let (report, statements) = recorded(conn, Conn::flush_autoupdates);
            let report = report?;
            assert!(
                report.changed() >= 1,
                "the change reaches something: {report:?}"
            );
            assert_eq!(
                report.statements,
                of_rows(&statements).len(),
                "the report counts what ran"
            );
            Ok(statements)
        })
        .unwrap();
    assert_right(&mut conn);
    statements
}

#[track_caller]
fn assert_bulk(change: impl Fn(&mut Conn) -> Outcome) {
    assert_bulk_of([20, 50], change);
}

/// The same for crowds of two sizes.
#[track_caller]
fn assert_bulk_of(sizes: [i32; 2], change: impl Fn(&mut Conn) -> Outcome) {
    let [few, many] = sizes.map(|size| statements(size, &change));
    // A small flush has one more, which locks ahead.
    let counted = |all: &[String]| {
        let of_rows = of_rows(all).into_iter().filter(|text| !locks_ahead(text));
        of_rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let (few, many) = (counted(&few), counted(&many));
    assert_eq!(
        few.len(),
        many.len(),
        "for the sizes {sizes:?}: {few:#?}\nand {many:#?}"
    );
}

/// A change of every row of a model, told with `track`.
macro_rules! bulk {
    ($($name:ident: $model:ident where $filter:expr => $sql:literal;)*) => {$(
        #[test]
        fn $name() {
            assert_bulk(|conn| {
                $model::track(conn, $filter, |conn| -> Outcome {
                    conn.batch_execute($sql)?;
                    Ok(())
                })
            });
        }
    )*};
}

bulk! {
    own_rows_and_children: Item where items::id.gt(0) => "UPDATE items SET price_cents = price_cents + 1";
    children_with_their_parent: Item where items::id.gt(0) => "UPDATE items SET quantity = quantity + 1";
    parents: Customer where customers::id.gt(0) => "UPDATE customers SET name = 'other'";
    optional_parents: Region where regions::code.ne("") => "UPDATE regions SET name = 'other'";
    the_one_child: Invoice where invoices::id.gt(0) => "UPDATE invoices SET number = 'other'";
    linked_rows: Tag where tags::code.ne("") => "UPDATE tags SET title = 'other'";
    link_rows: ProductTag where product_tags::weight.gt(0) => "UPDATE product_tags SET weight = weight + 1";
    linked_parents: Product where products::id.gt(0) => "UPDATE products SET name = 'other'";
    two_foreign_keys: Address where addresses::id.gt(0) => "UPDATE addresses SET city = 'other'";
    moved_along_one_of_two_keys: Parcel where parcels::id.gt(0) => "UPDATE parcels SET from_address_id = 1 WHERE to_address_id IS NOT NULL";
    moved_along_the_other: Parcel where parcels::id.gt(0) => "UPDATE parcels SET to_address_id = 1";
    maintained_foreign_keys: Order where orders::id.gt(0) => "UPDATE orders SET placed = -placed";
    moved_orders: Order where orders::id.gt(0) => "UPDATE orders SET customer_id = 1";
    moved_items: Item where items::id.gt(0) => "UPDATE items SET order_id = 1";
    moved_customers: Customer where customers::id.gt(0) => "UPDATE customers SET region_code = 'n'";
    unique_values: Locker where lockers::id.gt(0) => "UPDATE lockers SET position = position + 1";
    up_a_tree: Product where products::id.gt(0) => "UPDATE products SET category_id = 4 WHERE category_id > 4";
}

#[test]
fn down_a_tree() {
    // The change of one row locks ahead, and reads along some 64 rows of a model. Whether the rows
    // of smaller crowds are all among them depends on the plan.
    assert_bulk_of([80, 120], |conn| {
        Category::track(conn, categories::id.eq(ALL), |conn| -> Outcome {
            conn.batch_execute("UPDATE categories SET name = 'other' WHERE id = 1")?;
            Ok(())
        })
    });
}

#[test]
fn one_row_with_many_readers() {
    assert_bulk(|conn| {
        Item::track(conn, items::id.gt(0), |conn| -> Outcome {
            conn.batch_execute("UPDATE items SET product_id = 1")?;
            Ok(())
        })?;
        Product::update(conn, MILK, products::name.eq("oat")).map(drop)
    });
}

#[test]
fn inserts() {
    assert_bulk(|conn| {
        let parents: Vec<(i32, i32)> = items::table
            .select((items::order_id, items::product_id))
            .load(conn)?;
        let new = |(order, product)| {
            (
                items::order_id.eq(order),
                items::product_id.eq(product),
                items::quantity.eq(1),
                items::price_cents.eq(7i64),
            )
        };
        Item::insert_many(conn, parents.into_iter().map(new).collect::<Vec<_>>()).map(drop)
    });
}

#[test]
fn deletes() {
    assert_bulk(|conn| {
        let keys: Vec<i32> = items::table.select(items::id).load(conn)?;
        Item::delete_many(conn, &keys)
    });
}

#[test]
fn deletes_with_composite_keys() {
    assert_bulk(|conn| {
        let keys: Vec<(i32, String)> = product_tags::table
            .select((product_tags::product_id, product_tags::tag_code))
            .load(conn)?;
        ProductTag::delete_many(conn, &keys)
    });
}

#[test]
fn deletes_that_cascade() {
    assert_bulk(|conn| {
        let keys: Vec<i32> = customers::table.select(customers::id).load(conn)?;
        Customer::delete_many(conn, &keys)
    });
}

#[test]
fn deletes_that_null() {
    assert_bulk(|conn| {
        let keys: Vec<String> = regions::table
            .filter(regions::code.ne(NORTH))
            .select(regions::code)
            .load(conn)?;
        Region::delete_many(conn, &keys)
    });
}

#[test]
fn touches() {
    assert_bulk(|conn| {
        conn.inner_mut()
            .batch_execute("UPDATE orders SET note = 'other', label = '', total_cents = -1")?;
        let keys: Vec<i32> = orders::table.select(orders::id).load(conn)?;
        Order::touch(conn, &keys)
    });
}

#[test]
fn bulk_writes_do_not_take_a_statement_for_each_row() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let news: Vec<_> = (0..2000)
            .map(|at| {
                (
                    items::order_id.eq(ADA_OLD),
                    items::product_id.eq(MILK),
                    items::quantity.eq(at),
                    items::price_cents.eq(1i64),
                )
            })
            .collect();
        let (rows, statements) = recorded(conn, |conn| Item::insert_many(conn, news));
        assert!(
            of_rows(&statements).len() <= 2000 / 25,
            "{}",
            statements.len()
        );
        let keys: Vec<i32> = rows?.iter().map(|row| row.id).collect();
        let (result, statements) = recorded(conn, |conn| Item::touch(conn, &keys));
        result?;
        assert!(of_rows(&statements).len() < 20, "{}", statements.len());
        let (result, statements) = recorded(conn, |conn| Item::delete_many(conn, &keys));
        result?;
        assert!(of_rows(&statements).len() < 40, "{}", statements.len());
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn more_rows_than_one_statement_or_batch_can_take() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let news: Vec<_> = (0..20_000)
            .map(|position| {
                (
                    lockers::address_id.eq(if position % 2 == 0 { BONN } else { ULM }),
                    lockers::position.eq(100 + position),
                )
            })
            .collect();
        assert_eq!(Locker::insert_many(conn, news)?.len(), 20_000);
        Ok(())
    })
    .unwrap();
    let right: Vec<(i32, i32, Option<String>)> = lockers::table
        .select((lockers::address_id, lockers::position, lockers::code))
        .load(&mut conn)
        .unwrap();
    assert_eq!(right.len(), 20_003);
    assert!(
        right
            .iter()
            .all(|(address, position, code)| *code == Some(format!("{address}/{position}")))
    );
    let report = conn.last_flush().unwrap();
    assert_eq!(
        (
            report.model("Locker").computed,
            report.model("Locker").changed
        ),
        (20_000, 20_000)
    );
    // A statement carries hundreds of rows on every database.
    assert!(report.statements < 20_000 / 64, "{report:?}");
}

/// Whether a statement begins the transaction of the scope: on async connections it goes with the
/// first statement in it.
fn begins(statement: &str) -> bool {
    statement.starts_with("BEGIN")
}

/// The statements of a write in a buffered scope, those that open and close savepoints included, but no locks of
/// parents.
fn statements_of_write(write: impl FnOnce(&mut Conn) -> Outcome) -> Vec<String> {
    let mut conn = shop::open();
    let mut statements = Vec::new();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let (done, ran) = recorded(conn, write);
        statements = ran;
        done
    })
    .unwrap();
    assert_right(&mut conn);
    statements.retain(|statement| !text(statement).trim_end().ends_with("FOR UPDATE"));
    statements.retain(|statement| !begins(statement));
    statements
}

#[test]
fn an_added_row_that_says_its_keys_is_not_read_back() {
    let invoice = statements_of_write(|conn| {
        let new = AddedInvoice {
            order_id: BEN_ONLY,
            number: "A-1",
            due: None,
        };
        Invoice::add(conn, &new)
    });
    assert_eq!(invoice.len(), 1, "{invoice:#?}");
    let tag = statements_of_write(|conn| {
        let new = AddedTag {
            code: "t".into(),
            name: "added".to_owned(),
        };
        Tag::add(conn, &new)
    });
    assert_eq!(tag.len(), 1, "{tag:#?}");
    for statement in invoice.iter().chain(&tag) {
        assert!(!text(statement).contains("RETURNING"), "{statement}");
    }
}

#[test]
fn of_an_added_row_with_setters_of_its_own_the_key_is_read_back() {
    let statements = statements_of_write(|conn| {
        let new = NewOrder {
            customer_id: ADA,
            note: String::new(),
            placed: 1,
        };
        Order::add(conn, &new)
    });
    assert_eq!(statements.len(), 1 + READ_BACK, "{statements:#?}");
    assert!(!text(&statements[0]).contains("label"), "{statements:#?}");
}

#[test]
fn rows_that_one_statement_inserts_need_no_savepoint() {
    let item = |quantity| NewItem {
        order_id: ADA_OLD,
        product_id: MILK,
        quantity,
        price_cents: 1,
    };
    let news: Vec<NewItem> = (1..=8).map(item).collect();
    let added = statements_of_write(|conn| Item::add_many(conn, &news));
    assert_eq!(added.len(), 1 + READ_BACK, "{added:#?}");
    let inserted = statements_of_write(|conn| Item::insert_many(conn, &news).map(drop));
    assert_eq!(inserted.len(), 1 + READ_BACK, "{inserted:#?}");
}

#[test]
fn a_parent_is_locked_once_for_all_rows_of_a_transaction() {
    let mut conn = shop::open();
    let add = |conn: &mut Conn| {
        let new = NewItem {
            order_id: ADA_OLD,
            product_id: MILK,
            quantity: 1,
            price_cents: 1,
        };
        Item::add(conn, &new)
    };
    let locks = |conn: &mut Conn, work: &dyn Fn(&mut Conn) -> Outcome| {
        let (done, statements) = recorded(conn, work);
        done.map(|()| {
            let is_lock = |it: &&String| text(it).trim_end().ends_with("FOR UPDATE");
            statements.iter().filter(is_lock).count()
        })
    };
    let undone = |conn: &mut Conn| -> Outcome {
        let failed = conn.transaction(|conn| {
            add(conn)?;
            Err::<(), _>(maintained::Error::Database(
                diesel::result::Error::RollbackTransaction,
            ))
        });
        assert!(failed.is_err());
        Ok(())
    };
    conn.buffer_autoupdates(|conn| -> Outcome {
        // What a savepoint has locked may be free again.
        assert_eq!(locks(conn, &undone)?, PARENTS_LOCKED);
        assert_eq!(locks(conn, &add)?, PARENTS_LOCKED);
        assert_eq!(locks(conn, &undone)?, 0);
        assert_eq!(locks(conn, &|conn| (0..8).try_for_each(|_| add(conn)))?, 0);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Outcome {
        assert_eq!(locks(conn, &add)?, PARENTS_LOCKED);
        Ok(())
    })
    .unwrap();
}

#[test]
fn marks_cost_no_statement() {
    let mut conn = shop::open();
    for (scope, disabled) in [
        (Scope::buffered as fn() -> _, false),
        (Scope::disabled, true),
    ] {
        scope()
            .run(&mut conn, |conn| -> Outcome {
                let count = |conn: &mut Conn, work: &dyn Fn(&mut Conn) -> Outcome| {
                    let (result, statements) = recorded(conn, work);
                    let sent = statements.iter().filter(|statement| !begins(statement));
                    result.map(|()| sent.count())
                };
                let inserted = count(conn, &|conn| {
                    shop::item(conn, ADA_OLD, MILK, 1, 1).map(drop)
                })?;
                let locked = if disabled { 0 } else { PARENTS_LOCKED };
                assert_eq!(inserted, locked + 1 + READ_BACK, "the insert");
                let updated = count(conn, &|conn| {
                    Item::update(conn, 1, items::quantity.eq(8)).map(drop)
                })?;
                assert!(
                    updated <= 1 + locked + 1 + READ_BACK,
                    "the row before, and the update: {updated}"
                );
                let item = shop::get::<Item>(conn, 1);
                let saved = |quantity| {
                    let mut copy = Item {
                        quantity,
                        ..item.clone()
                    };
                    move |conn: &mut Conn| copy.save(conn)
                };
                let (result, statements) = recorded(conn, saved(9));
                result?;
                assert!(
                    statements.len() <= 1 + locked + 1 + READ_BACK,
                    "{statements:?}"
                );
                let (result, statements) = recorded(conn, saved(9));
                result?;
                assert_eq!(statements.len(), 1, "nothing to save: {statements:?}");
                Ok(())
            })
            .unwrap();
    }
}
