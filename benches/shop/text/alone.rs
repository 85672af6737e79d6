//! One variant in a process of its own, for its memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::hand::{self, EachSave};
use super::load::VARIANTS;
use super::{Conn, Inner, NAME, Place, Rows, SQL, check};
use crate::Failure;
use crate::alone::{self, Alone, Measured};
use crate::data::{Data, ItemRow};
use crate::options::Options;
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
            siblings,
            saves,
            alone,
        } => save(options, (siblings, saves, alone), place.open()?)?,
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

/// Saves items, each at once, under an order that has so many already.
fn save(
    options: &Options,
    (siblings, saves, alone): (usize, usize, bool),
    mut conn: Inner,
) -> Result<Measured, Failure> {
    let data = Data::with(siblings + saves, 1, 1);
    let (before, new) = data.items.split_at(siblings);
    let before = Data {
        items: before.iter().map(copy).collect(),
        ..Data::with(1, 1, 1)
    };
    hand::load(&mut conn, &before, Rows::Many, options.clock)?;
    // The label names every item: with it, writing the order anew would cost more the more items it has.
    conn.batch_execute("UPDATE orders SET label = ''")?;
    hand::analyze(&mut conn)?;
    macro_rules! in_immediate_mode {
        ($models:ident) => {{
            let new: Vec<$models::NewItem> = new.iter().map(new_item!($models)).collect();
            let mut maintained = Conn::new(conn);
            let begin = options.clock.now();
            let add = |conn: &mut Conn| {
                for new in &new {
                    $models::Item::add(conn, new)?;
                }
                Ok::<_, maintained::Error>(())
            };
            if alone {
                add(&mut maintained)?;
            } else {
                Scope::immediate().run(&mut maintained, add)?;
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
            let add = |conn: &mut Inner, row: &ItemRow| {
                let insert = diesel::insert_into(crate::schema::items::table);
                insert.values(row).execute(conn)?;
                if let Some(each) = &each {
                    each.order(conn, row.order_id)?;
                    each.customer(conn, 1)?;
                }
                QueryResult::Ok(())
            };
            let add_all = |conn: &mut Inner| new.iter().try_for_each(|row| add(conn, row));
            match (alone, &each) {
                (false, _) => conn.transaction(add_all)?,
                (true, None) => add_all(&mut conn)?,
                (true, Some(_)) => {
                    for row in new {
                        conn.transaction(|conn| add(conn, row))?;
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

fn copy(row: &ItemRow) -> ItemRow {
    ItemRow { ..*row }
}
