//! What a plain Diesel query costs on the library's connection: `cargo bench --bench plain`.
//!
//! The same prepared query, whose type Diesel knows, and one whose text it knows, on a plain
//! connection and on the library's. Printed is the least time of several rounds.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "Diesel's `table!` documents nothing")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use maintained::prelude::*;

diesel::table! { shops (id) { id -> Integer, total -> Integer } }
diesel::table! { items (id) { id -> Integer, shop_id -> Integer, price -> Integer } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = shops)]
struct Shop {
    id: i32,
    #[maintained(sum(Item::price))]
    total: i32,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
#[maintained(belongs_to(Shop, foreign_key = shop_id))]
struct Item {
    id: i32,
    shop_id: i32,
    price: i32,
}

#[derive(QueryableByName)]
struct Price {
    #[diesel(sql_type = Integer)]
    price: i32,
}

type Failure = Box<dyn std::error::Error>;

const QUERIES: i32 = 100_000;
const ROUNDS: usize = 7;

fn main() -> Result<(), Failure> {
    let mut plain = SqliteConnection::establish(":memory:")?;
    let mut library = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    plain.batch_execute(CREATE)?;
    library.batch_execute(CREATE)?;
    Shop::touch(&mut library, &[1])?;
    for _ in 0..2 {
        print("plain, by type", least(|| by_type(&mut plain))?);
        print("library, by type", least(|| by_type(&mut library))?);
        print("plain, by text", least(|| by_text(&mut plain))?);
        print("library, by text", least(|| by_text(&mut library))?);
    }
    Ok(())
}

const CREATE: &str = "
    CREATE TABLE shops (id INTEGER PRIMARY KEY NOT NULL, total INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE items (id INTEGER PRIMARY KEY NOT NULL, shop_id INTEGER NOT NULL, price INTEGER NOT NULL);
    INSERT INTO shops (id) VALUES (1);
    INSERT INTO items VALUES (1, 1, 10), (2, 1, 20), (3, 1, 30), (4, 1, 40);";

fn by_type<C: LoadConnection<Backend = Sqlite>>(conn: &mut C) -> QueryResult<i32> {
    let price = |id| items::table.find(id).select(items::price);
    (0..QUERIES).try_fold(0_i32, |sum, at| {
        Ok(sum.wrapping_add(price(at % 4 + 1).first::<i32>(conn)?))
    })
}

fn by_text<C: LoadConnection<Backend = Sqlite>>(conn: &mut C) -> QueryResult<i32> {
    (0..QUERIES / 10).try_fold(0_i32, |sum, at| {
        let query = diesel::sql_query("SELECT price FROM items WHERE id = ?");
        let price: Price = query.bind::<Integer, _>(at % 4 + 1).get_result(conn)?;
        Ok(sum.wrapping_add(price.price))
    })
}

fn least(mut round: impl FnMut() -> QueryResult<i32>) -> QueryResult<Duration> {
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        black_box(round()?);
        least = least.min(began.elapsed());
    }
    Ok(least)
}

fn print(what: &str, time: Duration) {
    println!("{what:<18} {:8.2} ms", time.as_secs_f64() * 1e3);
}
