//! A small shop that most tests start from. Its keys are the same in every fresh database.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use diesel::prelude::*;
use maintained::prelude::*;

use super::Outcome;
use super::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use super::new_rows::{NewCustomer, NewItem, NewOrder, NewParcel};
use super::schema::{
    addresses, categories, invoices, lockers, product_tags, products, regions, tags,
};
use crate::{Conn, fresh, renewed};

pub const NORTH: &str = "n";
pub const SOUTH: &str = "s";

pub const ADA: i32 = 1;
pub const BEN: i32 = 2;
/// A customer without a region and without orders.
pub const CAT: i32 = 3;

pub const ALL: i32 = 1;
pub const FOOD: i32 = 2;
pub const TEAS: i32 = 3;
/// A root of its own.
pub const TOOLS: i32 = 4;

pub const MILK: i32 = 1;
pub const TEA: i32 = 2;
pub const SAW: i32 = 3;

pub const BIO: &str = "b";
pub const FRESH: &str = "f";

pub const BONN: i32 = 1;
pub const KIEL: i32 = 2;
/// An address that nothing names.
pub const ULM: i32 = 3;

pub const ADA_OLD: i32 = 1;
pub const ADA_NEW: i32 = 2;
pub const BEN_ONLY: i32 = 3;

/// 2 milk at 100 in `ADA_OLD`.
pub const MILK_LINE: i32 = 1;
/// 1 tea at 300 in `ADA_OLD`.
pub const TEA_LINE: i32 = 2;
/// 1 saw at 1000 in `ADA_NEW`.
pub const SAW_LINE: i32 = 3;
/// 3 milk at 110 in `BEN_ONLY`.
pub const BEN_LINE: i32 = 4;

/// The invoice of `ADA_OLD`.
pub const INVOICE: i32 = 1;

/// Bonn to Kiel, in `ADA_OLD`.
pub const PARCEL: i32 = 1;
/// Bonn to nowhere yet, in `ADA_OLD`.
pub const PARCEL_LOST: i32 = 2;
/// Kiel to Bonn, in `BEN_ONLY`.
pub const PARCEL_BACK: i32 = 3;

/// A fresh database with the shop in it.
pub fn open() -> Conn {
    let mut conn = fresh();
    stock(&mut conn).unwrap();
    conn
}

/// The shop as [`open`] gives it, in a database that an earlier case of the same test has used, if there is one: to make
/// one takes a server longer than a case does.
pub fn reopen() -> Reopened {
    let used = USED.with_borrow_mut(Vec::pop);
    let conn = used.map_or_else(open, |used| {
        let mut conn = renewed(used);
        stock(&mut conn).unwrap();
        conn
    });
    Reopened(Some(conn))
}

thread_local! {
    static USED: RefCell<Vec<Conn>> = const { RefCell::new(Vec::new()) };
}

/// A connection that is used again.
pub struct Reopened(Option<Conn>);

