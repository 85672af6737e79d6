//! What is said of a write before it runs, and what then runs.

use diesel::prelude::*;

use maintained::prelude::*;

#[path = "../explained/agree.rs"]
mod agree;

use self::agree::Explained;
use super::support::Outcome;
use super::support::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use super::support::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};
use super::support::shop::{
    self, ADA, ADA_NEW, ADA_OLD, BEN, BEN_LINE, BEN_ONLY, BIO, BONN, CAT, FOOD, FRESH, INVOICE,
    KIEL, MILK, MILK_LINE, NORTH, PARCEL, PARCEL_BACK, SAW, SAW_LINE, SOUTH, TEA, TEAS, TOOLS, ULM,
};
use crate::Conn;

/// A write, and runs of it that come as far as it can.
type Write = (&'static str, Vec<fn(&mut Conn) -> Outcome>);

macro_rules! runs {
    ($($run:expr),+ $(,)?) => { vec![$(|conn| { $run(conn)?; Ok(()) }),+] };
}

macro_rules! update {
    ($model:ident, $key:expr, $($change:expr),+ $(,)?) => {
        runs![$(|conn: &mut Conn| $model::update(conn, $key.into(), $change)),+]
    };
}

fn inserts() -> Vec<Write> {
    vec![
        (
            "insert regions",
            runs![|conn: &mut Conn| shop::region(conn, "e", "East")],
        ),
        (
            "insert customers",
            runs![|conn: &mut Conn| shop::customer(conn, "Dee", Some(NORTH))],
        ),
        (
            "insert orders",
            runs![|conn: &mut Conn| shop::order(conn, ADA, 3)],
        ),
        (
            "insert invoices",
            runs![|conn: &mut Conn| shop::invoice(conn, ADA_NEW, "R-2")],
        ),
        (
            "insert items",
            runs![|conn: &mut Conn| shop::item(conn, ADA_NEW, TEA, 4, 700)],
        ),
        (
            "insert categories",
            runs![|conn: &mut Conn| shop::category(conn, "mugs", Some(TEAS))],
        ),
        (
            "insert products",
            runs![|conn: &mut Conn| shop::product(conn, "mug", TEAS)],
        ),
        (
            "insert tags",
            runs![|conn: &mut Conn| shop::tag(conn, "x", "extra")],
        ),
        (
            "insert product_tags",
            runs![|conn: &mut Conn| shop::link(conn, TEA, FRESH, 3)],
        ),
        (
            "insert addresses",
            runs![|conn: &mut Conn| shop::address(conn, "Jena")],
        ),
        (
            "insert parcels",
            runs![|conn: &mut Conn| shop::parcel(conn, ADA_OLD, KIEL, Some(BONN), 9.0)],
        ),
        (
            "insert lockers",
            runs![|conn: &mut Conn| shop::locker(conn, BONN, 4)],
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a case for each column")]
fn updates() -> Vec<Write> {
    vec![
        (
            "update regions.name",
            update![Region, NORTH, regions::name.eq("Nord")],
        ),
        (
            "update customers.name",
            update![Customer, ADA, customers::name.eq("Adah")],
        ),
        (
            "update customers.region_code",
            update![Customer, ADA, customers::region_code.eq(SOUTH)],
        ),
        (
            "update orders.customer_id",
            update![Order, ADA_NEW, orders::customer_id.eq(BEN)],
        ),
        (
            "update orders.note",
            update![Order, ADA_OLD, orders::note.eq("new")],
        ),
        (
            "update orders.placed",
            update![Order, ADA_OLD, orders::placed.eq(9)],
        ),
        (
            "update invoices.order_id",
            update![Invoice, INVOICE, invoices::order_id.eq(BEN_ONLY)],
        ),
        (
            "update invoices.number",
            update![Invoice, INVOICE, invoices::number.eq("R-9")],
        ),
        (
            "update invoices.due",
            update![Invoice, INVOICE, invoices::due.eq(9)],
        ),
        (
            "update items.order_id",
            update![Item, MILK_LINE, items::order_id.eq(BEN_ONLY)],
        ),
        (
            "update items.product_id",
            update![Item, MILK_LINE, items::product_id.eq(SAW)],
        ),
        (
            "update items.quantity",
            runs![
                |conn: &mut Conn| Item::update(conn, MILK_LINE, items::quantity.eq(7)),
                |conn: &mut Conn| Item::update(conn, SAW_LINE, items::quantity.eq(7)),
            ],
        ),
        (
            "update items.price_cents",
            update![Item, BEN_LINE, items::price_cents.eq(1)],
        ),
        (
            "update categories.parent_id",
            update![Category, TEAS, categories::parent_id.eq(TOOLS)],
        ),
        (
            "update categories.name",
            update![Category, FOOD, categories::name.eq("foods")],
        ),
        (
            "update products.category_id",
            update![Product, MILK, products::category_id.eq(TOOLS)],
        ),
        (
            "update products.name",
            update![Product, MILK, products::name.eq("Milk")],
        ),
        (
            "update tags.title",
            update![Tag, BIO, tags::title.eq("organic")],
        ),
        (
            "update product_tags.weight",
            update![
                ProductTag,
                (MILK, BIO.to_owned()),
                product_tags::weight.eq(7)
            ],
        ),
        (
            "update addresses.city",
            update![Address, BONN, addresses::city.eq("Berlin")],
        ),
        (
            "update parcels.order_id",
            update![Parcel, PARCEL, parcels::order_id.eq(BEN_ONLY)],
        ),
        (
            "update parcels.from_address_id",
            update![Parcel, PARCEL, parcels::from_address_id.eq(ULM)],
        ),
        (
            "update parcels.to_address_id",
            update![Parcel, PARCEL, parcels::to_address_id.eq(ULM)],
        ),
        (
            "update parcels.weight",
            update![Parcel, PARCEL, parcels::weight.eq(7.5)],
        ),
        (
            "update lockers.address_id",
            update![Locker, 1, lockers::address_id.eq(KIEL)],
        ),
        (
            "update lockers.position",
            update![Locker, 1, lockers::position.eq(9)],
        ),
        (
            "update items.quantity, items.order_id",
            update![
                Item,
                MILK_LINE,
                (items::quantity.eq(9), items::order_id.eq(ADA_NEW))
            ],
        ),
    ]
}

macro_rules! delete {
    ($model:ident, $($key:expr),+ $(,)?) => {
        runs![$(|conn: &mut Conn| $model::delete_many(conn, &[$key])),+]
    };
}

fn deletes() -> Vec<Write> {
    vec![
        ("delete regions", delete![Region, NORTH.into()]),
        ("delete customers", delete![Customer, ADA, CAT]),
        ("delete orders", delete![Order, BEN_ONLY]),
        ("delete invoices", delete![Invoice, INVOICE]),
        ("delete items", delete![Item, MILK_LINE, SAW_LINE]),
        ("delete tags", delete![Tag, BIO.into()]),
        (
            "delete product_tags",
            delete![ProductTag, (MILK, BIO.to_owned())],
        ),
        ("delete addresses", delete![Address, ULM]),
        ("delete parcels", delete![Parcel, PARCEL, PARCEL_BACK]),
        ("delete lockers", delete![Locker, 1]),
    ]
}

/// Runs writes, each on a fresh shop, and gives what was said of them and did not come. Where rows are read along with the
/// locks ahead, fewer statements run than may, but not fewer than half.
fn compare(writes: Vec<Write>) -> Vec<(&'static str, String)> {
    let mut missing = Vec::new();
    let (mut ran, mut said) = (0, 0);
    for (write, runs) in writes {
        let mut explained = Explained::of(&*shop::reopen(), write);
        for run in runs {
            explained.run(&mut *shop::reopen(), run);
        }
        let not_computed = explained.not_computed().into_iter();
        missing.extend(not_computed.map(|field| (write, field)));
        let (really, most) = explained.statements();
        ran += really;
        said += most;
    }
    assert!(said < 2 * ran, "{ran} statements ran of {said}");
    missing
}

fn fields<'m>(missing: &'m [(&'static str, String)]) -> Vec<(&'static str, &'m str)> {
    let missing = missing.iter();
    missing
        .map(|(write, field)| (*write, field.as_str()))
        .collect()
}

#[test]
fn what_is_explained_of_an_insert_is_what_runs() {
    let missing = compare(inserts());
    // New rows have no children that would hand their values on, and no row names them before.
    let expected = [
        ("insert regions", "Customer::title"),
        ("insert customers", "Order::is_latest"),
        ("insert orders", "Region::spent_cents"),
        ("insert categories", "Customer::basket"),
        ("insert addresses", "Parcel::route"),
    ];
    assert_eq!(fields(&missing), expected);
}

#[test]
fn what_is_explained_of_an_update_is_what_runs() {
    assert_eq!(compare(updates()), []);
}

#[test]
fn what_is_explained_of_a_delete_is_what_runs() {
    let missing = compare(deletes());
    // Here the database deletes what hangs on these rows, and nulls nothing that somebody reads.
    let hang = ["regions", "customers", "orders", "tags", "addresses"];
    let is_other = |write: &str| !hang.iter().any(|it| write.ends_with(&format!(" {it}")));
    let others: Vec<_> = missing
        .iter()
        .filter(|(write, _)| is_other(write))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
