//! The library, with setters and with declared fields.

macro_rules! library {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        pub(super) mod $name {
            use std::sync::{Arc, Mutex};

            use diesel::prelude::*;
            use maintained::prelude::*;

            use super::super::changes::{Change, Changes};
            use super::super::load::Loaded;
            use super::super::{BATCH, Conn, Inner, Rows};
            use crate::Failure;
            use crate::clock::Clock;
            use crate::data::Data;
            use crate::$name::{Customer, Item, News, Order, Product};
            use crate::schema::{customers, items};

            /// Loads a shop in a scope.
            pub(in super::super) fn load(
                conn: Inner,
                data: &Data,
                rows: Rows,
                clock: Clock,
                scope: Scope<Inner>,
            ) -> Result<Loaded, Failure> {
                let mut conn = Conn::new(conn);
                let news = News::of(data);
                // The flush of a buffered scope runs between the body's end and the hook.
                let body_ended = Arc::new(Mutex::new(clock.now()));
                let flush = Arc::new(Mutex::new(None));
                let (ended, flushed) = (Arc::clone(&body_ended), Arc::clone(&flush));
                let scope = scope.after_flush(move |_, _| {
                    *flushed.lock().expect("one thread") = Some(ended.lock().expect("one thread").elapsed());
                    Ok(())
                });
                let begin = clock.now();
                scope.run(&mut conn, |conn| {
                    add(conn, &news, rows)?;
                    *body_ended.lock().expect("one thread") = clock.now();
                    Ok::<_, maintained::Error>(())
                })?;
                let seconds = begin.elapsed();
                let flush: Option<f64> = *flush.lock().expect("one thread");
                Ok(Loaded {
                    flush: flush.map(|seconds| ("flush", seconds)),
                    conn: conn.into_inner(),
                    seconds,
                })
            }

            fn add(conn: &mut Conn, news: &News<'_>, rows: Rows) -> Result<(), maintained::Error> {
                macro_rules! add {
                    ($model:ident, $news:ident) => {
                        match rows {
                            Rows::One => {
                                for new in &news.$news {
                                    $model::add(conn, new)?;
                                }
                            }
                            // As many at a time as the others save.
                            Rows::Many if conn.mode() == Mode::Immediate => {
                                for news in news.$news.chunks(BATCH) {
                                    $model::add_many(conn, news)?;
                                }
                            }
                            Rows::Many => $model::add_many(conn, &news.$news)?,
                        }
                    };
                }
                add!(Customer, customers);
                add!(Product, products);
                add!(Order, orders);
                add!(Item, items);
                Ok(())
            }

            /// Makes one change in a scope.
            pub(in super::super) fn make(
                conn: &mut Conn,
                change: Change,
                changes: &Changes,
                scope: Scope<Inner>,
            ) -> Result<(), Failure> {
                scope.run(conn, |conn| {
                    match change {
                        Change::RenameCustomers => {
                            for (key, name) in &changes.renamed {
                                Customer::update(conn, *key, customers::name.eq(name))?;
                            }
                        }
                        Change::ChangeItems => {
                            for item in &changes.changed {
                                let values = (
                                    items::quantity.eq(item.quantity),
                                    items::amount_cents.eq(item.amount_cents),
                                );
                                Item::update(conn, item.key, values)?;
                            }
                        }
                        Change::MoveItems => {
                            for item in &changes.moved {
                                Item::update(conn, item.key, items::order_id.eq(item.to))?;
                            }
                        }
                        Change::DeleteOrders if conn.mode() == Mode::Immediate => {
                            for order in &changes.deleted {
                                Order::delete_many(conn, &[order.key])?;
                            }
                        }
                        Change::DeleteOrders => {
                            let keys: Vec<i32> =
                                changes.deleted.iter().map(|order| order.key).collect();
                            Order::delete_many(conn, &keys)?;
                        }
                    }
                    Ok::<_, maintained::Error>(())
                })?;
                Ok(())
            }
        }
    };
}

library! {
    /// All fields by functions.
    setters
}

library! {
    /// The sums declared.
    declared
}
