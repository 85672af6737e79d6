//! Rules on fields that do not fit them.

use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { shops (id) { id -> Integer, name -> Text, sales -> Text, best -> BigInt, is_busy -> BigInt, gone -> BigInt } }
diesel::table! { sales (id) { id -> Integer, shop_id -> Nullable<Integer>, cents -> BigInt, shop_name -> Text, tax -> BigInt } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = shops)]
struct Shop {
    id: i32,
    name: String,
    #[maintained(count(Sale))]
    sales: String,
    #[maintained(max(Sale::cents))]
    best: i64,
    #[maintained(exists(Sale, filter = Sale::cents))]
    is_busy: i64,
    #[maintained(sum(Sale::dollars))]
    gone: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = sales, belongs_to(Shop))]
struct Sale {
    id: i32,
    shop_id: Option<i32>,
    cents: i64,
    #[maintained(copy(Shop::name))]
    shop_name: String,
    #[maintained(expr = sales::shop_name)]
    tax: i64,
}

fn main() {}
