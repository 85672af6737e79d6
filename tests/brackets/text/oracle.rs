//! What every maintained field should be: plain loops over rows that are read past the library.

use std::collections::HashMap;

use diesel::prelude::*;

use maintained::prelude::*;

use super::{Conn, Outcome};
use crate::models::schema::{items, links, nodes, notes, shops, tags};
use crate::models::{Item, Link, Node, Note, Shop, Tag};

/// All rows.
#[derive(Debug, PartialEq)]
pub(super) struct Rows {
    shops: Vec<Shop>,
    items: Vec<Item>,
    tags: Vec<Tag>,
    links: Vec<Link>,
    notes: Vec<Note>,
    nodes: Vec<Node>,
}

impl Rows {
    pub(super) fn load(conn: &mut Conn) -> Self {
        let conn = conn.inner_mut();
        Self {
            shops: shops::table.order(shops::id).load(conn).unwrap(),
            items: items::table.order(items::id).load(conn).unwrap(),
            tags: tags::table.order(tags::code).load(conn).unwrap(),
            links: links::table
                .order((links::item_id, links::tag_code))
                .load(conn)
                .unwrap(),
            notes: notes::table.order(notes::id).load(conn).unwrap(),
            nodes: nodes::table.order(nodes::id).load(conn).unwrap(),
        }
    }

    /// The rows as the library finds them, to which a statement would be an event.
    pub(super) fn peek(conn: &mut Conn) -> Outcome<Self> {
        let mut rows = Self {
            shops: Vec::new(),
            items: Vec::new(),
            tags: Vec::new(),
            links: Vec::new(),
            notes: Vec::new(),
            nodes: Vec::new(),
        };
        for id in 1..=6 {
            rows.shops.extend(Shop::find(conn, id)?);
            rows.items.extend(Item::find(conn, id)?);
            rows.notes.extend(Note::find(conn, id)?);
            rows.nodes.extend(Node::find(conn, id)?);
        }
        for code in ["t", "u", "v"] {
            rows.tags.extend(Tag::find(conn, code.to_owned())?);
        }
        for item in &rows.items {
            for code in ["t", "u", "v"] {
                rows.links
                    .extend(Link::find(conn, (item.id, code.to_owned()))?);
            }
        }
        Ok(rows)
    }

    /// The rows whose fields are not what they should be, each beside what it should be.
    pub(super) fn stale(&self) -> Vec<String> {
        let right = self.right();
        let mut stale = Vec::new();
        differing(&mut stale, &self.shops, &right.shops);
        differing(&mut stale, &self.items, &right.items);
        differing(&mut stale, &self.tags, &right.tags);
        differing(&mut stale, &self.notes, &right.notes);
        differing(&mut stale, &self.nodes, &right.nodes);
        stale
    }

    fn item(&self, id: i32) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The rows as they should be.
    fn right(&self) -> Self {
        let mut totals: HashMap<i32, i64> = HashMap::new();
        // A parent has the lesser number.
        for node in self.nodes.iter().rev() {
            let total = totals.get(&node.id).copied().unwrap_or(0) + node.weight;
            totals.insert(node.id, total);
            if let Some(parent) = node.parent_id {
                *totals.entry(parent).or_default() += total;
            }
        }
        let mut paths: HashMap<i32, String> = HashMap::new();
        for node in &self.nodes {
            let above = node.parent_id.map(|parent| format!("{}/", paths[&parent]));
            paths.insert(node.id, format!("{}{}", above.unwrap_or_default(), node.id));
        }
        let of_tree = |node: &Node| Node {
            path: paths[&node.id].clone(),
            total: totals[&node.id],
            ..node.clone()
        };
        let note = |note: &Note| Note {
            amount: note.item_id.map(|id| self.item(id).unwrap().amount),
            ..note.clone()
        };
        Self {
            shops: self.shops.iter().map(|shop| self.shop(shop)).collect(),
            items: self
                .items
                .iter()
                .map(|item| self.right_item(item))
                .collect(),
            tags: self.tags.iter().map(|tag| self.tag(tag)).collect(),
            links: self.links.clone(),
            notes: self.notes.iter().map(note).collect(),
            nodes: self.nodes.iter().map(of_tree).collect(),
        }
    }

    fn shop(&self, shop: &Shop) -> Shop {
        let items: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| item.shop_id == shop.id)
            .collect();
        let open = || items.iter().filter(|item| item.open);
        let latest = open().map(|item| item.id).max();
        let list: Vec<String> = items.iter().map(|item| item.amount.to_string()).collect();
        Shop {
            item_total: open().map(|item| item.amount).sum(),
            latest_item_id: latest,
            latest_amount: latest.map(|id| self.item(id).unwrap().amount),
            list: list.join(" "),
            ..shop.clone()
        }
    }

    fn right_item(&self, item: &Item) -> Item {
        let shop = self
            .shops
            .iter()
            .find(|shop| shop.id == item.shop_id)
            .unwrap();
        let links = self.links.iter().filter(|link| link.item_id == item.id);
        let titles: Vec<&str> = links
            .map(|link| {
                let mut tags = self.tags.iter();
                let tag = tags.find(|tag| tag.code == link.tag_code);
                tag.unwrap().title.as_str()
            })
            .collect();
        Item {
            shop_name: shop.name.clone(),
            tags: titles.join(" "),
            ..item.clone()
        }
    }

    fn tag(&self, tag: &Tag) -> Tag {
        let links: Vec<&Link> = self
            .links
            .iter()
            .filter(|link| link.tag_code == tag.code)
            .collect();
        let worth = links
            .iter()
            .map(|link| self.item(link.item_id).unwrap().amount);
        let nodes = self
            .nodes
            .iter()
            .filter(|node| node.tag_code.as_ref() == Some(&tag.code));
        Tag {
            uses: i64::try_from(links.len()).unwrap(),
            worth: worth.sum(),
            nodes: i64::try_from(nodes.count()).unwrap(),
            ..tag.clone()
        }
    }
}

/// The rows whose fields are not what they should be, each beside what it should be.
pub(super) fn stale(conn: &mut Conn) -> Vec<String> {
    Rows::load(conn).stale()
}

fn differing<T: std::fmt::Debug + PartialEq>(stale: &mut Vec<String>, are: &[T], should: &[T]) {
    let differing = are.iter().zip(should).filter(|(is, should)| is != should);
    stale.extend(differing.map(|(is, should)| format!("{is:?} should be {should:?}")));
}

#[track_caller]
pub(super) fn assert_right(conn: &mut Conn) {
    assert_eq!(stale(conn), Vec::<String>::new());
    assert!(conn.pending().unwrap().is_empty(), "marks are left");
}
