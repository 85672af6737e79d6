//! Prints what was loaded, what the flush did, and how the maintained fields stand.

use std::io::{self, Write};
use std::time::Duration;

use diesel::prelude::*;
use maintained::FlushReport;

use super::database::Conn;
use super::error::{LoadError, Refusal};
use super::load::Loaded;
use super::models::{Customer, Order, Product};
use super::schema::{customers, orders, products};

/// How many refusals are printed one by one.
const REFUSALS: usize = 20;

/// How many rows of a table are shown.
const SAMPLE: i64 = 3;

/// What was loaded, and how long that took, the flush apart.
pub(crate) fn loaded(
    out: &mut impl Write,
    loaded: &Loaded,
    load: Duration,
    flush: Duration,
) -> io::Result<()> {
    writeln!(
        out,
        "loaded {} rows in {:.3} s: {} categories, {} products, {} customers, {} orders, {} items",
        loaded.rows(),
        (load + flush).as_secs_f64(),
        loaded.categories,
        loaded.products,
        loaded.customers,
        loaded.orders,
        loaded.items,
    )?;
    writeln!(
        out,
        "time: load {:.3} s, flush {:.3} s",
        load.as_secs_f64(),
        flush.as_secs_f64()
    )
}

/// The rows that were refused, each with its place.
pub(crate) fn refusals(out: &mut impl Write, refusals: &[Refusal]) -> io::Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "refused, each with what depends on it: {}",
        refusals.len()
    )?;
    for refusal in refusals.iter().take(REFUSALS) {
        writeln!(out, "  {refusal}")?;
    }
    match refusals.len().saturating_sub(REFUSALS) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

/// What the flush did.
pub(crate) fn flush(out: &mut impl Write, report: &FlushReport) -> io::Result<()> {
    writeln!(
        out,
        "\nflush: {} statements in {:.3} s",
        report.statements,
        report.time.as_secs_f64()
    )?;
    writeln!(
        out,
        "{:<10} {:>9} {:>9} {:>9}",
        "model", "read", "computed", "changed"
    )?;
    for (model, work) in &report.models {
        writeln!(
            out,
            "{model:<10} {:>9} {:>9} {:>9}",
            work.read, work.computed, work.changed
        )?;
    }
    Ok(())
}

/// Some rows with their maintained fields.
pub(crate) fn sample(out: &mut impl Write, conn: &mut Conn) -> Result<(), LoadError> {
    let best: Vec<Customer> = customers::table
        .order((customers::spent_cents.desc(), customers::id))
        .limit(SAMPLE)
        .select(Customer::as_select())
        .load(conn)?;
    let largest: Vec<Order> = orders::table
        .order((orders::total_cents.desc(), orders::id))
        .limit(SAMPLE)
        .select(Order::as_select())
        .load(conn)?;
    let listed: Vec<Product> = products::table
        .order(products::id)
        .limit(SAMPLE)
        .select(Product::as_select())
        .load(conn)?;

    writeln!(out, "\nsome rows with their maintained fields")?;
    for customer in best {
        let Customer {
            full_name,
            order_count,
            spent_cents,
            ..
        } = customer;
        writeln!(
            out,
            "  customer {full_name}: {order_count} orders, {} spent",
            money(spent_cents)
        )?;
    }
    for order in largest {
        writeln!(out, "  order {}: {}", order.label, money(order.total_cents))?;
    }
    for product in listed {
        writeln!(out, "  product {}", product.listing)?;
    }
    Ok(())
}

/// How many fields are stale.
pub(crate) fn stale(out: &mut impl Write, stale: &[(&str, i64)]) -> io::Result<()> {
    writeln!(
        out,
        "\nstale fields: {}",
        stale.iter().map(|(_, rows)| rows).sum::<i64>()
    )?;
    for (field, rows) in stale.iter().filter(|(_, rows)| *rows > 0) {
        writeln!(out, "  {field}: {rows}")?;
    }
    Ok(())
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
