//! The views of the shop: what its setters need of other rows, and no more.

use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{
    Address, Category, Customer, Invoice, Item, Order, Parcel, Product, ProductTag, Region, Tag,
};
use super::schema::{
    addresses, categories, customers, invoices, items, orders, parcels, product_tags, products,
    regions, tags,
};

macro_rules! views {
    ($($(#[$doc:meta])* $view:ident of $model:ident in $table:ident { $($field:ident: $type:ty),* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = $table)]
        #[maintained(view_of = $model)]
        #[allow(dead_code, reason = "of some only the number of rows is read")]
        pub struct $view {
            $(pub $field: $type,)*
        }
    )*};
}

views! {
    RegionName of Region in regions { name: String }
    CustomerId of Customer in customers { id: i32 }
    CustomerSpent of Customer in customers { spent_cents: i64 }
    OrderId of Order in orders { id: i32 }
    OrderPlaced of Order in orders { id: i32, placed: i32 }
    OrderTotal of Order in orders { total_cents: i64 }
    InvoiceNumber of Invoice in invoices { number: String }
    ItemAmount of Item in items { amount_cents: i64 }
    ItemQuantity of Item in items { quantity: i32 }
    CategoryPath of Category in categories { path: String }
    CategorySold of Category in categories { subtree_sold: i64 }
    ProductName of Product in products { name: String }
    ProductSold of Product in products { sold: i64 }
    TagTitle of Tag in tags { title: String }
    TagWeight of ProductTag in product_tags { weight: i32 }
    TagLabel of ProductTag in product_tags { label: String }
    AddressCity of Address in addresses { city: String }
    ParcelId of Parcel in parcels { id: i32 }
    ParcelWeight of Parcel in parcels { weight: f64 }
}
