//! The writes of a program, on whatever rows there are.

use diesel::prelude::*;
use maintained::prelude::*;

use super::program::What;
use super::world::{
    address_keys, category_keys, customer_keys, invoice_keys, item_keys, link_keys, locker_keys,
    order, order_keys, parcel_keys, pick, product_keys, region_keys, tag_keys,
};
use crate::Conn;
use crate::suite::support::Outcome;
use crate::suite::support::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use crate::suite::support::new_rows::NewItem;
use crate::suite::support::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};
use crate::suite::support::setters::PANIC;
use crate::suite::support::shop;

/// Does a write; nothing where there is no row for it.
pub fn write(conn: &mut Conn, what: What, numbers: [u8; 3]) -> Outcome {
    let done = insert(conn, what, numbers)
        .or_else(|| super::adds::add(conn, what, numbers))
        .or_else(|| rename(conn, what, numbers))
        .or_else(|| alter(conn, what, numbers))
        .or_else(|| relocate(conn, what, numbers))
        .or_else(|| many(conn, what, numbers))
        .or_else(|| track(conn, what, numbers))
        .or_else(|| delete(conn, what, numbers))
        .or_else(|| poison(conn, what, numbers));
    done.unwrap_or(Ok(()))
}

/// What a write came to; nothing where it is another kind of write, or there is no row for it.
pub(super) type Done = Option<Outcome>;

#[allow(clippy::unnecessary_wraps, reason = "for the matches that it ends")]
pub(super) fn done<T>(result: Outcome<T>) -> Done {
    Some(result.map(drop))
}

fn insert(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::NewRegion => done(shop::region(conn, &format!("r{a}"), &format!("Region {b}"))),
        What::NewCustomer => {
            let region = pick(&region_keys(conn), b).filter(|_| a % 3 > 0);
            done(shop::customer(
                conn,
                &format!("Customer {c}"),
                region.as_deref(),
            ))
        }
        What::NewOrder => {
            let customer = pick(&customer_keys(conn), a)?;
            done(shop::order(conn, customer, i32::from(b)))
        }
        What::NewItem => {
            let (order, product) = (order(conn, a)?, pick(&product_keys(conn), b)?);
            done(shop::item(
                conn,
                order,
                product,
                i32::from(c),
                i64::from(b) * 10,
            ))
        }
        What::NewItems => {
            let (orders, products) = (order_keys(conn), product_keys(conn));
            let new = |at: u8| {
                let (order_id, product_id) = (pick(&orders, a + at)?, pick(&products, b + at / 2)?);
                Some(NewItem {
                    order_id,
                    product_id,
                    quantity: i32::from(at),
                    price_cents: 5,
                })
            };
            let news: Vec<NewItem> = (0..c).filter_map(new).collect();
            done(Item::insert_many(conn, news))
        }
        What::NewInvoice => {
            let billed: Vec<i32> = invoices::table
                .select(invoices::order_id)
                .load(conn)
                .unwrap();
            let order = order(conn, a).filter(|order| !billed.contains(order))?;
            done(shop::invoice(conn, order, &format!("R-{b}")))
        }
        What::NewCategory => {
            let parent = pick(&category_keys(conn), a).filter(|_| b % 4 > 0);
            done(shop::category(conn, &format!("c{c}"), parent))
        }
        What::NewProduct => {
            let category = pick(&category_keys(conn), a)?;
            done(shop::product(conn, &format!("product {b}"), category))
        }
        What::NewTag => done(shop::tag(conn, &format!("t{a}"), &format!("tag {b}"))),
        What::NewLink => {
            let (product, tag) = (pick(&product_keys(conn), a)?, pick(&tag_keys(conn), b)?);
            done(shop::link(conn, product, &tag, i32::from(c) % 4))
        }
        What::NewAddress => done(shop::address(conn, &format!("City {a}"))),
        What::NewParcel => {
            let (order, addresses) = (order(conn, a)?, address_keys(conn));
            let to = pick(&addresses, c).filter(|_| a % 3 > 0);
            done(shop::parcel(
                conn,
                order,
                pick(&addresses, b)?,
                to,
                f64::from(c) / 3.0,
            ))
        }
        What::NewLocker => {
            let address = pick(&address_keys(conn), a)?;
            let last: Option<i32> = lockers::table
                .select(diesel::dsl::max(lockers::position))
                .first(conn)
                .unwrap();
            done(shop::locker(conn, address, last.unwrap_or(0) + 1))
        }
        _ => None,
    }
}

