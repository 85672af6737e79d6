//! Async connections beside blocking ones: `cargo xtask bench --async`.
//!
//! Both do the same on one server: a load row by row and in lists, in a buffered scope, and single inserts in immediate
//! mode. They take turns, and the medians count. Once they talk to the server directly, and once by a proxy that adds a
//! millisecond to each round trip, and counts them. `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL` say where the servers
//! are.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures"
)]
#![allow(
    dead_code,
    reason = "the models are those of an example, which does more with them"
)]

#[path = "awaited/proxy.rs"]
mod proxy;

#[path = "../examples/quickstart/models.rs"]
mod models;

use std::time::{Duration, Instant};

use clap::Parser;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{AsyncMaintainedConnection, Error};

use self::models::schema::{customers, orders, products};
use self::models::{CREATE_TABLES, Customer, Item, NewItem, Order, Product};
use self::proxy::Proxy;

/// What can go wrong.
type Failure = Box<dyn std::error::Error>;

/// How much longer a round trip takes by the proxy.
const DELAY: Duration = Duration::from_millis(1);

/// How many items an order has.
const LINES: usize = 10;

/// Measures async connections against blocking ones.
#[derive(Parser)]
struct Options {
    /// How many items a load has.
    #[arg(long, default_value_t = 10_000)]
    items: usize,

    /// How many items are inserted in immediate mode.
    #[arg(long, default_value_t = 1_000)]
    immediate: usize,

    /// How many items there are of each where a round trip takes a millisecond longer.
    #[arg(long, default_value_t = 200)]
    delayed: usize,

    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is done with some items.
#[derive(Debug, Clone, Copy)]
enum Workload {
    /// A buffered scope, in which they are inserted one by one.
    Buffered,
    /// A buffered scope, in which they are inserted in one call.
    BufferedLists,
    /// Each is inserted by itself, in immediate mode.
    Immediate,
}

/// What one run came to.
#[derive(Debug, Clone, Copy)]
struct Figures {
    seconds: f64,
    trips: usize,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    println!(
        "{:<12} {:<10} {:<16} {:>14} {:>14} {:>7} {:>12} {:>12}",
        "database",
        "way",
        "workload",
        "blocking us/i",
        "async us/i",
        "ratio",
        "trips/i",
        "async trips/i"
    );
    #[cfg(feature = "postgres")]
    postgres::measure(&options)?;
    #[cfg(feature = "mysql")]
    mysql::measure(&options)?;
    Ok(())
}

/// A way to the server, and what measures a workload on it: by blocking connections, and by async ones.
struct Ways<'w> {
    title: &'static str,
    blocking: &'w dyn Fn(&str, Workload, usize) -> Result<f64, Failure>,
    awaited: &'w dyn Fn(&str, Workload, usize) -> Result<f64, Failure>,
}

