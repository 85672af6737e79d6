//! Changing a shop, in every way.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Scope;

use super::hand::{self, EachSave};
use super::{Conn, Inner, SQL, library};
use crate::Failure;
use crate::data::{Data, key};
use crate::schema::{customers, items, orders};

/// A change to a shop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    RenameCustomers,
    ChangeItems,
    MoveItems,
    DeleteOrders,
}

pub(super) const ALL: [Change; 4] = [
    Change::RenameCustomers,
    Change::ChangeItems,
    Change::MoveItems,
    Change::DeleteOrders,
];

impl Change {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RenameCustomers => "rename_customers",
            Self::ChangeItems => "change_items",
            Self::MoveItems => "move_items",
            Self::DeleteOrders => "delete_orders",
        }
    }
}

/// The rows that the changes change, and how.
pub(super) struct Changes {
    pub(super) renamed: Vec<(i32, String)>,
    pub(super) changed: Vec<ChangedItem>,
    pub(super) moved: Vec<MovedItem>,
    pub(super) deleted: Vec<DeletedOrder>,
    /// The customer of each order, by the order's place.
    customers: Vec<i32>,
}

pub(super) struct ChangedItem {
    pub(super) key: i32,
    order: i32,
    pub(super) quantity: i32,
    pub(super) amount_cents: i64,
}

pub(super) struct MovedItem {
    pub(super) key: i32,
    from: i32,
    pub(super) to: i32,
}

pub(super) struct DeletedOrder {
    pub(super) key: i32,
    customer: i32,
}

impl Changes {
    /// 100 customers, 1,000 items, 1,000 other items, 100 orders, if there are so many.
    pub(super) fn of(data: &Data) -> Self {
        let changed = |at: usize| {
            let item = &data.items[at];
            let quantity = item.quantity + 1;
            ChangedItem {
                key: item.id,
                order: item.order_id,
                quantity,
                amount_cents: i64::from(quantity) * item.price_cents,
            }
        };
        let count = data.orders.len();
        let moved = |at: usize| {
            let item = &data.items[(at + 3) % data.items.len()];
            let from = usize::try_from(item.order_id - 1).unwrap_or(0);
            MovedItem {
                key: item.id,
                from: item.order_id,
                to: key((from + count / 2) % count),
            }
        };
        let deleted = |at: usize| {
            let order = &data.orders[at];
            DeletedOrder {
                key: order.id,
                customer: order.customer_id,
            }
        };
        let renamed = |at: usize| (key(at), format!("Renamed {at}"));
        Self {
            renamed: spread(100, data.customers.len()).map(renamed).collect(),
            changed: spread(1_000, data.items.len()).map(changed).collect(),
            moved: spread(1_000, data.items.len()).map(moved).collect(),
            deleted: spread(100, count).map(deleted).collect(),
            customers: data.orders.iter().map(|order| order.customer_id).collect(),
        }
    }

    fn customer_of(&self, order: i32) -> i32 {
        self.customers[usize::try_from(order - 1).unwrap_or(0)]
    }

    fn customers_of(&self, orders: &[i32]) -> Vec<i32> {
        distinct(orders.iter().map(|&order| self.customer_of(order)))
    }
}

/// So many places, evenly spread.
fn spread(count: usize, of: usize) -> impl Iterator<Item = usize> {
    let count = count.min(of);
    (0..count).map(move |at| at * of / count)
}

