//! The shop by async connections: scopes, and the writes in them. `blocking.rs` is the same text,
//! not awaited.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::prelude::*;
use maintained::{AsyncMaintainedConnection, Error, operations};

use super::super::answer::{Done, Edited, Failure, Listed, Uploaded, is_about_the_row};
use super::super::models::schema::{customers, items, orders};
use super::super::models::{Customer, Item, NewItem, Order};
use super::super::request::{Edit, How, Line, NewOrder, Part, Row, User};
use super::super::stamp::{Stamp, done, found, listed, stamp, uploaded};
use super::super::upload::Rows;

pub(crate) type Conn = AsyncMaintainedConnection<AsyncPgConnection>;

/// Makes the tables of a new shop, with their first rows; of an old one it looks whether its fields
/// are current.
pub(crate) async fn prepare(conn: &mut Conn, create: &str, names: &[&str]) -> Result<(), Failure> {
    conn.batch_execute(create).await?;
    operations::set_up(conn).await?;
    let rows: i64 = customers::table.count().get_result(conn).await?;
    if rows == 0 {
        operations::adopt(conn).await?; // the tables are empty, so the fields are right
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            let new = names.iter().map(|name| customers::name.eq(*name));
            for customer in Customer::insert_many(conn, new).await? {
                let new = orders::customer_id.eq(customer.id);
                Order::insert_many(conn, [new; 2]).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(operations::ensure_current(conn).await?)
}

/// Does an edit, in a scope that knows who asks for it.
pub(crate) async fn edit(
    conn: &mut Conn,
    user: User,
    edit: &Edit,
) -> Result<Done<Edited>, Failure> {
    let scope = Scope::immediate().with(user).retries(3);
    let edited = scope
        .run_async(conn, async |conn: &mut Conn| {
            let edited = apply(conn, edit).await?;
            done(conn, edited)
        })
        .await?;
    Ok(edited)
}

async fn apply(conn: &mut Conn, edit: &Edit) -> Result<Edited, Error> {
    let Stamp { by, mode } = stamp(conn)?;
    let order = match edit {
        Edit::NewOrder(new) => insert(conn, new).await?,
        Edit::ChangeItem(id, change) => {
            let stamped = (items::updated_by.eq(by), items::updated_mode.eq(mode));
            Item::update(conn, *id, (change, stamped)).await?.order_id
        }
        Edit::DeleteItem(id) => {
            let item = found("Item", *id, Item::find(conn, *id).await?)?;
            item.delete(conn).await?;
            Order::update(conn, item.order_id, orders::updated_by.eq(by))
                .await?
                .id
        }
        Edit::RenameCustomer(id, new) => {
            let renamed = (customers::name.eq(&new.name), customers::updated_by.eq(by));
            return Ok(Edited::Customer(
                Customer::update(conn, *id, renamed).await?,
            ));
        }
    };
    let changed = Order::find(conn, order).await?;
    Ok(Edited::Order(found("Order", order, changed)?))
}

async fn insert(conn: &mut Conn, new: &NewOrder) -> Result<i32, Error> {
    let Stamp { by, mode } = stamp(conn)?;
    let columns = (
        orders::customer_id.eq(new.customer),
        orders::note.eq(&new.note),
        orders::updated_by.eq(&by),
    );
    let order = Order::insert(conn, columns).await?;
    let rows = new.items.iter().map(|item| NewItem {
        order_id: order.id,
        product: &item.product,
        quantity: item.quantity,
        price_cents: item.price_cents,
        updated_by: &by,
        updated_mode: mode,
    });
    Item::insert_many(conn, rows).await?;
    Ok(order.id)
}

/// Writes a part of an upload in one scope: it is there as a whole, or not at all.
pub(crate) async fn upload(
    conn: &mut Conn,
    user: User,
    part: Part,
    rows: &mut Rows,
) -> Result<Done<Uploaded>, Failure> {
    let scope = match part.how {
        How::Import => Scope::buffered(),
        How::Validate => Scope::disabled(),
    };
    let result = scope
        .with(user)
        .run_async(conn, async |conn: &mut Conn| {
            let rows = load(conn, part.rows, rows).await?;
            let done = done(conn, rows)?;
            match part.how {
                How::Import => Ok(done),
                How::Validate => {
                    // Where the connection was lost, this fails, as an import's commit would.
                    Order::find(conn, 0).await?;
                    Err(Failure::Validated(Box::new(done)))
                }
            }
        })
        .await;
    uploaded(result)
}

async fn load(conn: &mut Conn, limit: usize, rows: &mut Rows) -> Result<Uploaded, Failure> {
    let mut so_far = Uploaded::default();
    for _ in 0..limit {
        let Some(Row { number, line }) = rows.next().await.transpose()? else {
            so_far.ended = true;
            break;
        };
        let line = match line {
            Ok(line) => line,
            Err(why) => {
                so_far.refuse(number, why);
                continue;
            }
        };
        match add(conn, &line).await {
            Ok(()) => so_far.loaded += 1,
            Err(error) if is_about_the_row(&error) => so_far.refuse(number, error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(so_far)
}

/// Writes a line, in a savepoint of its own.
async fn add(conn: &mut Conn, line: &Line) -> Result<(), Error> {
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        let Stamp { by, mode } = stamp(conn)?;
        let new = NewItem {
            order_id: line.order,
            product: &line.product,
            quantity: line.quantity,
            price_cents: line.price_cents,
            updated_by: &by,
            updated_mode: mode,
        };
        Item::add(conn, &new).await
    })
    .await
}

/// The orders that were made last.
pub(crate) async fn orders(conn: &mut Conn) -> Result<Listed, Failure> {
    let latest = orders::table.order(orders::id.desc()).limit(50);
    let latest = latest.select(Order::as_select()).load(conn).await?;
    Ok(listed(conn, latest))
}
