//! The writes of a program that return no row.

use diesel::prelude::*;
use maintained::prelude::*;

use super::program::What;
use super::world::{
    address_keys, category_keys, customer_keys, order, order_keys, pick, product_keys, region_keys,
    tag_keys,
};
use super::writes::{Done, done};
use crate::Conn;
use crate::suite::support::models::{
    Category, Customer, Invoice, Item, Locker, Order, Parcel, ProductTag, Region, Tag,
};
use crate::suite::support::new_rows::{
    AddedCategory, AddedInvoice, AddedLink, AddedLocker, AddedRegion, AddedTag, NewCustomer,
    NewItem, NewOrder, NewParcel,
};
use crate::suite::support::schema::{invoices, lockers};

/// Keys of one's own are far from those that the database gives.
const FAR: i32 = 100_000;

pub fn add(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::AddRegion => {
            let (code, name) = (format!("r{a}"), format!("Region {b}"));
            let new = AddedRegion {
                code: &code,
                name: &name,
            };
            done(Region::add(conn, &new))
        }
        What::AddCustomer => {
            let region = pick(&region_keys(conn), b).filter(|_| a % 3 > 0);
            let new = NewCustomer {
                name: "added",
                region_code: region.as_deref(),
            };
            done(Customer::add(conn, &new))
        }
        What::AddOrder => {
            let new = NewOrder {
                customer_id: pick(&customer_keys(conn), a)?,
                note: format!("note {b}"),
                placed: i32::from(c),
            };
            done(Order::add(conn, &new))
        }
        What::AddItem => {
            let (order, product) = (order(conn, a)?, pick(&product_keys(conn), b)?);
            done(Item::add(conn, &item(order, product, c)))
        }
        What::AddItems => {
            let (orders, products) = (order_keys(conn), product_keys(conn));
            let new = |at: u8| {
                let (order, product) = (pick(&orders, a + at)?, pick(&products, b + at / 2)?);
                Some(item(order, product, at))
            };
            let news: Vec<NewItem> = (0..c * 2).filter_map(new).collect();
            done(Item::add_many(conn, &news))
        }
        What::AddInvoice => {
            let billed: Vec<i32> = invoices::table
                .select(invoices::order_id)
                .load(conn)
                .unwrap();
            let order_id = order(conn, a).filter(|order| !billed.contains(order))?;
            let due = (!b.is_multiple_of(2)).then_some(i32::from(b));
            let number = format!("A-{c}");
            let new = AddedInvoice {
                order_id,
                number: &number,
                due,
            };
            done(Invoice::add(conn, &new))
        }
        What::AddCategory => {
            let new = AddedCategory {
                parent_id: pick(&category_keys(conn), a).filter(|_| b % 4 > 0),
                name: format!("c{c}").into(),
            };
            done(Category::add(conn, &new))
        }
        _ => add_more(conn, what, [a, b, c]),
    }
}

fn add_more(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::AddTag => {
            let new = AddedTag {
                code: format!("t{a}").into(),
                name: format!("tag {b}"),
            };
            done(Tag::add(conn, &new))
        }
        What::AddLinks => {
            let (products, tags) = (product_keys(conn), tag_keys(conn));
            let tag = pick(&tags, b)?;
            let new = |at: u8| {
                Some(AddedLink {
                    product_id: pick(&products, a + at)?,
                    tag_code: &tag,
                    weight: (!at.is_multiple_of(2)).then_some(i32::from(at)),
                })
            };
            let news: Vec<_> = (0..c % 4).filter_map(new).collect();
            done(ProductTag::add_many(conn, &news))
        }
        What::AddParcels => {
            let (order_id, addresses) = (order(conn, a)?, address_keys(conn));
            let new = |at: u8| {
                Some(NewParcel {
                    order_id,
                    from_address_id: pick(&addresses, b + at)?,
                    to_address_id: pick(&addresses, at).filter(|_| at % 3 != a % 3),
                    weight: f64::from(at) / 3.0,
                })
            };
            let news: Vec<_> = (0..c).filter_map(new).collect();
            done(Parcel::add_many(conn, &news))
        }
        What::AddLockers => {
            let addresses = address_keys(conn);
            let last: Option<i32> = lockers::table
                .select(diesel::dsl::max(lockers::position))
                .first(conn)
                .unwrap();
            let last = last.unwrap_or(0);
            let new = |at: u8| {
                let position = last + 1 + i32::from(at);
                Some(AddedLocker {
                    id: (!(at + a).is_multiple_of(3)).then_some(FAR + position),
                    address_id: pick(&addresses, b + at)?,
                    position,
                })
            };
            let news: Vec<_> = (0..c).filter_map(new).collect();
            done(Locker::add_many(conn, &news))
        }
        _ => None,
    }
}

fn item(order_id: i32, product_id: i32, quantity: u8) -> NewItem {
    NewItem {
        order_id,
        product_id,
        quantity: i32::from(quantity),
        price_cents: 5,
    }
}
