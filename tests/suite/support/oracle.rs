//! What every maintained field should be, by code of its own: plain Diesel on the raw connection, plain loops, none
//! of the setters.

use std::fmt::Debug;

use diesel::prelude::*;

use super::models::{
    Address, Category, Customer, Invoice, Item, Locker, Order, Parcel, Product, ProductTag, Region,
    Tag,
};
use super::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};
use crate::{Conn, Inner};

/// Every row of the shop, as it is committed.
#[derive(Debug)]
pub struct Rows {
    pub regions: Vec<Region>,
    pub customers: Vec<Customer>,
    pub orders: Vec<Order>,
    pub invoices: Vec<Invoice>,
    pub items: Vec<Item>,
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
    pub tags: Vec<Tag>,
    pub product_tags: Vec<ProductTag>,
    pub addresses: Vec<Address>,
    pub parcels: Vec<Parcel>,
    pub lockers: Vec<Locker>,
}

impl Rows {
    /// Loads the rows past the library.
    pub fn load(conn: &mut Inner) -> Self {
        Self {
            regions: regions::table.order(regions::code).load(conn).unwrap(),
            customers: customers::table.order(customers::id).load(conn).unwrap(),
            orders: orders::table.order(orders::id).load(conn).unwrap(),
            invoices: invoices::table.order(invoices::id).load(conn).unwrap(),
            items: items::table.order(items::id).load(conn).unwrap(),
            categories: categories::table.order(categories::id).load(conn).unwrap(),
            products: products::table.order(products::id).load(conn).unwrap(),
            tags: tags::table.order(tags::code).load(conn).unwrap(),
            product_tags: product_tags::table
                .order((product_tags::product_id, product_tags::tag_code))
                .load(conn)
                .unwrap(),
            addresses: addresses::table.order(addresses::id).load(conn).unwrap(),
            parcels: parcels::table.order(parcels::id).load(conn).unwrap(),
            lockers: lockers::table.order(lockers::id).load(conn).unwrap(),
        }
    }

    /// All of it as text: two databases hold the same data when these are equal (not a number equals itself).
    pub fn text(&self) -> String {
        format!("{self:#?}")
    }
}

/// A maintained field that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The field, as `Model.field`.
    pub field: &'static str,
    pub key: String,
    pub stored: String,
    pub right: String,
}

/// The rows as they are, all of them, through the inner connection.
pub fn rows(conn: &mut Conn) -> Rows {
    Rows::load(conn.inner_mut())
}

/// The stale fields of the database.
pub fn stale(conn: &mut Conn) -> Vec<Stale> {
    Check::of(&rows(conn))
}

/// The names of the stale fields, each once.
pub fn stale_fields(conn: &mut Conn) -> Vec<&'static str> {
    let mut fields: Vec<_> = stale(conn).into_iter().map(|stale| stale.field).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// Fails with the list of the stale fields where there are any.
#[track_caller]
pub fn assert_right(conn: &mut Conn) {
    let stale = stale(conn);
    assert!(stale.is_empty(), "stale fields: {stale:#?}");
}

struct Check<'a> {
    rows: &'a Rows,
    stale: Vec<Stale>,
}

impl<'a> Check<'a> {
    fn of(rows: &'a Rows) -> Vec<Stale> {
        let mut check = Check {
            rows,
            stale: Vec::new(),
        };
        check.regions();
        check.customers();
        check.orders();
        check.items();
        check.categories();
        check.products();
        check.tags();
        check.parcels();
        check.lockers();
        check.stale
    }

    fn field<T: Debug + PartialEq>(
        &mut self,
        field: &'static str,
        key: impl Debug,
        stored: &T,
        right: &T,
    ) {
        if stored != right {
            self.stale.push(Stale {
                field,
                key: format!("{key:?}"),
                stored: format!("{stored:?}"),
                right: format!("{right:?}"),
            });
        }
    }

    fn regions(&mut self) {
        for region in &self.rows.regions {
            let (mut spent, mut count) = (0, 0);
            for customer in &self.rows.customers {
                if customer.region_code.as_deref() == Some(region.code.as_str()) {
                    spent += customer.spent_cents;
                    count += 1;
                }
            }
            self.field(
                "Region.spent_cents",
                &region.code,
                &region.spent_cents,
                &spent,
            );
            self.field(
                "Region.customer_count",
                &region.code,
                &region.customer_count,
                &count,
            );
        }
    }

