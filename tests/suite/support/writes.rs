//! Every write of the library, each of them one that makes fields stale.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Outcome;
use super::models::{Customer, Item, ItemChange, Order, Parcel, Product, ProductTag, Tag};
use super::new_rows::{AddedLink, NewItem};
use super::schema::{items, orders};
use super::shop::{
    self, ADA_NEW, ADA_OLD, BEN, BEN_LINE, BEN_ONLY, BIO, FRESH, GetRow, KIEL, MILK, MILK_LINE,
    PARCEL_LOST, SAW, SAW_LINE, TEA, TEA_LINE, TEAS,
};
use crate::Conn;

/// A write of the shop: what it is, and how it is done.
pub type Write = (&'static str, fn(&mut Conn) -> Outcome);

/// All of them. Each can be done in the shop as it was opened, alone or after those before it.
pub const ALL_WRITES: &[Write] = &[
    ("insert", insert),
    ("insert_many", insert_many),
    ("add", add),
    ("add_many", add_many),
    ("update", update),
    ("save", save),
    ("save_many", save_many),
    ("track", track),
    ("touch", touch),
    ("delete", delete),
    ("delete_many", delete_many),
    ("delete that cascades", delete_that_cascades),
];

fn insert(conn: &mut Conn) -> Outcome {
    shop::item(conn, ADA_OLD, MILK, 5, 99)?;
    shop::link(conn, SAW, FRESH, 2)?;
    Ok(())
}

fn insert_many(conn: &mut Conn) -> Outcome {
    let news: Vec<NewItem> = (1..=3).map(new_item).collect();
    assert_eq!(Item::insert_many(conn, news)?.len(), 3);
    Ok(())
}

fn add(conn: &mut Conn) -> Outcome {
    Item::add(conn, &new_item(8))?;
    let link = AddedLink {
        product_id: TEA,
        tag_code: FRESH,
        weight: None,
    };
    ProductTag::add(conn, &link)
}

fn add_many(conn: &mut Conn) -> Outcome {
    let news: Vec<NewItem> = (1..=20).map(new_item).collect();
    Item::add_many(conn, &news)
}

fn new_item(quantity: i32) -> NewItem {
    NewItem {
        order_id: ADA_NEW,
        product_id: TEA,
        quantity,
        price_cents: 7,
    }
}

fn update(conn: &mut Conn) -> Outcome {
    Item::update(
        conn,
        MILK_LINE,
        ItemChange {
            quantity: Some(9),
            price_cents: None,
        },
    )?;
    Order::update(conn, BEN_ONLY, orders::note.eq("updated"))?;
    Ok(())
}

fn save(conn: &mut Conn) -> Outcome {
    let mut order = Order::get_row(conn, ADA_NEW)?;
    order.customer_id = BEN;
    order.placed = 40;
    order.save(conn)?;
    let mut parcel = Parcel::get_row(conn, PARCEL_LOST)?;
    parcel.to_address_id = Some(KIEL);
    parcel.save(conn)
}

fn save_many(conn: &mut Conn) -> Outcome {
    let mut products = [Product::get_row(conn, MILK)?, Product::get_row(conn, TEA)?];
    products[0].name = "oat milk".to_owned();
    products[0].category_id = TEAS;
    products[1].name = "green tea".to_owned();
    Product::save_many(conn, &mut products)
}

fn track(conn: &mut Conn) -> Outcome {
    Item::track(conn, items::order_id.eq(BEN_ONLY), |conn| {
        diesel::sql_query("UPDATE items SET quantity = quantity + 1 WHERE order_id = 3")
            .execute(conn)?;
        Ok(())
    })
}

fn touch(conn: &mut Conn) -> Outcome {
    let update = diesel::sql_query("UPDATE tags SET title = 'touched' WHERE code = 'b'");
    conn.untracked(|conn| update.execute(conn))?;
    Tag::touch(conn, &[BIO.to_owned()])
}

fn delete(conn: &mut Conn) -> Outcome {
    Item::get_row(conn, TEA_LINE)?.delete(conn)?;
    ProductTag::get_row(conn, (MILK, BIO.to_owned()))?.delete(conn)?;
    Ok(())
}

fn delete_many(conn: &mut Conn) -> Outcome {
    Item::delete_many(conn, &[BEN_LINE, SAW_LINE])
}

fn delete_that_cascades(conn: &mut Conn) -> Outcome {
    Customer::get_row(conn, BEN)?.delete(conn)?;
    Ok(())
}