impl Deref for Reopened {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Reopened {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Reopened {
    fn drop(&mut self) {
        let conn = self.0.take().filter(|_| !std::thread::panicking());
        USED.with_borrow_mut(|used| used.extend(conn));
    }
}

/// Fills an empty database.
pub fn stock(conn: &mut Conn) -> Outcome {
    conn.buffer_autoupdates(|conn| {
        customers(conn)?;
        goods(conn)?;
        sales(conn)?;
        places(conn)
    })
}

fn customers(conn: &mut Conn) -> Outcome {
    region(conn, NORTH, "North")?;
    region(conn, SOUTH, "South")?;
    customer(conn, "Ada", Some(NORTH))?;
    customer(conn, "Ben", Some(NORTH))?;
    customer(conn, "Cat", None)?;
    Ok(())
}

fn goods(conn: &mut Conn) -> Outcome {
    category(conn, "all", None)?;
    category(conn, "food", Some(ALL))?;
    category(conn, "teas", Some(FOOD))?;
    category(conn, "tools", None)?;
    product(conn, "milk", FOOD)?;
    product(conn, "tea", TEAS)?;
    product(conn, "saw", TOOLS)?;
    tag(conn, BIO, "bio")?;
    tag(conn, FRESH, "fresh")?;
    link(conn, MILK, FRESH, 1)?;
    link(conn, MILK, BIO, 2)?;
    link(conn, TEA, BIO, 1)?;
    Ok(())
}

fn sales(conn: &mut Conn) -> Outcome {
    order(conn, ADA, 1)?;
    order(conn, ADA, 2)?;
    order(conn, BEN, 1)?;
    item(conn, ADA_OLD, MILK, 2, 100)?;
    item(conn, ADA_OLD, TEA, 1, 300)?;
    item(conn, ADA_NEW, SAW, 1, 1000)?;
    item(conn, BEN_ONLY, MILK, 3, 110)?;
    invoice(conn, ADA_OLD, "R-1")?;
    Ok(())
}

fn places(conn: &mut Conn) -> Outcome {
    address(conn, "Bonn")?;
    address(conn, "Kiel")?;
    address(conn, "Ulm")?;
    parcel(conn, ADA_OLD, BONN, Some(KIEL), 1.0)?;
    parcel(conn, ADA_OLD, BONN, None, 3.0)?;
    parcel(conn, BEN_ONLY, KIEL, Some(BONN), 4.0)?;
    locker(conn, BONN, 1)?;
    locker(conn, BONN, 2)?;
    locker(conn, BONN, 3)?;
    Ok(())
}

pub fn region(conn: &mut Conn, code: &str, name: &str) -> Outcome<Region> {
    Region::insert(conn, (regions::code.eq(code), regions::name.eq(name)))
}

pub fn customer(conn: &mut Conn, name: &str, region_code: Option<&str>) -> Outcome<Customer> {
    Customer::insert(conn, &NewCustomer { name, region_code })
}

pub fn category(conn: &mut Conn, name: &str, parent: Option<i32>) -> Outcome<Category> {
    Category::insert(
        conn,
        (categories::name.eq(name), categories::parent_id.eq(parent)),
    )
}

pub fn product(conn: &mut Conn, name: &str, category: i32) -> Outcome<Product> {
    Product::insert(
        conn,
        (products::name.eq(name), products::category_id.eq(category)),
    )
}

pub fn tag(conn: &mut Conn, code: &str, title: &str) -> Outcome<Tag> {
    Tag::insert(conn, (tags::code.eq(code), tags::title.eq(title)))
}

pub fn link(conn: &mut Conn, product: i32, tag: &str, weight: i32) -> Outcome<ProductTag> {
    let new = (
        product_tags::product_id.eq(product),
        product_tags::tag_code.eq(tag),
        product_tags::weight.eq(weight),
    );
    ProductTag::insert(conn, new)
}

pub fn order(conn: &mut Conn, customer_id: i32, placed: i32) -> Outcome<Order> {
    Order::insert(
        conn,
        NewOrder {
            customer_id,
            note: format!("note {placed}"),
            placed,
        },
    )
}

pub fn item(
    conn: &mut Conn,
    order_id: i32,
    product_id: i32,
    quantity: i32,
    price_cents: i64,
) -> Outcome<Item> {
    Item::insert(
        conn,
        NewItem {
            order_id,
            product_id,
            quantity,
            price_cents,
        },
    )
}

pub fn invoice(conn: &mut Conn, order: i32, number: &str) -> Outcome<Invoice> {
    Invoice::insert(
        conn,
        (invoices::order_id.eq(order), invoices::number.eq(number)),
    )
}

pub fn address(conn: &mut Conn, city: &str) -> Outcome<Address> {
    Address::insert(conn, addresses::city.eq(city))
}

pub fn parcel(
    conn: &mut Conn,
    order_id: i32,
    from: i32,
    to: Option<i32>,
    weight: f64,
) -> Outcome<Parcel> {
    Parcel::insert(
        conn,
        NewParcel {
            order_id,
            from_address_id: from,
            to_address_id: to,
            weight,
        },
    )
}

pub fn locker(conn: &mut Conn, address: i32, position: i32) -> Outcome<Locker> {
    Locker::insert(
        conn,
        (
            lockers::address_id.eq(address),
            lockers::position.eq(position),
        ),
    )
}

/// The row, which is there.
#[track_caller]
pub fn get<M: GetRow>(conn: &mut Conn, key: M::Id) -> M {
    M::get_row(conn, key).unwrap()
}

/// Reads a row that must be there.
pub trait GetRow: Sized {
    type Id;

    /// # Errors
    /// When the database refuses to read.
    fn get_row(conn: &mut Conn, key: Self::Id) -> Outcome<Self>;
}

macro_rules! get_row {
    ($($model:ident by $key:ty),* $(,)?) => {$(
        impl GetRow for $model {
            type Id = $key;

            fn get_row(conn: &mut Conn, key: $key) -> Outcome<Self> {
                Ok(Self::find(conn, key.into())?.expect("the row is there"))
            }
        }
    )*};
}

get_row!(
    Region by &'static str, Customer by i32, Category by i32, Product by i32, Tag by &'static str,
    Order by i32, Item by i32, Invoice by i32, Address by i32, Parcel by i32, Locker by i32, ProductTag by (i32, String),
);