    fn customers(&mut self) {
        for customer in &self.rows.customers {
            let region = customer.region_code.as_ref();
            let region = region
                .and_then(|code| self.rows.regions.iter().find(|region| region.code == *code));
            let title = match region {
                Some(region) => customer.name.clone() + " of " + &region.name,
                None => customer.name.clone(),
            };
            let mut spent = 0;
            let mut latest: Option<&Order> = None;
            let mut basket = Vec::new();
            for order in self
                .rows
                .orders
                .iter()
                .filter(|order| order.customer_id == customer.id)
            {
                spent += order.total_cents;
                if latest.is_none_or(|latest| (latest.placed, latest.id) < (order.placed, order.id))
                {
                    latest = Some(order);
                }
                basket.push(format!("{}[{}]", order.id, self.basket_of(order)));
            }
            let named = customer.latest_order_id;
            let named = named.and_then(|id| self.rows.orders.iter().find(|order| order.id == id));
            self.field("Customer.title", customer.id, &customer.title, &title);
            self.field(
                "Customer.spent_cents",
                customer.id,
                &customer.spent_cents,
                &spent,
            );
            let latest = latest.map(|order| order.id);
            self.field(
                "Customer.latest_order_id",
                customer.id,
                &customer.latest_order_id,
                &latest,
            );
            let cents = named.map(|order| order.total_cents);
            self.field(
                "Customer.latest_cents",
                customer.id,
                &customer.latest_cents,
                &cents,
            );
            self.field(
                "Customer.basket",
                customer.id,
                &customer.basket,
                &basket.join(";"),
            );
        }
    }

    fn basket_of(&self, order: &Order) -> String {
        let mut lines = Vec::new();
        for item in self
            .rows
            .items
            .iter()
            .filter(|item| item.order_id == order.id)
        {
            let product = self.product(item.product_id);
            let category = self
                .rows
                .categories
                .iter()
                .find(|category| category.id == product.category_id);
            let mut tags = Vec::new();
            for link in self
                .rows
                .product_tags
                .iter()
                .filter(|link| link.product_id == product.id)
            {
                tags.push(format!(
                    "{}*{}",
                    link.weight,
                    self.tag(&link.tag_code).title
                ));
            }
            let path = &category.unwrap().path;
            lines.push(format!(
                "{}x{path}{}({})",
                item.quantity,
                product.name,
                tags.join("+")
            ));
        }
        lines.join(",")
    }

