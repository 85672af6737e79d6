//! What the server is asked for.

use diesel::prelude::*;
use serde::Deserialize;

use super::models::schema::items;

/// Who is asking: a value of each scope, from which the writes stamp `updated_by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User(pub(crate) String);

/// The header that names the user.
pub(crate) const USER: &str = "x-user";

impl User {
    /// The user of a header's value.
    pub(crate) fn named(name: Option<&str>) -> Self {
        Self(name.unwrap_or("guest").to_owned())
    }
}

/// An edit: a scope in immediate mode.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    NewOrder(NewOrder),
    ChangeItem(i32, ItemChange),
    DeleteItem(i32),
    RenameCustomer(i32, NewName),
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NewOrder {
    pub(crate) customer: i32,
    #[serde(default)]
    pub(crate) note: String,
    pub(crate) items: Vec<OrderedItem>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OrderedItem {
    pub(crate) product: String,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// What is to change of an item: what is not named stays.
#[derive(Debug, Clone, Deserialize, AsChangeset)]
#[diesel(table_name = items)]
pub(crate) struct ItemChange {
    #[serde(rename = "order")]
    pub(crate) order_id: Option<i32>,
    pub(crate) product: Option<String>,
    pub(crate) quantity: Option<i32>,
    pub(crate) price_cents: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NewName {
    pub(crate) name: String,
}

/// A line of an uploaded CSV file: an item of an order that is there.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Line {
    pub(crate) order: i32,
    pub(crate) product: String,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// A row of an upload, with the number of its line.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u64,
    /// The line, or why it cannot be read.
    pub(crate) line: Result<Line, String>,
}

/// What is to be done with an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Its rows are written, and what follows from them is computed once, at the end.
    Import,
    /// Its rows are written, nothing is computed, and all is undone.
    Validate,
}

/// A part of an upload: what one scope does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) how: How,
    /// So many rows at most.
    pub(crate) rows: usize,
}
