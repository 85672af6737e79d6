//! Random cells are damaged, and all or a part is repaired: what is meant is right afterwards, and
//! nothing that was right has become wrong.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use maintained::operations::{self, Difference, Operation, Progress};
use maintained::prelude::*;
use proptest::prelude::*;

use super::operations::{SHOP, damage};
use super::support::Outcome;
use super::support::models::Category;
use super::support::oracle::{rows, stale};
use super::support::schema::categories;
use super::support::shop::{self, ALL, TOOLS};
use super::support::writes::ALL_WRITES;
use crate::{Conn, Inner, Shared};

/// A maintained field, with what damages one cell of it: the values to write, and the rows.
#[derive(Debug)]
struct Cell {
    field: &'static str,
    table: &'static str,
    column: &'static str,
    values: &'static [&'static str],
    rows: &'static [&'static str],
}

const REGIONS: &[&str] = &["code = 'n'", "code = 's'"];
const ONE_TO_3: &[&str] = &["id = 1", "id = 2", "id = 3"];
const ONE_TO_4: &[&str] = &["id = 1", "id = 2", "id = 3", "id = 4"];
const NUMBERS: &[&str] = &["0", "1", "-5", "1000000"];
const TEXTS: &[&str] = &["''", "'wrong'"];

macro_rules! cells {
    ($($field:literal: $table:ident.$column:ident, $values:expr, $rows:expr;)*) => {
        &[$(Cell {
            field: $field,
            table: stringify!($table),
            column: stringify!($column),
            values: $values,
            rows: $rows,
        }),*]
    };
}

/// The fields, along chains (item, order, customer, region), in a tree and at both ends of links.
const CELLS: &[Cell] = cells! {
    "Item::amount_cents": items.amount_cents, NUMBERS, ONE_TO_4;
    "Order::total_cents": orders.total_cents, NUMBERS, ONE_TO_3;
    "Order::item_count": orders.item_count, NUMBERS, ONE_TO_3;
    "Order::label": orders.label, TEXTS, ONE_TO_3;
    "Order::invoice": orders.invoice, &["NULL", "'wrong'"], ONE_TO_3;
    "Order::mean_weight": orders.mean_weight, &["NULL", "0.25"], ONE_TO_3;
    "Order::weight_note": orders.weight_note, &["'wrong'", "'0.25 kg'"], ONE_TO_3;
    "Order::is_latest": orders.is_latest, &["TRUE", "FALSE"], ONE_TO_3;
    "Customer::title": customers.title, TEXTS, ONE_TO_3;
    "Customer::spent_cents": customers.spent_cents, NUMBERS, ONE_TO_3;
    "Customer::latest_order_id": customers.latest_order_id, &["NULL", "1", "2", "3"], ONE_TO_3;
    "Customer::latest_cents": customers.latest_cents, NUMBERS, ONE_TO_3;
    "Customer::basket": customers.basket, TEXTS, ONE_TO_3;
    "Region::spent_cents": regions.spent_cents, NUMBERS, REGIONS;
    "Region::customer_count": regions.customer_count, NUMBERS, REGIONS;
    "Category::path": categories.path, TEXTS, ONE_TO_4;
    "Category::subtree_sold": categories.subtree_sold, NUMBERS, ONE_TO_4;
    "Product::sold": products.sold, NUMBERS, ONE_TO_3;
    "Product::tag_list": products.tag_list, TEXTS, ONE_TO_3;
    "ProductTag::label": product_tags.label, TEXTS, &["product_id = 1 AND tag_code = 'b'"];
    "Tag::products": tags.products, TEXTS, &["code = 'b'", "code = 'f'"];
    "Address::sent": addresses.sent, NUMBERS, ONE_TO_3;
    "Parcel::route": parcels.route, TEXTS, ONE_TO_3;
};

/// Damages of cells: the field, the value and the row, each by its number.
fn damages() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    let cell = (0..CELLS.len(), 0..4usize, 0..4usize);
    proptest::collection::vec(cell, 1..10)
}

fn damage_cells(conn: &mut Conn, cells: &[(usize, usize, usize)]) {
    for &(cell, value, row) in cells {
        let Cell {
            table,
            column,
            values,
            rows,
            ..
        } = &CELLS[cell];
        let value = values[value % values.len()];
        let row = rows[row % rows.len()];
        damage(
            conn,
            &format!("UPDATE {table} SET {column} = {value} WHERE {row}"),
        );
    }
}