    fn product(&self, id: i32) -> &'a Product {
        self.rows
            .products
            .iter()
            .find(|product| product.id == id)
            .unwrap()
    }

    fn tag(&self, code: &str) -> &'a Tag {
        self.rows.tags.iter().find(|tag| tag.code == code).unwrap()
    }

    fn orders(&mut self) {
        for order in &self.rows.orders {
            let (mut total, mut count, mut names) = (0, 0, Vec::new());
            for item in self
                .rows
                .items
                .iter()
                .filter(|item| item.order_id == order.id)
            {
                total += item.amount_cents;
                count += 1;
                names.push(format!(
                    "{}x{}",
                    item.quantity,
                    self.product(item.product_id).name
                ));
            }
            let customer = self
                .rows
                .customers
                .iter()
                .find(|customer| customer.id == order.customer_id);
            let label = format!(
                "{}/{}: {}",
                customer.unwrap().name,
                order.note,
                names.join(",")
            );
            let invoice = self
                .rows
                .invoices
                .iter()
                .find(|invoice| invoice.order_id == order.id);
            let invoice = invoice.map(|invoice| invoice.number.clone());
            let latest = self
                .rows
                .customers
                .iter()
                .any(|customer| customer.latest_order_id == Some(order.id));
            self.field("Order.total_cents", order.id, &order.total_cents, &total);
            self.field("Order.item_count", order.id, &order.item_count, &count);
            self.field("Order.label", order.id, &order.label, &label);
            self.field("Order.invoice", order.id, &order.invoice, &invoice);
            self.field("Order.is_latest", order.id, &order.is_latest, &latest);
            self.weights(order);
        }
    }

    /// What is not a number `SQLite` stores as null.
    fn weights(&mut self, order: &Order) {
        let of_order = self
            .rows
            .parcels
            .iter()
            .filter(|parcel| parcel.order_id == order.id);
        let weights: Vec<f64> = of_order.map(|parcel| parcel.weight).collect();
        let (mut squares, mut total) = (0.0, 0.0);
        for weight in weights {
            squares += weight * weight;
            total += weight;
        }
        let mean = squares / total;
        let stored = order.mean_weight.filter(|weight| !weight.is_nan());
        self.field(
            "Order.mean_weight",
            order.id,
            &stored,
            &Some(mean).filter(|mean| !mean.is_nan()),
        );
        let note = match order.mean_weight {
            None => "nothing sent".to_owned(),
            Some(weight) => format!("{weight:.2} kg"),
        };
        self.field("Order.weight_note", order.id, &order.weight_note, &note);
    }

    fn items(&mut self) {
        for item in &self.rows.items {
            let amount = item.price_cents * i64::from(item.quantity);
            self.field("Item.amount_cents", item.id, &item.amount_cents, &amount);
        }
    }

    fn categories(&mut self) {
        for category in &self.rows.categories {
            let mut path = category.name.clone() + "/";
            if let Some(parent) = category.parent_id {
                let parent = self
                    .rows
                    .categories
                    .iter()
                    .find(|above| above.id == parent)
                    .unwrap();
                path = parent.path.clone() + &path;
            }
            let mut sold = 0;
            for child in self
                .rows
                .categories
                .iter()
                .filter(|child| child.parent_id == Some(category.id))
            {
                sold += child.subtree_sold;
            }
            for product in self
                .rows
                .products
                .iter()
                .filter(|product| product.category_id == category.id)
            {
                sold += product.sold;
            }
            self.field("Category.path", category.id, &category.path, &path);
            self.field(
                "Category.subtree_sold",
                category.id,
                &category.subtree_sold,
                &sold,
            );
        }
    }

    fn products(&mut self) {
        for product in &self.rows.products {
            let (mut sold, mut tags) = (0, Vec::new());
            for item in self
                .rows
                .items
                .iter()
                .filter(|item| item.product_id == product.id)
            {
                sold += i64::from(item.quantity);
            }
            for link in self
                .rows
                .product_tags
                .iter()
                .filter(|link| link.product_id == product.id)
            {
                let mut tag = self.tag(&link.tag_code).title.clone();
                (0..link.weight).for_each(|_| tag.push('!'));
                tags.push(tag);
            }
            self.field("Product.sold", product.id, &product.sold, &sold);
            self.field(
                "Product.tag_list",
                product.id,
                &product.tag_list,
                &tags.join(","),
            );
        }
    }

    fn tags(&mut self) {
        for link in &self.rows.product_tags {
            let label =
                self.product(link.product_id).name.clone() + "#" + &self.tag(&link.tag_code).title;
            let key = (link.product_id, &link.tag_code);
            self.field("ProductTag.label", key, &link.label, &label);
        }
        for tag in &self.rows.tags {
            let links = self
                .rows
                .product_tags
                .iter()
                .filter(|link| link.tag_code == tag.code);
            let labels: Vec<&str> = links.map(|link| link.label.as_str()).collect();
            self.field("Tag.products", &tag.code, &tag.products, &labels.join(" "));
        }
    }

    fn parcels(&mut self) {
        let rows = self.rows;
        let city = |id: i32| {
            rows.addresses
                .iter()
                .find(|address| address.id == id)
                .unwrap()
                .city
                .clone()
        };
        for parcel in &rows.parcels {
            let to = parcel.to_address_id.map_or("?".to_owned(), city);
            let route = city(parcel.from_address_id) + " > " + &to;
            self.field("Parcel.route", parcel.id, &parcel.route, &route);
        }
        for address in &rows.addresses {
            let sent = rows
                .parcels
                .iter()
                .filter(|parcel| parcel.from_address_id == address.id)
                .count();
            let received = rows
                .parcels
                .iter()
                .filter(|parcel| parcel.to_address_id == Some(address.id))
                .count();
            self.field("Address.sent", address.id, &address.sent, &(sent as i64));
            self.field(
                "Address.received",
                address.id,
                &address.received,
                &(received as i64),
            );
        }
    }

    fn lockers(&mut self) {
        for locker in &self.rows.lockers {
            let code = match locker.position {
                ..=0 => None,
                position => Some(format!("{}/{position}", locker.address_id)),
            };
            self.field("Locker.code", locker.id, &locker.code, &code);
        }
    }
}
