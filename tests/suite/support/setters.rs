//! The setters of the shop.

use super::models::{
    Address, Category, Customer, Item, Locker, Order, Parcel, Product, ProductTag, Region, Tag,
};
use super::schema::{customers, parcels};
use super::spy::spy;
use super::views::{
    AddressCity, CategoryPath, CategorySold, CustomerId, CustomerSpent, InvoiceNumber, ItemAmount,
    ItemQuantity, OrderId, OrderPlaced, OrderTotal, ParcelId, ParcelWeight, ProductName,
    ProductSold, RegionName, TagLabel, TagTitle, TagWeight,
};

/// An order with this note makes the setter of its label panic.
pub const PANIC: &str = "panic!";
/// What the setter says then.
pub const PANIC_MESSAGE: &str = "the setter was asked to panic";

#[maintained::setters]
impl Region {
    #[setter(label = "money")]
    fn spent_cents(customers: &[CustomerSpent]) -> i64 {
        spy("Region.spent_cents");
        customers.iter().map(|customer| customer.spent_cents).sum()
    }

    #[setter(label = "counts")]
    fn customer_count(customers: &[CustomerId]) -> i64 {
        spy("Region.customer_count");
        customers.len() as i64
    }
}

/// An item line with its product, that product's category and its tags.
type Line<'a> = (
    &'a ItemQuantity,
    (
        &'a ProductName,
        &'a CategoryPath,
        &'a [(&'a TagWeight, &'a TagTitle)],
    ),
);

#[maintained::setters]
impl Customer {
    #[setter(label = "names")]
    fn title(&self, region: Option<&RegionName>) -> String {
        spy("Customer.title");
        match region {
            Some(region) => format!("{} of {}", self.name, region.name),
            None => self.name.clone(),
        }
    }

    #[setter(labels("money", "sums"))]
    fn spent_cents(orders: &[OrderTotal]) -> i64 {
        spy("Customer.spent_cents");
        orders.iter().map(|order| order.total_cents).sum()
    }

    #[setter]
    fn latest_order_id(orders: &[OrderPlaced]) -> Option<i32> {
        spy("Customer.latest_order_id");
        let latest = orders.iter().max_by_key(|order| (order.placed, order.id));
        latest.map(|order| order.id)
    }

    #[setter]
    fn latest_cents(#[via(customers::latest_order_id)] latest: Option<&OrderTotal>) -> Option<i64> {
        spy("Customer.latest_cents");
        latest.map(|order| order.total_cents)
    }

    #[allow(clippy::type_complexity, reason = "deep inputs are what is tested")]
    #[setter(label = "names")]
    fn basket(
        orders: &[(
            &OrderId,
            &[(
                &ItemQuantity,
                (&ProductName, &CategoryPath, &[(&TagWeight, &TagTitle)]),
            )],
        )],
    ) -> String {
        spy("Customer.basket");
        let of_order = |(order, lines): &(&OrderId, &[_])| {
            let lines: Vec<String> = lines.iter().map(Self::basket_line).collect();
            format!("{}[{}]", order.id, lines.join(","))
        };
        orders.iter().map(of_order).collect::<Vec<_>>().join(";")
    }

    /// No setter, but a function that a setter calls.
    fn basket_line((item, (product, category, tags)): &Line<'_>) -> String {
        let tags: Vec<String> = tags
            .iter()
            .map(|(link, tag)| format!("{}*{}", link.weight, tag.title))
            .collect();
        format!(
            "{}x{}{}({})",
            item.quantity,
            category.path,
            product.name,
            tags.join("+")
        )
    }
}

#[maintained::setters]
impl Order {
    #[setter(fields(total_cents, item_count), labels("money", "counts"))]
    fn totals(items: &[ItemAmount]) -> (i64, i64) {
        spy("Order.totals");
        (
            items.iter().map(|item| item.amount_cents).sum(),
            items.len() as i64,
        )
    }

    #[setter(label = "names")]
    fn label(&self, customer: &Customer, lines: &[(&ItemQuantity, &ProductName)]) -> String {
        spy("Order.label");
        if self.note == PANIC {
            // As `panic!`, without the message on the screen.
            std::panic::resume_unwind(Box::new(PANIC_MESSAGE.to_owned()));
        }
        let lines: Vec<String> = lines
            .iter()
            .map(|(item, product)| format!("{}x{}", item.quantity, product.name))
            .collect();
        format!("{}/{}: {}", customer.name, self.note, lines.join(","))
    }

    #[setter(field = "invoice")]
    fn number_of_invoice(#[child] invoice: Option<&InvoiceNumber>) -> Option<String> {
        spy("Order.invoice");
        invoice.map(|invoice| invoice.number.clone())
    }

