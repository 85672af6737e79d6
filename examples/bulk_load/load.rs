//! Loads the shop. Rows that are at fault are refused, the load goes on.
//!
//! Nothing here says what has to be computed: the scope around the load knows that from the writes.

use diesel::prelude::*;
use indicatif::ProgressBar;
use maintained::prelude::*;

use super::database::Conn;
use super::error::{LoadError, Place, Refusal};
use super::insert::insert_all;
use super::keys::Keys;
use super::models::{
    Category, Customer, Item, NewCategory, NewCustomer, NewItem, NewOrder, NewProduct, Order,
    Product,
};
use super::shop::{CategoryRow, CustomerRow, ItemRow, Line, OrderRow, ProductRow, Shop};

/// How many customers or products are inserted at once.
const BATCH: usize = 500;

/// How many rows were loaded, and which were not.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) categories: usize,
    pub(crate) products: usize,
    pub(crate) customers: usize,
    pub(crate) orders: usize,
    pub(crate) items: usize,
    pub(crate) refusals: Vec<Refusal>,
}

impl Loaded {
    /// The number of rows that were loaded.
    pub(crate) fn rows(&self) -> usize {
        self.categories + self.products + self.customers + self.orders + self.items
    }
}

/// Loads the shop `scale` times, each time under fresh keys.
pub(crate) fn load(
    conn: &mut Conn,
    shop: &Shop,
    scale: u32,
    progress: &ProgressBar,
) -> Result<Loaded, LoadError> {
    let keys = Keys::read(conn)?;
    let mut loader = Loader {
        shop,
        progress,
        keys,
        loaded: Loaded::default(),
    };
    loader.loaded.refusals.extend_from_slice(&shop.orphans);
    for copy in 0..scale {
        loader.keys.copy = copy;
        loader.categories(conn)?;
        loader.products(conn)?;
        loader.customers(conn)?;
        loader.orders(conn)?;
    }
    // A row of the files that is at fault is so in each copy.
    loader.loaded.refusals.sort();
    loader.loaded.refusals.dedup();
    Ok(loader.loaded)
}

struct Loader<'a> {
    shop: &'a Shop,
    progress: &'a ProgressBar,
    keys: Keys,
    loaded: Loaded,
}

impl<'a> Loader<'a> {
    /// One by one, as a category names the one above by a key that is new.
    fn categories(&mut self, conn: &mut Conn) -> Result<(), LoadError> {
        for line in &self.shop.categories {
            match self.category(conn, line) {
                Ok(category) => {
                    self.loaded.categories += 1;
                    self.keys.categories.insert(category.code, category.id);
                }
                Err(error) => self.refuse(error)?,
            }
            self.progress.inc(1);
        }
        Ok(())
    }

    fn category(&self, conn: &mut Conn, line: &Line<CategoryRow>) -> Result<Category, LoadError> {
        let row = line.row()?;
        let parent = row.parent.as_deref();
        let new = NewCategory {
            parent_id: parent
                .map(|code| self.keys.category(line.place, code))
                .transpose()?,
            code: self.keys.fresh(&line.key),
            name: &row.name,
        };
        Category::insert(conn, &new).map_err(|error| LoadError::at(line.place, error))
    }

    fn products(&mut self, conn: &mut Conn) -> Result<(), LoadError> {
        for lines in self.shop.products.chunks(BATCH) {
            let news = self.well_formed(lines, Self::new_product);
            let (products, refusals) =
                insert_all(conn, &news, |conn, news| Product::insert_many(conn, news))?;
            self.loaded.products += products.len();
            self.loaded.refusals.extend(refusals);
            self.keys.products.extend(
                products
                    .into_iter()
                    .map(|product| (product.sku, product.id)),
            );
            self.progress.inc(lines.len() as u64);
        }
        Ok(())
    }

    fn new_product(&self, line: &'a Line<ProductRow>) -> Result<NewProduct<'a>, Refusal> {
        let row = line.row()?;
        Ok(NewProduct {
            category_id: self.keys.category(line.place, &row.category)?,
            sku: self.keys.fresh(&line.key),
            name: &row.name,
            price_cents: row.price_cents,
        })
    }

    fn customers(&mut self, conn: &mut Conn) -> Result<(), LoadError> {
        for lines in self.shop.customers.chunks(BATCH) {
            let news = self.well_formed(lines, Self::new_customer);
            let (customers, refusals) =
                insert_all(conn, &news, |conn, news| Customer::insert_many(conn, news))?;
            self.loaded.customers += customers.len();
            self.loaded.refusals.extend(refusals);
            self.keys.customers.extend(
                customers
                    .into_iter()
                    .map(|customer| (customer.code, customer.id)),
            );
            self.progress.inc(lines.len() as u64);
        }
        Ok(())
    }

    fn new_customer(&self, line: &'a Line<CustomerRow>) -> Result<NewCustomer<'a>, Refusal> {
        let row = line.row()?;
        Ok(NewCustomer {
            code: self.keys.fresh(&line.key),
            first_name: &row.first_name,
            last_name: &row.last_name,
        })
    }

    /// Each order in a savepoint of its own, with its items: all of it is loaded, or nothing.
    fn orders(&mut self, conn: &mut Conn) -> Result<(), LoadError> {
        for line in &self.shop.orders {
            let items = self.shop.items_of(&line.key);
            match conn.transaction(|conn| self.order(conn, line, items)) {
                Ok(()) => {
                    self.loaded.orders += 1;
                    self.loaded.items += items.len();
                }
                Err(error) => self.refuse(error)?,
            }
            self.progress.inc(1 + items.len() as u64);
        }
        Ok(())
    }

    fn order(
        &self,
        conn: &mut Conn,
        line: &Line<OrderRow>,
        items: &[Line<ItemRow>],
    ) -> Result<(), LoadError> {
        let row = line.row()?;
        let new = NewOrder {
            customer_id: self.keys.customer(line.place, &row.customer)?,
            number: self.keys.fresh(&line.key),
            placed_on: &row.placed_on,
        };
        let order = Order::insert(conn, &new).map_err(|error| LoadError::at(line.place, error))?;
        let news = items
            .iter()
            .map(|item| Ok((item.place, self.new_item(&order, item)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let (_, refusals) = insert_all(conn, &news, |conn, news| Item::insert_many(conn, news))?;
        match refusals.into_iter().next() {
            None => Ok(()),
            Some(refusal) => Err(refusal.into()),
        }
    }

    fn new_item(&self, order: &Order, line: &Line<ItemRow>) -> Result<NewItem, Refusal> {
        let row = line.row()?;
        Ok(NewItem {
            order_id: order.id,
            product_id: self.keys.product(line.place, &row.product)?,
            quantity: row.quantity,
            price_cents: row.price_cents,
        })
    }

    /// The new rows of these lines, with their places; the other lines are refused.
    fn well_formed<T, N>(
        &mut self,
        lines: &'a [Line<T>],
        new: impl Fn(&Self, &'a Line<T>) -> Result<N, Refusal>,
    ) -> Vec<(Place, N)> {
        let mut news = Vec::with_capacity(lines.len());
        for line in lines {
            match new(self, line) {
                Ok(new) => news.push((line.place, new)),
                Err(refusal) => self.loaded.refusals.push(refusal),
            }
        }
        news
    }

    /// Notes a refusal; any other error ends the load.
    fn refuse(&mut self, error: LoadError) -> Result<(), LoadError> {
        match error {
            LoadError::Refused(refusal) => {
                self.loaded.refusals.push(refusal);
                Ok(())
            }
            fatal => Err(fatal),
        }
    }
}
