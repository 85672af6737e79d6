//! The rows that a program writes.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use crate::Conn;
use crate::suite::support::Outcome;
use crate::suite::support::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use crate::suite::support::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};
use crate::suite::support::setters::PANIC;

macro_rules! keys {
    ($($name:ident: $table:ident.$key:ident as $type:ty),* $(,)?) => {$(
        pub fn $name(conn: &mut Conn) -> Vec<$type> {
            $table::table.select($table::$key).order($table::$key).load(conn).unwrap()
        }
    )*};
}

keys!(
    region_keys: regions.code as String,
    customer_keys: customers.id as i32,
    order_keys: orders.id as i32,
    invoice_keys: invoices.id as i32,
    item_keys: items.id as i32,
    category_keys: categories.id as i32,
    product_keys: products.id as i32,
    tag_keys: tags.code as String,
    address_keys: addresses.id as i32,
    parcel_keys: parcels.id as i32,
    locker_keys: lockers.id as i32,
);

pub fn link_keys(conn: &mut Conn) -> Vec<(i32, String)> {
    let key = (product_tags::product_id, product_tags::tag_code);
    product_tags::table
        .select(key)
        .order(key)
        .load(conn)
        .unwrap()
}

/// One of the keys, by a number.
pub fn pick<K: Clone>(keys: &[K], number: u8) -> Option<K> {
    keys.get(usize::from(number) % keys.len().max(1)).cloned()
}

/// The key of an order, by a number.
pub fn order(conn: &mut Conn, number: u8) -> Option<i32> {
    pick(&order_keys(conn), number)
}

/// Tells the library that every row was changed by other means.
pub fn touch_everything(conn: &mut Conn) -> Outcome {
    conn.buffer_autoupdates(|conn| {
        let keys = region_keys(conn);
        Region::touch(conn, &keys)?;
        let keys = customer_keys(conn);
        Customer::touch(conn, &keys)?;
        let keys = order_keys(conn);
        Order::touch(conn, &keys)?;
        let keys = invoice_keys(conn);
        Invoice::touch(conn, &keys)?;
        let keys = item_keys(conn);
        Item::touch(conn, &keys)?;
        let keys = category_keys(conn);
        Category::touch(conn, &keys)?;
        let keys = product_keys(conn);
        Product::touch(conn, &keys)?;
        let keys = tag_keys(conn);
        Tag::touch(conn, &keys)?;
        let keys = link_keys(conn);
        ProductTag::touch(conn, &keys)?;
        let keys = address_keys(conn);
        Address::touch(conn, &keys)?;
        let keys = parcel_keys(conn);
        Parcel::touch(conn, &keys)?;
        let keys = locker_keys(conn);
        Locker::touch(conn, &keys)
    })
}

/// A body in a bracket around the orders of a customer, one of which is deleted and the others changed by other means.
pub fn bracket(conn: &mut Conn, number: u8, body: impl FnOnce(&mut Conn) -> Outcome) -> Outcome {
    // Without a customer it is a bracket around nothing.
    let customer = pick(&customer_keys(conn), number).unwrap_or_default();
    let filter = orders::customer_id.eq(customer);
    Order::track(conn, filter, |conn| {
        let keys = orders::table
            .filter(filter)
            .select(orders::id)
            .order(orders::id);
        if let Some(first) = pick(&keys.load::<i32>(conn)?, number) {
            diesel::delete(orders::table.find(first)).execute(conn)?;
        }
        diesel::update(orders::table.filter(filter))
            .set((
                orders::note.eq("bracketed"),
                orders::placed.eq(i32::from(number)),
            ))
            .execute(conn)?;
        body(conn)
    })
}

/// Takes away, past the library, what setters refuse.
pub fn cure(conn: &mut Conn) -> QueryResult<()> {
    conn.inner_mut().batch_execute(&format!(
        "UPDATE items SET quantity = 0 WHERE quantity < 0;
         UPDATE orders SET note = 'cured' WHERE note = '{PANIC}';
         UPDATE categories SET parent_id = NULL WHERE parent_id >= id;"
    ))
}