fn rename(conn: &mut Conn, what: What, [a, b, _]: [u8; 3]) -> Done {
    let name = format!("name {}", b % 4);
    match what {
        What::RenameRegion => {
            let key = pick(&region_keys(conn), a)?;
            done(Region::update(conn, key, regions::name.eq(name)))
        }
        What::RenameCustomer => {
            let key = pick(&customer_keys(conn), a)?;
            done(Customer::update(conn, key, customers::name.eq(name)))
        }
        What::RenameCategory => {
            let key = pick(&category_keys(conn), a)?;
            done(Category::update(conn, key, categories::name.eq(name)))
        }
        What::RenameProduct => {
            let key = pick(&product_keys(conn), a)?;
            done(Product::update(conn, key, products::name.eq(name)))
        }
        What::RenameTag => {
            let key = pick(&tag_keys(conn), a)?;
            done(Tag::update(conn, key, tags::title.eq(name)))
        }
        What::RenameAddress => {
            let key = pick(&address_keys(conn), a)?;
            done(Address::update(conn, key, addresses::city.eq(name)))
        }
        What::RenumberInvoice => {
            let key = pick(&invoice_keys(conn), a)?;
            done(Invoice::update(conn, key, invoices::number.eq(name)))
        }
        What::NoteOrder => {
            let key = order(conn, a)?;
            done(Order::update(conn, key, orders::note.eq(name)))
        }
        _ => None,
    }
}

fn alter(conn: &mut Conn, what: What, [a, b, _]: [u8; 3]) -> Done {
    match what {
        What::PlaceOrder => {
            let key = order(conn, a)?;
            done(Order::update(conn, key, orders::placed.eq(i32::from(b))))
        }
        What::PriceItem => {
            let key = pick(&item_keys(conn), a)?;
            done(Item::update(conn, key, items::price_cents.eq(i64::from(b))))
        }
        What::CountItem => {
            let key = pick(&item_keys(conn), a)?;
            done(Item::update(conn, key, items::quantity.eq(i32::from(b))))
        }
        What::WeighLink => {
            let key = pick(&link_keys(conn), a)?;
            done(ProductTag::update(
                conn,
                key,
                product_tags::weight.eq(i32::from(b) % 4),
            ))
        }
        What::WeighParcel => {
            let key = pick(&parcel_keys(conn), a)?;
            done(Parcel::update(
                conn,
                key,
                parcels::weight.eq(f64::from(b) / 7.0),
            ))
        }
        _ => None,
    }
}

