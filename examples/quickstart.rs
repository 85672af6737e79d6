//! A customer's total and an order's label, kept right by the library: `cargo run --example quickstart`.
#![expect(clippy::print_stdout, reason = "an example prints what happened")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

#[path = "quickstart/models.rs"]
mod models;
use models::schema::{customers, orders, products};
use models::{CREATE_TABLES, Customer, Item, Order, Product, item};

type Conn = MaintainedConnection<SqliteConnection>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = Conn::establish(":memory:")?;
    conn.batch_execute(CREATE_TABLES)?;

    // Any write brings what depends on it up to date, at once.
    let ada = Customer::insert(&mut conn, customers::name.eq("Ada"))?;
    let tea = Product::insert(&mut conn, products::name.eq("tea"))?;
    let pot = Product::insert(&mut conn, products::name.eq("pot"))?;
    let order = Order::insert(&mut conn, orders::customer_id.eq(ada.id))?;
    let mut line = Item::insert(&mut conn, item(&order, &tea, 2, 450))?;
    show(&mut conn, "Ada orders two teas")?;

    // The new price wakes the order's total, and the order's total wakes the customer's.
    line.price_cents = 500;
    line.save(&mut conn)?;
    show(&mut conn, "tea becomes dearer")?;

    // A load brings everything up to date once, at its end.
    load(&mut conn, &ada, [&tea, &pot])?;
    if let Some(report) = conn.last_flush() {
        let (orders, customers) = (
            report.model("Order").changed,
            report.model("Customer").changed,
        );
        println!(
            "flush: {orders} orders and {customers} customer in {} statements",
            report.statements
        );
    }
    show(&mut conn, "Ada orders a thousand times more")?;
    Ok(())
}

fn load(
    conn: &mut Conn,
    customer: &Customer,
    products: [&Product; 2],
) -> Result<(), maintained::Error> {
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

fn show(conn: &mut Conn, what: &str) -> QueryResult<()> {
    // Reads are Diesel's.
    let customer = customers::table.select(Customer::as_select()).first(conn)?;
    let order = orders::table
        .order(orders::id.desc())
        .select(Order::as_select())
        .first(conn)?;
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