    /// The mean, with heavy parcels weighing more. Not a number where no parcel weighs anything, if the database takes
    /// that.
    #[setter]
    fn mean_weight(parcels: &[ParcelWeight]) -> Option<f64> {
        spy("Order.mean_weight");
        let total: f64 = parcels.iter().map(|parcel| parcel.weight).sum();
        let squares: f64 = parcels
            .iter()
            .map(|parcel| parcel.weight * parcel.weight)
            .sum();
        let mean = (!parcels.is_empty()).then(|| squares / total);
        mean.filter(|mean| !mean.is_nan())
            .or_else(|| mean.and(crate::NOT_A_NUMBER))
    }

    #[setter]
    fn weight_note(&self) -> String {
        spy("Order.weight_note");
        match self.mean_weight {
            Some(weight) => format!("{weight:.2} kg"),
            None => "nothing sent".to_owned(),
        }
    }

    #[setter]
    fn is_latest(#[via(customers::latest_order_id)] latest_of: &[CustomerId]) -> bool {
        spy("Order.is_latest");
        !latest_of.is_empty()
    }
}

/// What the setter of an item's amount refuses.
#[derive(Debug, PartialEq)]
pub struct NegativeQuantity(pub i32);

impl std::fmt::Display for NegativeQuantity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a quantity of {} cannot be sold", self.0)
    }
}

impl std::error::Error for NegativeQuantity {}

#[maintained::setters]
impl Item {
    #[setter(label = "money")]
    fn amount_cents(&self) -> Result<i64, NegativeQuantity> {
        spy("Item.amount_cents");
        if self.quantity < 0 {
            return Err(NegativeQuantity(self.quantity));
        }
        Ok(i64::from(self.quantity) * self.price_cents)
    }
}

#[maintained::setters]
impl Category {
    #[setter(label = "names")]
    fn path(&self, parent: Option<&CategoryPath>) -> String {
        spy("Category.path");
        format!(
            "{}{}/",
            parent.map_or("", |parent| parent.path.as_str()),
            self.name
        )
    }

    #[setter(label = "counts")]
    fn subtree_sold(children: &[CategorySold], products: &[ProductSold]) -> i64 {
        spy("Category.subtree_sold");
        let below: i64 = children.iter().map(|child| child.subtree_sold).sum();
        let here: i64 = products.iter().map(|product| product.sold).sum();
        below + here
    }
}

#[maintained::setters]
impl Product {
    #[setter(label = "counts")]
    fn sold(items: &[ItemQuantity]) -> i64 {
        spy("Product.sold");
        items.iter().map(|item| i64::from(item.quantity)).sum()
    }

    #[setter(label = "names")]
    fn tag_list(tags: &[(&TagWeight, &TagTitle)]) -> String {
        spy("Product.tag_list");
        let titles: Vec<String> = tags
            .iter()
            .map(|(link, tag)| format!("{}{}", tag.title, "!".repeat(link.weight.max(0) as usize)))
            .collect();
        titles.join(",")
    }
}

#[maintained::setters]
impl ProductTag {
    #[setter(label = "names")]
    fn label(product: &Product, tag: &Tag) -> String {
        spy("ProductTag.label");
        format!("{}#{}", product.name, tag.title)
    }
}

#[maintained::setters]
impl Tag {
    #[setter(label = "names")]
    fn products(links: &[TagLabel]) -> String {
        spy("Tag.products");
        let labels: Vec<&str> = links.iter().map(|link| link.label.as_str()).collect();
        labels.join(" ")
    }
}

#[maintained::setters]
impl Address {
    #[setter(label = "counts")]
    fn sent(#[via(parcels::from_address_id)] parcels: &[ParcelId]) -> i64 {
        spy("Address.sent");
        parcels.len() as i64
    }

    #[setter(label = "counts")]
    fn received(#[via(parcels::to_address_id)] parcels: &[ParcelId]) -> i64 {
        spy("Address.received");
        parcels.len() as i64
    }
}

#[maintained::setters]
impl Parcel {
    #[setter(label = "names")]
    fn route(
        #[via(parcels::from_address_id)] from: &Address,
        #[via(parcels::to_address_id)] to: Option<&AddressCity>,
    ) -> String {
        spy("Parcel.route");
        format!("{} > {}", from.city, to.map_or("?", |to| to.city.as_str()))
    }
}

#[maintained::setters]
impl Locker {
    #[setter]
    fn code(&self) -> Option<String> {
        spy("Locker.code");
        (self.position > 0).then(|| format!("{}/{}", self.address_id, self.position))
    }
}
