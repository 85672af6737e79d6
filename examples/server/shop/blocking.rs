//! The shop by blocking connections: scopes, and the writes in them. `awaited.rs` is the same text,
//! awaited.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, operations};

use super::Inner;
use super::answer::{Done, Edited, Failure, Listed, Uploaded, is_about_the_row};
use super::models::schema::{customers, items, orders};
use super::models::{Customer, Item, NewItem, Order};
use super::request::{Edit, How, Line, NewOrder, Part, Row, User};
use super::stamp::{Stamp, done, found, listed, stamp, uploaded};

pub(crate) type Conn = MaintainedConnection<Inner>;

/// Makes the tables of a new shop, with their first rows; of an old one it looks whether its fields
/// are current.
pub(crate) fn prepare(conn: &mut Conn, create: &str, names: &[&str]) -> Result<(), Failure> {
    conn.batch_execute(create)?;
    operations::set_up(conn)?;
    let rows: i64 = customers::table.count().get_result(conn)?;
    if rows == 0 {
        operations::adopt(conn)?; // the tables are empty, so the fields are right
        conn.buffer_autoupdates(|conn| {
            let new = names.iter().map(|name| customers::name.eq(*name));
            for customer in Customer::insert_many(conn, new)? {
                let new = orders::customer_id.eq(customer.id);
                Order::insert_many(conn, [new; 2])?;
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(operations::ensure_current(conn)?)
}

/// Does an edit, in a scope that knows who asks for it.
pub(crate) fn edit(conn: &mut Conn, user: User, edit: &Edit) -> Result<Done<Edited>, Failure> {
    let scope = Scope::immediate().with(user).retries(3);
    let edited = scope.run(conn, |conn| {
        let edited = apply(conn, edit)?;
        done(conn, edited)
    })?;
    Ok(edited)
}

fn apply(conn: &mut Conn, edit: &Edit) -> Result<Edited, Error> {
    let Stamp { by, mode } = stamp(conn)?;
    let order = match edit {
        Edit::NewOrder(new) => insert(conn, new)?,
        Edit::ChangeItem(id, change) => {
            let stamped = (items::updated_by.eq(by), items::updated_mode.eq(mode));
            Item::update(conn, *id, (change, stamped))?.order_id
        }
        Edit::DeleteItem(id) => {
            let item = found("Item", *id, Item::find(conn, *id)?)?;
            item.delete(conn)?;
            Order::update(conn, item.order_id, orders::updated_by.eq(by))?.id
        }
        Edit::RenameCustomer(id, new) => {
            let renamed = (customers::name.eq(&new.name), customers::updated_by.eq(by));
            return Ok(Edited::Customer(Customer::update(conn, *id, renamed)?));
        }
    };
    let changed = Order::find(conn, order)?;
    Ok(Edited::Order(found("Order", order, changed)?))
}

fn insert(conn: &mut Conn, new: &NewOrder) -> Result<i32, Error> {
    let Stamp { by, mode } = stamp(conn)?;
    let columns = (
        orders::customer_id.eq(new.customer),
        orders::note.eq(&new.note),
        orders::updated_by.eq(&by),
    );
    let order = Order::insert(conn, columns)?;
    let rows = new.items.iter().map(|item| NewItem {
        order_id: order.id,
        product: &item.product,
        quantity: item.quantity,
        price_cents: item.price_cents,
        updated_by: &by,
        updated_mode: mode,
    });
    Item::insert_many(conn, rows)?;
    Ok(order.id)
}

/// Writes a part of an upload in one scope: it is there as a whole, or not at all.
pub(crate) fn upload(
    conn: &mut Conn,
    user: User,
    part: Part,
    rows: &mut impl Iterator<Item = Result<Row, Failure>>,
) -> Result<Done<Uploaded>, Failure> {
    let scope = match part.how {
        How::Import => Scope::buffered(),
        How::Validate => Scope::disabled(),
    };
    let result = scope.with(user).run(conn, |conn| {
        let rows = load(conn, part.rows, rows)?;
        let done = done(conn, rows)?;
        match part.how {
            How::Import => Ok(done),
            How::Validate => {
                // Where the connection was lost, this fails, as an import's commit would.
                Order::find(conn, 0)?;
                Err(Failure::Validated(Box::new(done)))
            }
        }
    });
    uploaded(result)
}

fn load(
    conn: &mut Conn,
    limit: usize,
    rows: &mut impl Iterator<Item = Result<Row, Failure>>,
) -> Result<Uploaded, Failure> {
    let mut so_far = Uploaded::default();
    for _ in 0..limit {
        let Some(Row { number, line }) = rows.next().transpose()? else {
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
        match add(conn, &line) {
            Ok(()) => so_far.loaded += 1,
            Err(error) if is_about_the_row(&error) => so_far.refuse(number, error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(so_far)
}

/// Writes a line, in a savepoint of its own.
fn add(conn: &mut Conn, line: &Line) -> Result<(), Error> {
    conn.buffer_autoupdates(|conn| {
        let Stamp { by, mode } = stamp(conn)?;
        let new = NewItem {
            order_id: line.order,
            product: &line.product,
            quantity: line.quantity,
            price_cents: line.price_cents,
            updated_by: &by,
            updated_mode: mode,
        };
        Item::add(conn, &new)
    })
}

/// The orders that were made last.
pub(crate) fn orders(conn: &mut Conn) -> Result<Listed, Failure> {
    let latest = orders::table.order(orders::id.desc()).limit(50);
    let latest = latest.select(Order::as_select()).load(conn)?;
    Ok(listed(conn, latest))
}
