//! The same as `quickstart`, in an async program: `cargo run --example quickstart_async`.
//!
//! SQLite has no async driver. `SyncConnectionWrapper` of `diesel-async` holds a blocking connection,
//! and sends whatever is to be done with it to a thread that may block: a whole scope in one hop. On
//! PostgreSQL and MySQL the connection is an `AsyncMaintainedConnection`, and each write is awaited:
//! `Item::insert(&mut conn, ..).await?`.
#![expect(clippy::print_stdout, reason = "an example prints what happened")]

use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::prelude::*;

#[path = "quickstart/models.rs"]
mod models;
use models::schema::{customers, orders, products};
use models::{CREATE_TABLES, Customer, Item, Order, Product, item};

/// The connection as its own thread sees it, and as the program does.
type Blocking = MaintainedConnection<SqliteConnection>;
type Conn = SyncConnectionWrapper<Blocking>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = Conn::establish(":memory:").await?;
    conn.batch_execute(CREATE_TABLES).await?;

    // Any write brings what depends on it up to date, at once.
    let (ada, tea, pot, mut line) = conn.spawn_blocking(order_two_teas).await?;
    show(&mut conn, "Ada orders two teas").await?;

    // The new price wakes the order's total, and the order's total wakes the customer's.
    line.price_cents = 500;
    conn.spawn_blocking(move |conn| Ok(line.save(conn)?))
        .await?;
    show(&mut conn, "tea becomes dearer").await?;

    // A load brings everything up to date once, at its end.
    let load = conn.spawn_blocking(move |conn| {
        load(conn, &ada, [&tea, &pot])?;
        Ok(conn.last_flush().cloned())
    });
    if let Some(report) = load.await? {
        let (orders, customers) = (
            report.model("Order").changed,
            report.model("Customer").changed,
        );
        println!(
            "flush: {orders} orders and {customers} customer in {} statements",
            report.statements
        );
    }
    show(&mut conn, "Ada orders a thousand times more").await?;
    Ok(())
}

fn order_two_teas(conn: &mut Blocking) -> QueryResult<(Customer, Product, Product, Item)> {
    let ada = Customer::insert(conn, customers::name.eq("Ada"))?;
    let tea = Product::insert(conn, products::name.eq("tea"))?;
    let pot = Product::insert(conn, products::name.eq("pot"))?;
    let order = Order::insert(conn, orders::customer_id.eq(ada.id))?;
    let line = Item::insert(conn, item(&order, &tea, 2, 450))?;
    Ok((ada, tea, pot, line))
}

fn load(conn: &mut Blocking, customer: &Customer, products: [&Product; 2]) -> QueryResult<()> {
    conn.buffer_autoupdates(|conn| {
        for quantity in 1..=1000 {
            let order = Order::insert(conn, orders::customer_id.eq(customer.id))?;
            Item::insert_many(
                conn,
                products.map(|product| item(&order, product, quantity, 300)),
            )?;
        }
        Ok(())
    }) // here every order and customer that was touched is computed once
}

async fn show(conn: &mut Conn, what: &str) -> QueryResult<()> {
    // Reads are Diesel's.
    let customers = customers::table.select(Customer::as_select());
    let customer = customers.first(conn).await?;
    let orders = orders::table.order(orders::id.desc());
    let order = orders.select(Order::as_select()).first(conn).await?;
    println!(
        "{what}: {} has spent {} cents",
        customer.name, customer.spent_cents
    );
    println!(
        "  last order: {} ({} cents)",
        order.label, order.total_cents
    );
    Ok(())
}