fn distinct(keys: impl Iterator<Item = i32>) -> Vec<i32> {
    let mut keys: Vec<i32> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A way to change a shop.
pub(super) struct Variant {
    pub(super) name: &'static str,
    /// Whether the fields are right afterwards.
    pub(super) keeps: bool,
    pub(super) open: fn(Inner) -> Result<Shop, Failure>,
}

/// A shop that can be changed in one way.
pub(super) enum Shop {
    ByHand(Inner, By),
    Library(Conn, fn(&mut Conn, Change, &Changes) -> Result<(), Failure>),
}

/// How the fields are kept without the library.
pub(super) enum By {
    Nobody,
    OneStatement,
    EachSave(EachSave),
}

macro_rules! library_variant {
    ($name:literal, $models:ident, $scope:ident) => {
        Variant {
            name: $name,
            keeps: true,
            open: |conn| {
                Ok(Shop::Library(Conn::new(conn), |conn, change, changes| {
                    library::$models::make(conn, change, changes, Scope::$scope())
                }))
            },
        }
    };
}

pub(super) const VARIANTS: &[Variant] = &[
    Variant {
        name: "plain",
        keeps: false,
        open: |conn| Ok(Shop::ByHand(conn, By::Nobody)),
    },
    Variant {
        name: "hand",
        keeps: true,
        open: |conn| Ok(Shop::ByHand(conn, By::OneStatement)),
    },
    Variant {
        name: "naive",
        keeps: true,
        open: |conn| Ok(Shop::ByHand(conn, By::EachSave(EachSave::naive()))),
    },
    Variant {
        name: "tuned",
        keeps: true,
        open: |conn| Ok(Shop::ByHand(conn, By::EachSave(EachSave::tuned()))),
    },
    Variant {
        name: "triggers",
        keeps: true,
        open: |mut conn| {
            for trigger in SQL.triggers {
                conn.batch_execute(trigger)?;
            }
            Ok(Shop::ByHand(conn, By::Nobody))
        },
    },
    library_variant!("buffered", setters, buffered),
    library_variant!("immediate", setters, immediate),
    library_variant!("buffered_declared", declared, buffered),
    library_variant!("immediate_declared", declared, immediate),
];

impl Shop {
    pub(super) fn inner(&mut self) -> &mut Inner {
        match self {
            Self::ByHand(conn, _) => conn,
            Self::Library(conn, _) => conn.inner_mut(),
        }
    }

    pub(super) fn make(&mut self, change: Change, changes: &Changes) -> Result<(), Failure> {
        match self {
            Self::Library(conn, make) => make(conn, change, changes),
            Self::ByHand(conn, by) => Ok(conn.transaction(|conn| match change {
                Change::RenameCustomers => rename(conn, by, changes),
                Change::ChangeItems => change_items(conn, by, changes),
                Change::MoveItems => move_items(conn, by, changes),
                Change::DeleteOrders => delete(conn, by, changes),
            })?),
        }
    }
}

fn rename(conn: &mut Inner, by: &By, changes: &Changes) -> QueryResult<()> {
    for (key, name) in &changes.renamed {
        diesel::update(customers::table.find(key))
            .set(customers::name.eq(name))
            .execute(conn)?;
        if let By::EachSave(each) = by {
            each.orders_of_customer(conn, *key)?;
        }
    }
    if let By::OneStatement = by {
        let keys: Vec<i32> = changes.renamed.iter().map(|&(key, _)| key).collect();
        hand::set_labels(conn, &keys)?;
    }
    Ok(())
}

fn change_items(conn: &mut Inner, by: &By, changes: &Changes) -> QueryResult<()> {
    for item in &changes.changed {
        diesel::update(items::table.find(item.key))
            .set((
                items::quantity.eq(item.quantity),
                items::amount_cents.eq(item.amount_cents),
            ))
            .execute(conn)?;
        if let By::EachSave(each) = by {
            each.order(conn, item.order)?;
            each.customer(conn, changes.customer_of(item.order))?;
        }
    }
    if let By::OneStatement = by {
        let orders = distinct(changes.changed.iter().map(|item| item.order));
        hand::set_orders(conn, &orders, &changes.customers_of(&orders))?;
    }
    Ok(())
}

fn move_items(conn: &mut Inner, by: &By, changes: &Changes) -> QueryResult<()> {
    for item in &changes.moved {
        diesel::update(items::table.find(item.key))
            .set(items::order_id.eq(item.to))
            .execute(conn)?;
        if let By::EachSave(each) = by {
            for order in [item.from, item.to] {
                each.order(conn, order)?;
                each.customer(conn, changes.customer_of(order))?;
            }
        }
    }
    if let By::OneStatement = by {
        let orders = distinct(changes.moved.iter().flat_map(|item| [item.from, item.to]));
        hand::set_orders(conn, &orders, &changes.customers_of(&orders))?;
    }
    Ok(())
}

fn delete(conn: &mut Inner, by: &By, changes: &Changes) -> QueryResult<()> {
    if let By::EachSave(each) = by {
        for order in &changes.deleted {
            diesel::delete(orders::table.find(order.key)).execute(conn)?;
            each.customer(conn, order.customer)?;
        }
        return Ok(());
    }
    let keys: Vec<i32> = changes.deleted.iter().map(|order| order.key).collect();
    diesel::delete(orders::table.filter(orders::id.eq_any(&keys))).execute(conn)?;
    if let By::OneStatement = by {
        let customers = distinct(changes.deleted.iter().map(|order| order.customer));
        hand::set_customers(conn, &customers)?;
    }
    Ok(())
}
