//! Sales of all countries come in one stream. Each goes to its country's database, and all are
//! added up under one scope: `cargo run --example countries`.
//!
//! The databases are SQLite files in a folder that is deleted at the end, or in one that is named:
//! `cargo run --example countries -- books`.
#![expect(clippy::print_stdout, reason = "an example prints what happened")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{ConnectionError, ConnectionResult};
use maintained::Databases;
use maintained::prelude::*;

#[path = "countries/models.rs"]
mod models;
use models::schema::{books, sales};
use models::{Book, CREATE, NewSale, Sale};

/// The databases by their country.
type Countries = Databases<&'static str, SqliteConnection>;
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const COUNTRIES: [&str; 5] = ["at", "de", "fr", "pe", "vn"];
const SALES: i32 = 5_000;

/// A sale as it comes in.
struct Sold {
    country: &'static str,
    product: i32,
    quantity: i32,
    price_cents: i64,
}

fn main() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let named = std::env::args_os().nth(1);
    let folder = named.as_deref().map_or(temporary.path(), Path::new);
    std::fs::create_dir_all(folder)?;
    let folder = folder.to_owned();
    let mut countries = Countries::new(move |country| open(&folder, country));

    let before = totals(&mut countries)?;
    add_up(&mut countries, stream())?;
    let after = totals(&mut countries)?;
    let mut expected = before;
    for sold in stream() {
        let total = expected.entry(sold.country).or_default();
        total.sales += 1;
        total.cents += i64::from(sold.quantity) * sold.price_cents;
    }
    for (country, total) in &after {
        println!("{country}: {} sales, {} cents", total.sales, total.cents);
    }
    check(after == expected, "each country's books show its sales")?;

    // A sale that its database refuses. By then sales of all countries have been written.
    let refused = Sold {
        country: "fr",
        product: 1,
        quantity: 0,
        price_cents: 100,
    };
    let failed = add_up(&mut countries, stream().chain([refused]));
    let Err(error) = failed else {
        return Err("a sale of nothing is refused".into());
    };
    println!("a stream with a bad sale at its end: {error}");
    check(totals(&mut countries)? == expected, "it is written nowhere")
}

/// Writes sales to the databases of their countries. Either all are there in the end, or none is.
fn add_up(
    countries: &mut Countries,
    stream: impl Iterator<Item = Sold>,
) -> Result<(), maintained::Error> {
    countries.buffer_autoupdates(|countries| {
        for sold in stream {
            let conn = countries.get(&sold.country)?;
            Sale::add(
                conn,
                &NewSale {
                    product_id: sold.product,
                    quantity: sold.quantity,
                    price_cents: sold.price_cents,
                },
            )?;
        }
        Ok(())
    }) // here each product and each country's books are computed once; then all is committed
}

/// Opens the database of a country, and makes its tables where they are not there yet.
fn open(folder: &Path, country: &str) -> ConnectionResult<MaintainedConnection<SqliteConnection>> {
    let path = folder.join(format!("{country}.sqlite"));
    let mut inner = SqliteConnection::establish(&path.to_string_lossy())?;
    inner
        .batch_execute("PRAGMA foreign_keys = ON")
        .and_then(|()| inner.batch_execute(CREATE))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(MaintainedConnection::new(inner))
}

/// Sales of all countries, mixed: the same ones each time.
fn stream() -> impl Iterator<Item = Sold> {
    (0..SALES).map(|number| {
        let mixed = number.wrapping_mul(7_919) % 10_007;
        let country = usize::try_from(mixed % 5).unwrap_or_default();
        Sold {
            country: COUNTRIES[country],
            product: 1 + mixed % 3,
            quantity: 1 + mixed % 4,
            price_cents: i64::from(100 + mixed % 900),
        }
    })
}

/// What a country's database says.
#[derive(Debug, Default, PartialEq)]
struct Total {
    sales: i64,
    cents: i64,
}

fn totals(countries: &mut Countries) -> Outcome<BTreeMap<&'static str, Total>> {
    let mut totals = BTreeMap::new();
    for country in COUNTRIES {
        // Reads are Diesel's.
        let conn = countries.get(&country)?;
        let book: Book = books::table.select(Book::as_select()).first(conn)?;
        let total = Total {
            sales: sales::table.count().get_result(conn)?,
            cents: book.revenue_cents,
        };
        totals.insert(country, total);
    }
    Ok(totals)
}

fn check(is_so: bool, what: &str) -> Outcome {
    println!("{what}: {is_so}");
    is_so.then_some(()).ok_or_else(|| what.into())
}
