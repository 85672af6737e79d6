//! One variant in a process of its own, for its memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::hand::{self, EachSave};
use super::load::VARIANTS;
use super::{Conn, Inner, NAME, Place, Rows, SQL, check};
use crate::Failure;
use crate::alone::{self, Alone, Measured, Saving};
use crate::data::{Data, ItemRow};
use crate::options::Options;
use crate::schema::items;
use crate::sum::Found;
use crate::totals::{declared, setters};

/// Runs the variant once, where it is to run on this database.
pub(crate) fn alone(options: &Options, what: &Alone) -> Result<(), Failure> {
    if options.only_database() != Some(NAME) {
        return Ok(());
    }
    let Some(place) = Place::find() else {
        return Err(format!("{NAME}: there is no such database").into());
    };
    let measured = match *what {
        Alone::Load { children, on_disk } => {
            let conn = if on_disk {
                place.open_on_disk()?
            } else {
                place.open()?
            };
            load(options, children, conn)?
        }
        Alone::Save {
            saving,
            siblings,
            orders,
            saves,
            alone,
        } => {
            let few = if saving == Saving::Insert { 1 } else { 2 };
            let shop = [siblings, orders.unwrap_or(few), saves];
            save(options, (saving, shop, alone), place.open()?)?
        }
    };
    println!("{}", measured.json());
    Ok(())
}

fn load(options: &Options, children: usize, conn: Inner) -> Result<Measured, Failure> {
    let items = options.items[0];
    let orders = items.div_ceil(children);
    let data = Data::with(items, orders, orders.div_ceil(10));
    let name = options.only_variant()?;
    let variant = VARIANTS.iter().find(|variant| variant.name == name);
    let variant = variant.ok_or_else(|| format!("there is no variant `{name}`"))?;
    let mut loaded = (variant.run)(conn, &data, Rows::Many, options.clock)?;
    let peak_kib = alone::peak_memory()?;
    Ok(Measured {
        seconds: loaded.seconds,
        peak_kib,
        found: check::checksums(&mut loaded.conn)?,
    })
}

/// Saves items, each at once. The orders have so many others already.
fn save(
    options: &Options,
    (saving, shop, alone): (Saving, [usize; 3], bool),
    mut conn: Inner,
) -> Result<Measured, Failure> {
    let [_, orders, saves] = shop;
    let rows = prepare(options, (saving, shop), &mut conn)?;
    macro_rules! in_immediate_mode {
        ($models:ident) => {{
            let new: Vec<$models::NewItem> = rows.iter().map(new_item!($models)).collect();
            let mut maintained = Conn::new(conn);
            let begin = options.clock.now();
            let save = |conn: &mut Conn| {
                for new in &new {
                    match saving {
                        Saving::Insert => $models::Item::add(conn, new)?,
                        Saving::Change => {
                            let change = items::amount_cents.eq(new.amount_cents);
                            $models::Item::update(conn, new.id, change).map(drop)?;
                        }
                        Saving::Move => {
                            let change = items::order_id.eq(new.order_id);
                            $models::Item::update(conn, new.id, change).map(drop)?;
                        }
                    }
                }
                Ok::<_, maintained::Error>(())
            };
            if alone {
                save(&mut maintained)?;
            } else {
                Scope::immediate().run(&mut maintained, save)?;
            }
            (begin.elapsed(), maintained.into_inner())
        }};
    }
    macro_rules! new_item {
        ($models:ident) => {
            |row: &ItemRow| $models::NewItem {
                id: row.id,
                order_id: row.order_id,
                product_id: row.product_id,
                quantity: row.quantity,
                price_cents: row.price_cents,
                amount_cents: row.amount_cents,
            }
        };
    }
    let name = options.only_variant()?;
    let (seconds, mut conn) = match name {
        "immediate" => in_immediate_mode!(setters),
        "immediate_declared" => in_immediate_mode!(declared),
        "plain" | "naive" | "tuned" | "triggers" => {
            if name == "triggers" {
                for trigger in SQL.triggers_of_totals {
                    conn.batch_execute(trigger)?;
                }
            }
            let each = match name {
                "naive" => Some(EachSave::naive().without_label()),
                "tuned" => Some(EachSave::tuned().without_label()),
                _ => None,
            };
            let begin = options.clock.now();
            let save = |conn: &mut Inner, row: &ItemRow| {
                by_hand(conn, (saving, orders), each.as_ref(), row)
            };
            let save_all = |conn: &mut Inner| rows.iter().try_for_each(|row| save(conn, row));
            match (alone, &each) {
                (false, _) => conn.transaction(save_all)?,
                (true, None) => save_all(&mut conn)?,
                (true, Some(_)) => {
                    for row in &rows {
                        conn.transaction(|conn| save(conn, row))?;
                    }
                }
            }
            (begin.elapsed(), conn)
        }
        other => return Err(format!("there is no variant `{other}`").into()),
    };
    let peak_kib = alone::peak_memory()?;
    let Found { plain, .. } = check::checksums(&mut conn)?;
    let totals: Vec<i64> = crate::schema::customers::table
        .select(crate::schema::customers::spent_cents)
        .load(&mut conn)?;
    Ok(Measured {
        seconds: seconds / saves as f64,
        peak_kib,
        found: Found {
            plain,
            kept: format!("{totals:?}"),
        },
    })
}