fn relocate(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::MoveCustomer => {
            let (key, to) = (
                pick(&customer_keys(conn), a)?,
                pick(&region_keys(conn), b).filter(|_| c % 4 > 0),
            );
            done(Customer::update(conn, key, customers::region_code.eq(to)))
        }
        What::MoveOrder => {
            let (key, to) = (order(conn, a)?, pick(&customer_keys(conn), b)?);
            done(Order::update(conn, key, orders::customer_id.eq(to)))
        }
        What::MoveItem => {
            let (key, to) = (pick(&item_keys(conn), a)?, order(conn, b)?);
            done(Item::update(conn, key, items::order_id.eq(to)))
        }
        What::ItemToProduct => {
            let (key, to) = (pick(&item_keys(conn), a)?, pick(&product_keys(conn), b)?);
            done(Item::update(conn, key, items::product_id.eq(to)))
        }
        What::MoveCategory => {
            // A parent's key is less than its child's, so that no loop comes about.
            let key = pick(&category_keys(conn), a)?;
            let above: Vec<i32> = category_keys(conn)
                .into_iter()
                .filter(|above| *above < key)
                .collect();
            let to = pick(&above, b).filter(|_| c % 4 > 0);
            done(Category::update(conn, key, categories::parent_id.eq(to)))
        }
        What::MoveProduct => {
            let (key, to) = (
                pick(&product_keys(conn), a)?,
                pick(&category_keys(conn), b)?,
            );
            done(Product::update(conn, key, products::category_id.eq(to)))
        }
        What::MoveParcelFrom => {
            let (key, to) = (pick(&parcel_keys(conn), a)?, pick(&address_keys(conn), b)?);
            done(Parcel::update(conn, key, parcels::from_address_id.eq(to)))
        }
        What::MoveParcelTo => {
            let (key, to) = (
                pick(&parcel_keys(conn), a)?,
                pick(&address_keys(conn), b).filter(|_| c % 4 > 0),
            );
            done(Parcel::update(conn, key, parcels::to_address_id.eq(to)))
        }
        What::MoveLocker => {
            let (key, to) = (pick(&locker_keys(conn), a)?, pick(&address_keys(conn), b)?);
            done(Locker::update(conn, key, lockers::address_id.eq(to)))
        }
        _ => None,
    }
}

fn many(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::RotateLockers => {
            let rows: Vec<Locker> = lockers::table.order(lockers::id).load(conn).unwrap();
            let positions: Vec<i32> = rows.iter().map(|row| row.position).collect();
            Some(conn.buffer_autoupdates(|conn| {
                for (at, mut row) in rows.into_iter().enumerate() {
                    row.position = positions[(at + usize::from(a)) % positions.len()];
                    row.save(conn)?;
                }
                Ok(())
            }))
        }
        What::SaveMany => {
            let mut rows: Vec<Parcel> = parcels::table.order(parcels::id).load(conn).unwrap();
            let addresses = address_keys(conn);
            for (at, row) in (0u8..).zip(&mut rows) {
                row.weight = f64::from(b);
                row.to_address_id = pick(&addresses, at + a).filter(|_| at % 3 != c % 3);
            }
            done(Parcel::save_many(conn, &mut rows))
        }
        What::SaveStaleCopy => {
            let key = pick(&item_keys(conn), a)?;
            let (orders, mut copy) = (order_keys(conn), shop::get::<Item>(conn, key));
            let to = pick(&orders, b)?;
            Some(conn.transaction(|conn| {
                Item::update(conn, key, items::order_id.eq(to))?;
                copy.quantity = i32::from(c);
                copy.save(conn)
            }))
        }
        What::TouchTag => {
            let key = pick(&tag_keys(conn), a)?;
            Some(conn.transaction(|conn| {
                let title = tags::title.eq(format!("touched {b}"));
                let update = diesel::update(tags::table.find(&key)).set(title);
                conn.untracked(|conn| update.execute(conn))?;
                Tag::touch(conn, &[key])
            }))
        }
        What::UpdateOverwritten => {
            let key = order(conn, a)?;
            let wrong = (orders::total_cents.eq(-1), orders::is_latest.eq(b % 2 == 0));
            done(Order::update(conn, key, wrong))
        }
        What::TouchOverwritten => {
            let key = pick(&customer_keys(conn), a)?;
            let wrong = (customers::spent_cents.eq(-1), customers::title.eq("wrong"));
            Some(conn.transaction(|conn| {
                let update = diesel::update(customers::table.find(key)).set(wrong);
                conn.untracked(|conn| update.execute(conn))?;
                Customer::touch(conn, &[key])
            }))
        }
        _ => None,
    }
}

