//! The files name rows by codes, the database by numbers: what leads from one to the other.

use std::borrow::Cow;
use std::collections::HashMap;

use diesel::prelude::*;

use super::database::Conn;
use super::error::{Place, Refusal};
use super::schema::{categories, customers, products};

/// The database's keys of the rows that others name, by their codes.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Which copy of the data is being loaded.
    pub(crate) copy: u32,
    pub(crate) categories: HashMap<String, i32>,
    pub(crate) products: HashMap<String, i32>,
    pub(crate) customers: HashMap<String, i32>,
}

impl Keys {
    /// The keys of the rows that are in the database already.
    pub(crate) fn read(conn: &mut Conn) -> QueryResult<Self> {
        let categories: Vec<(String, i32)> = categories::table
            .select((categories::code, categories::id))
            .load(conn)?;
        let products: Vec<(String, i32)> = products::table
            .select((products::sku, products::id))
            .load(conn)?;
        let customers: Vec<(String, i32)> = customers::table
            .select((customers::code, customers::id))
            .load(conn)?;
        Ok(Self {
            copy: 0,
            categories: categories.into_iter().collect(),
            products: products.into_iter().collect(),
            customers: customers.into_iter().collect(),
        })
    }

    /// A code of the files, as it is in this copy of the data: copy 0 has the codes as they are.
    pub(crate) fn fresh<'a>(&self, code: &'a str) -> Cow<'a, str> {
        match self.copy {
            0 => Cow::Borrowed(code),
            copy => Cow::Owned(format!("{code}+{copy}")),
        }
    }

    /// The key of the category that a line names.
    pub(crate) fn category(&self, place: Place, code: &str) -> Result<i32, Refusal> {
        self.find(&self.categories, "category", place, code)
    }

    /// The key of the product that a line names.
    pub(crate) fn product(&self, place: Place, code: &str) -> Result<i32, Refusal> {
        self.find(&self.products, "product", place, code)
    }

    /// The key of the customer that a line names.
    pub(crate) fn customer(&self, place: Place, code: &str) -> Result<i32, Refusal> {
        self.find(&self.customers, "customer", place, code)
    }

    fn find(
        &self,
        ids: &HashMap<String, i32>,
        kind: &str,
        place: Place,
        code: &str,
    ) -> Result<i32, Refusal> {
        let id = ids.get(&*self.fresh(code)).copied();
        id.ok_or_else(|| Refusal {
            place,
            reason: format!("there is no {kind} `{code}`"),
        })
    }
}