fn compare(options: &Options, address: &str, ways: &Ways<'_>) -> Result<(), Failure> {
    for delayed in [false, true] {
        let delay = if delayed { DELAY } else { Duration::ZERO };
        let proxy = Proxy::to(address, delay)?;
        let way = &*proxy.address;
        // Without a delay only the run that counts round trips passes the proxy.
        let direct = if delayed { way } else { address };
        for workload in [
            Workload::Buffered,
            Workload::BufferedLists,
            Workload::Immediate,
        ] {
            let items = match workload {
                _ if delayed => options.delayed,
                Workload::Immediate => options.immediate,
                Workload::Buffered | Workload::BufferedLists => options.items,
            };
            let counted = options.delayed.min(items);
            let mut times = [Vec::new(), Vec::new()];
            let mut trips = [0, 0];
            let both = [ways.blocking, ways.awaited];
            for (run, trips) in both.iter().zip(&mut trips) {
                let before = proxy.trips();
                run(way, workload, counted)?;
                *trips = proxy.trips() - before;
            }
            for _ in 0..options.rounds {
                for (run, times) in both.iter().zip(&mut times) {
                    times.push(run(direct, workload, items)?);
                }
            }
            let [blocking, awaited] = times.map(|times| median(times) * 1e6 / items as f64);
            let [one, other] = trips.map(|trips| trips as f64 / counted as f64);
            println!(
                "{:<12} {:<10} {:<16} {blocking:>14.1} {awaited:>14.1} {:>7.2} {one:>12.2} {other:>12.2}",
                ways.title,
                if delayed { "1 ms" } else { "loopback" },
                format!("{workload:?}"),
                awaited / blocking,
            );
        }
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// An address with an option more, if there is one to be set.
fn with_option(address: &str, option: &str) -> String {
    match option {
        "" => address.to_owned(),
        _ if address.contains('?') => format!("{address}&{option}"),
        _ => format!("{address}?{option}"),
    }
}

fn orders_of(items: usize) -> usize {
    items.div_ceil(LINES)
}

fn new_item(at: usize, orders: &[i32], product: i32) -> NewItem {
    NewItem {
        order_id: orders[at / LINES],
        product_id: product,
        quantity: 2,
        price_cents: 450,
    }
}

/// The workloads on one database: the same text for both kinds of connection, but for what is awaited.
macro_rules! on_database {
    ($module:ident, $title:literal, $variable:literal, $key:literal, $blocking:ty, $awaited:ty, [$one:literal, $other:literal], [$($drop:literal),*]) => {
        mod $module {
            use super::*;

            type Blocking = MaintainedConnection<$blocking>;
            type Awaited = AsyncMaintainedConnection<$awaited>;

            pub(super) fn measure(options: &Options) -> Result<(), Failure> {
                let address = std::env::var($variable)
                    .map_err(|_| concat!($variable, " says where the server is, and is not set"))?;
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                let ways = Ways {
                    title: $title,
                    blocking: &|address, workload, items| blocking(address, workload, items),
                    awaited: &|address, workload, items| {
                        runtime.block_on(awaited(address, workload, items))
                    },
                };
                compare(options, &address, &ways)
            }

            fn blocking(address: &str, workload: Workload, items: usize) -> Result<f64, Failure> {
                use diesel::connection::SimpleConnection;

                let mut conn = Blocking::establish(&with_option(address, $one))?;
                conn.batch_execute(&schema())?;
                let customer = Customer::insert(&mut conn, customers::name.eq("Ada"))?;
                let product = Product::insert(&mut conn, products::name.eq("tea"))?;
                let new = orders_of(items);
                let new = vec![orders::customer_id.eq(customer.id); new];
                let orders: Vec<i32> =
                    Order::insert_many(&mut conn, new)?.iter().map(|it| it.id).collect();
                let rows: Vec<_> = (0..items).map(|at| new_item(at, &orders, product.id)).collect();
                let begin = Instant::now();
                match workload {
                    Workload::Buffered => conn.buffer_autoupdates(|conn| {
                        for row in rows {
                            Item::insert(conn, row)?;
                        }
                        Ok::<_, Error>(())
                    })?,
                    Workload::BufferedLists => conn.buffer_autoupdates(|conn| {
                        Item::insert_many(conn, rows)?;
                        Ok::<_, Error>(())
                    })?,
                    Workload::Immediate => {
                        for row in rows {
                            Item::insert(&mut conn, row)?;
                        }
                    }
                }
                let seconds = begin.elapsed().as_secs_f64();
                let spent: i64 = customers::table.select(customers::spent_cents).first(&mut conn)?;
                check(spent, items)?;
                Ok(seconds)
            }

            async fn awaited(address: &str, workload: Workload, items: usize) -> Result<f64, Failure> {
                use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};

                let mut conn = Awaited::establish(&with_option(address, $other)).await?;
                conn.batch_execute(&schema()).await?;
                let customer = Customer::insert(&mut conn, customers::name.eq("Ada")).await?;
                let product = Product::insert(&mut conn, products::name.eq("tea")).await?;
                let new = vec![orders::customer_id.eq(customer.id); orders_of(items)];
                let orders = Order::insert_many(&mut conn, new).await?;
                let orders: Vec<i32> = orders.iter().map(|it| it.id).collect();
                let rows: Vec<_> = (0..items).map(|at| new_item(at, &orders, product.id)).collect();
                let begin = Instant::now();
                match workload {
                    Workload::Buffered => {
                        let load = async |conn: &mut Awaited| {
                            for row in rows {
                                Item::insert(conn, row).await?;
                            }
                            Ok::<_, Error>(())
                        };
                        conn.buffer_autoupdates(load).await?;
                    }
                    Workload::BufferedLists => {
                        let load = async |conn: &mut Awaited| {
                            Item::insert_many(conn, rows).await?;
                            Ok::<_, Error>(())
                        };
                        conn.buffer_autoupdates(load).await?;
                    }
                    Workload::Immediate => {
                        for row in rows {
                            Item::insert(&mut conn, row).await?;
                        }
                    }
                }
                let seconds = begin.elapsed().as_secs_f64();
                let spent = customers::table.select(customers::spent_cents);
                let spent: i64 = RunQueryDsl::first(spent, &mut conn).await?;
                check(spent, items)?;
                Ok(seconds)
            }

            /// The tables, empty.
            fn schema() -> String {
                let drop = [$($drop),*].join("; ");
                let create = CREATE_TABLES.replace("INTEGER PRIMARY KEY NOT NULL", $key);
                format!("{drop}; {create}")
            }
        }
    };
}

/// Fails unless the field is right.
fn check(spent: i64, items: usize) -> Result<(), Failure> {
    let expected = i64::try_from(items)? * 900;
    if spent == expected {
        Ok(())
    } else {
        Err(format!("{spent} cents were spent, and not {expected}").into())
    }
}

#[cfg(feature = "postgres")]
on_database!(
    postgres,
    "PostgreSQL",
    "POSTGRES_DATABASE_URL",
    "INTEGER PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY",
    PgConnection,
    diesel_async::AsyncPgConnection,
    // The async driver does not encrypt, either.
    ["sslmode=disable", ""],
    [
        "SET client_min_messages = warning",
        "DROP SCHEMA IF EXISTS awaited_bench CASCADE",
        "CREATE SCHEMA awaited_bench",
        "SET search_path = awaited_bench"
    ]
);

#[cfg(feature = "mysql")]
on_database!(
    mysql,
    "MariaDB",
    "MYSQL_DATABASE_URL",
    "INTEGER PRIMARY KEY AUTO_INCREMENT",
    MysqlConnection,
    diesel_async::AsyncMysqlConnection,
    // The async driver takes a socket of this machine otherwise, and passes the proxy by.
    ["", "prefer_socket=false"],
    [
        "DROP DATABASE IF EXISTS awaited_bench",
        "CREATE DATABASE awaited_bench",
        "USE awaited_bench"
    ]
);
