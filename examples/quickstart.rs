//! A customer's total and an order's label, kept right by the library: `cargo run --example quickstart`.
#![expect(clippy::print_stdout, reason = "an example prints what happened")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

mod schema {
    diesel::table! { customers (id) { id -> Integer, name -> Text, spent_cents -> BigInt } }
    diesel::table! { products (id) { id -> Integer, name -> Text } }
    diesel::table! {
        orders (id) { id -> Integer, customer_id -> Integer, note -> Text, total_cents -> BigInt, label -> Text }
    }
    diesel::table! {
        items (id) {
            id -> Integer, order_id -> Integer, product_id -> Integer, quantity -> Integer, price_cents -> BigInt
        }
    }
}
use schema::{customers, items, orders, products};

// One model a table. The library computes the columns that are marked `#[maintained]`.

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
    #[maintained]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = products)]
struct Product {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
struct Order {
    id: i32,
    customer_id: i32,
    note: String,
    #[maintained]
    total_cents: i64,
    #[maintained]
    label: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = items, belongs_to(Order), belongs_to(Product))]
struct Item {
    id: i32,
    order_id: i32,
    product_id: i32,
    quantity: i32,
    price_cents: i64,
}

/// What a customer's total needs of an order: a change to any other column of an order wakes nobody.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order)]
struct OrderTotal {
    total_cents: i64,
}

/// What an order's label needs of a product.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = products)]
#[maintained(view_of = Product)]
struct ProductName {
    name: String,
}

// A setter is a plain function. Its parameters say what it depends on: it cannot read anything else.

#[maintained::setters]
impl Customer {
    #[setter]
    fn spent_cents(orders: &[OrderTotal]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items
            .iter()
            .map(|item| i64::from(item.quantity) * item.price_cents)
            .sum()
    }

    #[setter(label = "names")]
    fn label(&self, customer: &Customer, lines: &[(&Item, &ProductName)]) -> String {
        let names: Vec<_> = lines
            .iter()
            .map(|(_, product)| product.name.as_str())
            .collect();
        format!("{} #{}: {}", customer.name, self.id, names.join(", "))
    }
}

#[derive(Insertable)]
#[diesel(table_name = items)]
struct NewItem {
    order_id: i32,
    product_id: i32,
    quantity: i32,
    price_cents: i64,
}

const CREATE_TABLES: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE products (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER NOT NULL REFERENCES customers (id),
        note TEXT NOT NULL DEFAULT '', total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
    CREATE TABLE items (id INTEGER PRIMARY KEY NOT NULL, order_id INTEGER NOT NULL REFERENCES orders (id),
        product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL, price_cents BIGINT NOT NULL);
";

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

fn item(order: &Order, product: &Product, quantity: i32, price_cents: i64) -> NewItem {
    NewItem {
        order_id: order.id,
        product_id: product.id,
        quantity,
        price_cents,
    }
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
