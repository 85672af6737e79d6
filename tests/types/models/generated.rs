//! Items sold under tags, in shops of towns: what an item costs is a column that the database
//! generates. Towns and shops are computed from one another, so that small writes lock them ahead.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! { towns (id) { id -> Integer, extra -> BigInt, turnover -> BigInt } }
    diesel::table! {
        shops (id) { id -> Integer, town_id -> Integer, base -> BigInt, total -> BigInt }
    }
    diesel::table! { tags (id) { id -> Integer, shop_id -> Integer, weight -> BigInt } }
    diesel::table! {
        items (id) {
            id -> Integer,
            shop_id -> Integer,
            tag_id -> Integer,
            price -> BigInt,
            cost -> BigInt,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(towns, shops, tags, items);
}

use schema::{items, shops, tags, towns};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = towns)]
pub(crate) struct Town {
    pub(crate) id: i32,
    pub(crate) extra: i64,
    #[maintained]
    pub(crate) turnover: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = shops, belongs_to(Town))]
pub(crate) struct Shop {
    pub(crate) id: i32,
    pub(crate) town_id: i32,
    pub(crate) base: i64,
    #[maintained]
    pub(crate) total: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = tags, belongs_to(Shop))]
pub(crate) struct Tag {
    pub(crate) id: i32,
    pub(crate) shop_id: i32,
    #[maintained]
    pub(crate) weight: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = items, belongs_to(Shop), belongs_to(Tag))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) shop_id: i32,
    pub(crate) tag_id: i32,
    pub(crate) price: i64,
    pub(crate) cost: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Price {
    price: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Cost {
    cost: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = tags)]
#[maintained(view_of = Tag)]
pub(crate) struct Weight {
    weight: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = towns)]
#[maintained(view_of = Town)]
pub(crate) struct Extra {
    extra: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = shops)]
#[maintained(view_of = Shop)]
pub(crate) struct Total {
    total: i64,
}

#[maintained::setters]
impl Town {
    #[setter]
    fn turnover(shops: &[Total]) -> i64 {
        shops.iter().map(|shop| shop.total).sum()
    }
}

#[maintained::setters]
impl Shop {
    #[setter]
    fn total(&self, items: &[Price], tags: &[Weight], town: &Extra) -> i64 {
        let weights: i64 = tags.iter().map(|tag| tag.weight).sum();
        let prices: i64 = items.iter().map(|item| item.price).sum();
        self.base + town.extra + weights + prices
    }
}

#[maintained::setters]
impl Tag {
    #[setter]
    fn weight(items: &[Cost]) -> i64 {
        items.iter().map(|item| item.cost).sum()
    }
}