/// What is repaired.
#[derive(Debug, Clone)]
enum Part {
    Model(&'static str),
    Field(&'static str),
    Label(&'static str),
    /// The rows of a model whose `id` is greater than this.
    Behind(&'static str, i32),
}

fn part() -> impl Strategy<Value = Part> {
    let with_id = ["Item", "Order", "Customer", "Category", "Product"];
    prop_oneof![
        proptest::sample::select(SHOP).prop_map(Part::Model),
        (0..CELLS.len()).prop_map(|cell| Part::Field(CELLS[cell].field)),
        proptest::sample::select(&["money", "counts", "names"][..]).prop_map(Part::Label),
        (proptest::sample::select(with_id.to_vec()), 0..4)
            .prop_map(|(model, id)| Part::Behind(model, id)),
    ]
}

impl Part {
    fn of(&self, operation: Operation<Inner>) -> Operation<Inner> {
        match *self {
            Self::Model(model) => operation.models([model]),
            Self::Field(field) => operation.fields([field]),
            Self::Label(label) => operation.models(SHOP.iter().copied()).labels([label]),
            Self::Behind(model, id) => operation
                .models([model])
                .rows_where(model, format!("id > {id}")),
        }
    }

    /// Whether a stale field of a row, by the oracle's name of it, is meant.
    fn means(&self, (field, key): &(String, String)) -> bool {
        match *self {
            Self::Model(model) => field.split('.').next() == Some(model),
            Self::Field(of) => *field == of.replace("::", "."),
            // What has a label is no matter of the oracle's.
            Self::Label(_) => false,
            Self::Behind(model, id) => {
                field.split('.').next() == Some(model) && key.parse::<i32>().unwrap() > id
            }
        }
    }
}

fn stale_cells(conn: &mut Conn) -> BTreeSet<(String, String)> {
    let stale = stale(conn).into_iter();
    stale.map(|it| (it.field.to_owned(), it.key)).collect()
}

/// Turns the tree around, so that rows come before those above them in the order of the keys.
fn turn(conn: &mut Conn) -> Outcome {
    use diesel::ExpressionMethods;
    Category::update(conn, ALL, categories::parent_id.eq(TOOLS))?;
    Ok(())
}

#[test]
fn of_a_tree_only_the_damaged_rows_are_named_and_written_whatever_the_batches() {
    for (column, value) in [("path", "'x'"), ("subtree_sold", "-1")] {
        for key in 1..=4 {
            let mut conn = shop::open();
            turn(&mut conn).unwrap();
            let right = rows(&mut conn).text();
            damage(
                &mut conn,
                &format!("UPDATE categories SET {column} = {value} WHERE id = {key}"),
            );
            let check = operations::check().model::<Category>().batch(1);
            let found = check.run(&mut conn).unwrap().differences;
            let keys: Vec<_> = found.iter().map(|it| it.key.clone()).collect();
            assert_eq!(keys, [key.to_string()], "{column}: {found:#?}");
            let repair = operations::repair().model::<Category>().batch(1);
            assert_eq!(
                repair.run(&mut conn).unwrap().written,
                1,
                "{column} of {key}"
            );
            assert_eq!(rows(&mut conn).text(), right);
        }
    }
}

/// As many cases as others have of 160: each of these goes through all tables several times.
fn share(cases: u32) -> ProptestConfig {
    let config = super::property::config("proptest-regressions/repairs.txt", 160);
    ProptestConfig {
        cases: (config.cases * cases).div_ceil(160).max(2),
        ..config
    }
}

/// A shop as it was stocked, or turned round.
fn stocked(turned: bool) -> shop::Reopened {
    let mut conn = shop::reopen();
    if turned {
        turn(&mut conn).unwrap();
    }
    conn
}

proptest! {
    #![proptest_config(share(25))]

    #[test]
    fn a_repair_of_all_gives_what_was_there_before_the_damage(
        cells in damages(),
        batch in 1..5usize,
        turned in any::<bool>(),
        rebuild in any::<bool>(),
    ) {
        let mut conn = stocked(turned);
        let right = rows(&mut conn).text();
        damage_cells(&mut conn, &cells);
        let operation = if rebuild { operations::rebuild } else { operations::repair };
        let operation = operation().models(SHOP.iter().copied()).batch(batch);
        let report = operation.run(&mut conn).unwrap();
        prop_assert!(report.failures.is_empty());
        prop_assert_eq!(stale(&mut conn), vec![]);
        prop_assert_eq!(rows(&mut conn).text(), right);
    }

    #[test]
    fn a_check_names_the_same_cells_whatever_its_batches(
        cells in damages(),
        batch in 1..5usize,
        turned in any::<bool>(),
    ) {
        let mut conn = stocked(turned);
        damage_cells(&mut conn, &cells);
        let mut named = |batch| {
            let check = operations::check().models(SHOP.iter().copied()).batch(batch);
            let differences = check.run(&mut conn).unwrap().differences.into_iter();
            let name = |it: Difference| (it.model, it.field, it.key, it.stored, it.computed);
            differences.map(name).collect::<BTreeSet<_>>()
        };
        let small = named(batch);
        prop_assert_eq!(small.is_empty(), named(1_000).is_empty());
        prop_assert_eq!(small, named(1_000));
    }

    #[test]
    fn a_repair_of_a_part_mends_it_and_makes_nothing_else_wrong(
        cells in damages(),
        part in part(),
        batch in 1..5usize,
        turned in any::<bool>(),
        rebuild in any::<bool>(),
    ) {
        let mut conn = stocked(turned);
        let right = rows(&mut conn).text();
        damage_cells(&mut conn, &cells);
        let wrong = stale_cells(&mut conn);
        let operation = if rebuild { operations::rebuild } else { operations::repair };
        let report = part.of(operation()).batch(batch).run(&mut conn).unwrap();
        prop_assert!(report.failures.is_empty());
        let left = stale_cells(&mut conn);
        prop_assert!(left.is_subset(&wrong), "{wrong:?} became {left:?}");
        let meant: Vec<_> = left.iter().filter(|cell| part.means(cell)).collect();
        prop_assert!(meant.is_empty(), "{meant:?}");
        let rest = operations::repair().models(SHOP.iter().copied());
        rest.run(&mut conn).unwrap();
        prop_assert_eq!(rows(&mut conn).text(), right);
    }

    #[test]
    fn a_repair_that_stops_on_its_way_makes_nothing_wrong(
        cells in damages(),
        batches in 1..20usize,
        turned in any::<bool>(),
        rebuild in any::<bool>(),
    ) {
        let mut conn = stocked(turned);
        damage_cells(&mut conn, &cells);
        let wrong = stale_cells(&mut conn);
        let operation = if rebuild { operations::rebuild } else { operations::repair };
        let told = std::sync::atomic::AtomicUsize::new(1);
        let stop = move |_: &Progress| {
            if told.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == batches {
                std::panic::resume_unwind(Box::new("stopped"));
            }
        };
        let operation = operation().models(SHOP.iter().copied()).batch(1).progress(stop);
        catch_unwind(AssertUnwindSafe(|| operation.run(&mut conn))).ok();
        let left = stale_cells(&mut conn);
        prop_assert!(left.is_subset(&wrong), "{wrong:?} became {left:?}");
    }
}

proptest! {
    #![proptest_config(share(4))]

    #[test]
    fn a_repair_beside_a_writer_gives_what_the_writer_alone_would_have_left(
        cells in damages(),
        batch in 1..5usize,
        writes in 1..=ALL_WRITES.len(),
    ) {
        let writes = &ALL_WRITES[..writes];
        let place = Shared::new();
        let mut conn = place.connect();
        shop::stock(&mut conn).unwrap();
        damage_cells(&mut conn, &cells);
        let mut alone = shop::reopen();
        std::thread::scope(|threads| {
            let mut other = place.connect();
            threads.spawn(move || {
                for (name, write) in writes {
                    while let Err(error) = write(&mut other) {
                        assert!(error.is_retryable(), "{name}: {error}");
                    }
                }
            });
            let all = || operations::repair().models(SHOP.iter().copied()).batch(batch);
            all().run(&mut conn).unwrap();
        });
        for (_, write) in writes {
            write(&mut alone).unwrap();
        }
        prop_assert_eq!(stale(&mut conn), vec![]);
        prop_assert_eq!(numbered_anew(&mut conn), numbered_anew(&mut alone));
    }
}

/// The rows, whose items have their places for keys: a write that is refused may leave a gap in what
/// the database counts.
fn numbered_anew(conn: &mut Conn) -> String {
    let mut rows = rows(conn);
    for (item, place) in rows.items.iter_mut().zip(1..) {
        item.id = place;
    }
    rows.text()
}