/// Loads the orders with what is there before, and gives the items as they are to be.
fn prepare(
    options: &Options,
    (saving, [siblings, orders, saves]): (Saving, [usize; 3]),
    conn: &mut Inner,
) -> Result<Vec<ItemRow>, Failure> {
    let mut data = Data::with(siblings + saves, orders, orders);
    let mut rows = data.items.split_off(siblings);
    if saving != Saving::Insert {
        data.items.extend(rows.iter().map(copy));
    }
    hand::load(conn, &data, Rows::Many, options.clock)?;
    // The label names every item: with it, writing the order anew would cost more the more items it has.
    conn.batch_execute("UPDATE orders SET label = ''")?;
    hand::analyze(conn)?;
    for item in &mut rows {
        match saving {
            Saving::Insert => {}
            Saving::Change => item.amount_cents += 1,
            Saving::Move => item.order_id = next(item.order_id, orders),
        }
    }
    Ok(rows)
}

/// Saves an item by Diesel, and keeps the sums by hand where nobody else does.
fn by_hand(
    conn: &mut Inner,
    (saving, orders): (Saving, usize),
    each: Option<&EachSave>,
    row: &ItemRow,
) -> QueryResult<()> {
    let item = items::table.find(row.id);
    match saving {
        Saving::Insert => diesel::insert_into(items::table)
            .values(row)
            .execute(conn)?,
        Saving::Change => diesel::update(item)
            .set(items::amount_cents.eq(row.amount_cents))
            .execute(conn)?,
        Saving::Move => diesel::update(item)
            .set(items::order_id.eq(row.order_id))
            .execute(conn)?,
    };
    let Some(each) = each else {
        return Ok(());
    };
    let both = [row.order_id, previous(row.order_id, orders)];
    for order in &both[..if saving == Saving::Move { 2 } else { 1 }] {
        each.order(conn, *order)?;
        // Each customer has the order of the same number.
        each.customer(conn, *order)?;
    }
    Ok(())
}

/// The order that an item moves to from another: the next one, or from the last the first.
fn next(order: i32, orders: usize) -> i32 {
    let is_last = usize::try_from(order) == Ok(orders);
    if is_last { 1 } else { order + 1 }
}

/// The order that an item has moved from.
fn previous(order: i32, orders: usize) -> i32 {
    let last = i32::try_from(orders).unwrap_or(i32::MAX);
    if order == 1 { last } else { order - 1 }
}

fn copy(row: &ItemRow) -> ItemRow {
    ItemRow { ..*row }
}
