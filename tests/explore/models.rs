//! The models: sums, counts, a greatest value, copies, a pointer, functions that read up, down, and
//! across links.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::schema::{
    bins, depots, follows, items, links, nodes, persons, regions, shops, stocks, tags,
};

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = regions)]
pub struct Region {
    pub id: i32,
    pub title: String,
    #[maintained(count(Shop))]
    pub shop_count: i64,
    #[maintained(sum(Shop::revenue))]
    pub revenue: i64,
    #[maintained(sum(Item::pieces, through = Shop))]
    pub pieces: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = shops, belongs_to(Region))]
#[maintained(belongs_to(Item, foreign_key = latest_id))]
pub struct Shop {
    pub id: i32,
    pub region_id: i32,
    pub name: String,
    #[maintained]
    pub label: String,
    #[maintained]
    pub revenue: i64,
    #[maintained(count(Item))]
    pub item_count: i64,
    #[maintained(max(Item::price))]
    pub dearest: Option<i64>,
    /// A foreign key that is computed.
    #[maintained(max(Item::id, filter = Item::is_open))]
    pub latest_id: Option<i32>,
    #[maintained(copy(Item::price, via(shops::latest_id)))]
    pub latest_price: Option<i64>,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = nodes)]
#[maintained(belongs_to(Node, foreign_key = parent_id))]
pub struct Node {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub name: String,
    #[maintained]
    pub path: String,
    #[maintained]
    pub size: i64,
    #[maintained]
    pub worth: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = items, belongs_to(Shop), belongs_to(Node))]
pub struct Item {
    pub id: i32,
    pub shop_id: i32,
    pub node_id: Option<i32>,
    pub price: i64,
    pub pieces: i64,
    pub is_open: bool,
    #[maintained(expr = items::price * items::pieces)]
    pub amount: i64,
    #[maintained(copy(Shop::label))]
    pub place: Option<String>,
    #[maintained]
    pub sign: String,
    #[maintained]
    pub tags: String,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tags)]
pub struct Tag {
    pub id: i32,
    pub name: String,
    #[maintained(count(Link))]
    pub uses: i64,
    #[maintained]
    pub worth: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = links, primary_key(item_id, tag_id), belongs_to(Item), belongs_to(Tag))]
pub struct Link {
    pub item_id: i32,
    pub tag_id: i32,
    pub weight: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = persons)]
pub struct Person {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub names: String,
    #[maintained(count(Follow, via(follows::user_id)))]
    pub followed: i64,
    /// How often somebody is followed by those whom the person follows.
    #[maintained]
    pub reach: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = follows)]
#[maintained(belongs_to(Person, foreign_key = user_id), belongs_to(Person, foreign_key = other_id))]
pub struct Follow {
    pub id: i32,
    pub user_id: i32,
    pub other_id: i32,
}

/// Depots, bins and stocks: sums of sums, from which nothing else follows.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = depots)]
pub struct Depot {
    pub id: i32,
    #[maintained(count(Bin))]
    pub bin_count: i64,
    #[maintained(sum(Bin::pieces))]
    pub pieces: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = bins, belongs_to(Depot))]
pub struct Bin {
    pub id: i32,
    pub depot_id: i32,
    #[maintained(count(Stock))]
    pub stock_count: i64,
    #[maintained(sum(Stock::pieces))]
    pub pieces: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = stocks, belongs_to(Bin))]
pub struct Stock {
    pub id: i32,
    pub bin_id: i32,
    pub pieces: i64,
}

#[derive(Debug, Insertable, New)]
#[diesel(table_name = stocks)]
#[maintained(new_of = Stock)]
pub struct NewStock {
    pub bin_id: i32,
    pub pieces: i64,
}

macro_rules! views {
    ($($view:ident of $model:ident in $table:ident { $field:ident: $type:ty })*) => {$(
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = $table)]
        #[maintained(view_of = $model)]
        pub struct $view {
            $field: $type,
        }
    )*};
}

views! {
    RegionTitle of Region in regions { title: String }
    ShopLabel of Shop in shops { label: String }
    NodePath of Node in nodes { path: String }
    NodeSize of Node in nodes { size: i64 }
    NodeWorth of Node in nodes { worth: i64 }
    ItemAmount of Item in items { amount: i64 }
    TagName of Tag in tags { name: String }
    LinkWeight of Link in links { weight: i64 }
    PersonName of Person in persons { name: String }
    FollowedId of Follow in follows { other_id: i32 }
}

#[maintained::setters]
impl Shop {
    #[setter]
    fn label(&self, region: &RegionTitle) -> String {
        format!("{}/{}", region.title, self.name)
    }

    #[setter]
    fn revenue(items: &[ItemAmount]) -> i64 {
        items.iter().map(|item| item.amount).sum()
    }
}

#[maintained::setters]
impl Node {
    #[setter]
    fn path(&self, parent: Option<&NodePath>) -> String {
        let above = parent.map_or("", |parent| parent.path.as_str());
        format!("{above}{}/", self.name)
    }

    #[setter]
    fn size(children: &[NodeSize]) -> i64 {
        1 + children.iter().map(|child| child.size).sum::<i64>()
    }

    #[setter]
    fn worth(items: &[ItemAmount], children: &[NodeWorth]) -> i64 {
        let below = children.iter().map(|child| child.worth);
        items.iter().map(|item| item.amount).chain(below).sum()
    }
}

#[maintained::setters]
impl Item {
    #[setter]
    fn sign(shop: &ShopLabel, node: Option<&NodePath>) -> String {
        format!("{} {}", shop.label, node.map_or("-", |node| &node.path))
    }

    #[setter]
    fn tags(links: &[(&Through<Link>, &TagName)]) -> String {
        let names: Vec<&str> = links.iter().map(|(_, tag)| tag.name.as_str()).collect();
        names.join(",")
    }
}

#[maintained::setters]
impl Tag {
    #[setter]
    fn worth(links: &[(&LinkWeight, &ItemAmount)]) -> i64 {
        links
            .iter()
            .map(|(link, item)| link.weight * item.amount)
            .sum()
    }
}

#[maintained::setters]
impl Person {
    #[setter]
    fn names(
        #[via(follows::user_id, follows::other_id)] followed: &[(&Through<Follow>, &PersonName)],
    ) -> String {
        let names: Vec<&str> = followed
            .iter()
            .map(|(_, person)| person.name.as_str())
            .collect();
        names.join(",")
    }

    #[setter]
    fn reach(
        #[via(follows::user_id, follows::other_id, follows::user_id)] followed: &[(
            &Through<Follow>,
            (&Through<Person>, &[FollowedId]),
        )],
    ) -> i64 {
        let others = followed.iter().flat_map(|(_, (_, others))| *others);
        others.map(|follow| i64::from(follow.other_id > 0)).sum()
    }
}