fn track(conn: &mut Conn, what: What, [a, b, c]: [u8; 3]) -> Done {
    match what {
        What::TrackItems => {
            let order = order(conn, a)?;
            let filter = items::order_id.eq(order);
            Some(Item::track(conn, filter, |conn| {
                let change = items::price_cents.eq(items::price_cents + i64::from(b));
                diesel::update(items::table.filter(filter))
                    .set(change)
                    .execute(conn)?;
                Ok(())
            }))
        }
        What::TrackMovedItems => {
            let (from, to) = (order(conn, a)?, order(conn, b)?);
            Some(Item::track(conn, items::order_id.eq(from), |conn| {
                let moved = items::table.filter(items::order_id.eq(from));
                diesel::update(moved)
                    .set(items::order_id.eq(to))
                    .execute(conn)?;
                Ok(())
            }))
        }
        What::TrackDeletedLinks => {
            let tag = pick(&tag_keys(conn), a)?;
            Some(ProductTag::track(
                conn,
                product_tags::tag_code.eq(tag.clone()),
                |conn| {
                    diesel::delete(product_tags::table.filter(product_tags::tag_code.eq(&tag)))
                        .execute(conn)?;
                    Ok(())
                },
            ))
        }
        What::TrackOrders => {
            let customer = pick(&customer_keys(conn), a)?;
            let filter = orders::placed.ge(i32::from(b));
            Some(Order::track(conn, filter, |conn| {
                let change = (
                    orders::customer_id.eq(customer),
                    orders::placed.eq(orders::placed - i32::from(c)),
                );
                diesel::update(orders::table.filter(filter))
                    .set(change)
                    .execute(conn)?;
                Ok(())
            }))
        }
        _ => None,
    }
}

fn delete(conn: &mut Conn, what: What, [a, b, _]: [u8; 3]) -> Done {
    macro_rules! delete {
        ($model:ident in $keys:ident) => {{
            let key = pick(&$keys(conn), a)?;
            let row = $model::find(conn, key).unwrap()?;
            done(row.delete(conn))
        }};
    }
    match what {
        What::DeleteRegion => delete!(Region in region_keys),
        What::DeleteCustomer => delete!(Customer in customer_keys),
        What::DeleteOrder => delete!(Order in order_keys),
        What::DeleteItem => delete!(Item in item_keys),
        What::DeleteInvoice => delete!(Invoice in invoice_keys),
        What::DeleteCategory => delete!(Category in category_keys),
        What::DeleteProduct => delete!(Product in product_keys),
        What::DeleteTag => delete!(Tag in tag_keys),
        What::DeleteLink => delete!(ProductTag in link_keys),
        What::DeleteAddress => delete!(Address in address_keys),
        What::DeleteParcel => delete!(Parcel in parcel_keys),
        What::DeleteLocker => delete!(Locker in locker_keys),
        What::DeleteOrders => {
            let keys: Vec<i32> = order_keys(conn)
                .into_iter()
                .filter(|key| key % 3 == i32::from(b) % 3)
                .collect();
            done(Order::delete_many(conn, &keys))
        }
        What::DeleteItems => {
            let keys: Vec<i32> = item_keys(conn)
                .into_iter()
                .filter(|key| key % 2 == i32::from(b) % 2)
                .collect();
            done(Item::delete_many(conn, &keys))
        }
        _ => None,
    }
}

fn poison(conn: &mut Conn, what: What, [a, b, _]: [u8; 3]) -> Done {
    match what {
        What::Poison => {
            let key = pick(&item_keys(conn), a)?;
            done(Item::update(
                conn,
                key,
                items::quantity.eq(-1 - i32::from(b)),
            ))
        }
        What::PoisonPanic => {
            let key = order(conn, a)?;
            done(Order::update(conn, key, orders::note.eq(PANIC)))
        }
        What::LoopCategory => {
            let (key, to) = (
                pick(&category_keys(conn), a)?,
                pick(&category_keys(conn), b)?,
            );
            done(Category::update(
                conn,
                key,
                categories::parent_id.eq(Some(to)),
            ))
        }
        _ => None,
    }
}
