//! Shops with items, which are linked to tags; notes on items, and a tree of nodes that carry a tag.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        shops (id) {
            id -> Integer,
            name -> Text,
            item_total -> BigInt,
            latest_item_id -> Nullable<Integer>,
            latest_amount -> Nullable<BigInt>,
            list -> Text,
        }
    }

    diesel::table! {
        items (id) {
            id -> Integer,
            shop_id -> Integer,
            amount -> BigInt,
            open -> Bool,
            shop_name -> Text,
            tags -> Text,
        }
    }

    diesel::table! {
        tags (code) {
            code -> Text,
            title -> Text,
            uses -> BigInt,
            worth -> BigInt,
            nodes -> BigInt,
        }
    }

    diesel::table! {
        links (item_id, tag_code) {
            item_id -> Integer,
            tag_code -> Text,
            rank -> Integer,
        }
    }

    diesel::table! {
        notes (id) {
            id -> Integer,
            item_id -> Nullable<Integer>,
            amount -> Nullable<BigInt>,
        }
    }

    diesel::table! {
        nodes (id) {
            id -> Integer,
            parent_id -> Nullable<Integer>,
            tag_code -> Nullable<Text>,
            weight -> BigInt,
            path -> Text,
            total -> BigInt,
        }
    }
}

use schema::{items, links, nodes, notes, shops, tags};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shops)]
#[maintained(belongs_to(Item, foreign_key = latest_item_id))]
pub(crate) struct Shop {
    pub(crate) id: i32,
    pub(crate) name: String,
    #[maintained(sum(Item::amount, filter = Item::open))]
    pub(crate) item_total: i64,
    #[maintained(max(Item::id, filter = Item::open))]
    pub(crate) latest_item_id: Option<i32>,
    #[maintained(copy(Item::amount, via(shops::latest_item_id)))]
    pub(crate) latest_amount: Option<i64>,
    #[maintained]
    pub(crate) list: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = items, belongs_to(Shop))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) shop_id: i32,
    pub(crate) amount: i64,
    pub(crate) open: bool,
    #[maintained(copy(Shop::name))]
    pub(crate) shop_name: String,
    #[maintained]
    pub(crate) tags: String,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tags, primary_key(code))]
pub(crate) struct Tag {
    pub(crate) code: String,
    pub(crate) title: String,
    #[maintained(count(Link))]
    pub(crate) uses: i64,
    #[maintained]
    pub(crate) worth: i64,
    #[maintained(count(Node))]
    pub(crate) nodes: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = links, primary_key(item_id, tag_code), belongs_to(Item))]
#[diesel(belongs_to(Tag, foreign_key = tag_code))]
pub(crate) struct Link {
    pub(crate) item_id: i32,
    pub(crate) tag_code: String,
    pub(crate) rank: i32,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = notes, belongs_to(Item))]
pub(crate) struct Note {
    pub(crate) id: i32,
    pub(crate) item_id: Option<i32>,
    #[maintained(copy(Item::amount))]
    pub(crate) amount: Option<i64>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = nodes)]
#[diesel(belongs_to(Tag, foreign_key = tag_code))]
#[maintained(belongs_to(Node, foreign_key = parent_id))]
pub(crate) struct Node {
    pub(crate) id: i32,
    pub(crate) parent_id: Option<i32>,
    pub(crate) tag_code: Option<String>,
    pub(crate) weight: i64,
    #[maintained]
    pub(crate) path: String,
    #[maintained]
    pub(crate) total: i64,
}

/// What others read of an item.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Amount {
    amount: i64,
}

/// What an item reads of its tags.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = tags)]
#[maintained(view_of = Tag)]
pub(crate) struct Title {
    title: String,
}

/// What a node reads of its parent.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = nodes)]
#[maintained(view_of = Node)]
pub(crate) struct Path {
    path: String,
}

/// What a node reads of its children.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = nodes)]
#[maintained(view_of = Node)]
pub(crate) struct Total {
    total: i64,
}

#[maintained::setters]
impl Shop {
    #[setter]
    fn list(items: &[Amount]) -> String {
        let amounts: Vec<String> = items.iter().map(|item| item.amount.to_string()).collect();
        amounts.join(" ")
    }
}

#[maintained::setters]
impl Item {
    #[setter]
    fn tags(tags: &[(&Through<Link>, &Title)]) -> String {
        let titles: Vec<&str> = tags.iter().map(|(_, tag)| tag.title.as_str()).collect();
        titles.join(" ")
    }
}

#[maintained::setters]
impl Tag {
    #[setter]
    fn worth(items: &[(&Through<Link>, &Amount)]) -> i64 {
        items.iter().map(|(_, item)| item.amount).sum()
    }
}

#[maintained::setters]
impl Node {
    #[setter]
    fn path(&self, parent: Option<&Path>) -> String {
        match parent {
            Some(parent) => format!("{}/{}", parent.path, self.id),
            None => self.id.to_string(),
        }
    }

    #[setter]
    fn total(&self, children: &[Total]) -> i64 {
        self.weight + children.iter().map(|child| child.total).sum::<i64>()
    }
}
