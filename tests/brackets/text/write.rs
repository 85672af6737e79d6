//! What a change is, by the library.

use diesel::prelude::*;
use maintained::prelude::*;

use super::program::{Change, Filter, Model, Verb};
use super::{Conn, Outcome, item};
use crate::models::schema::{items, links, nodes, notes, shops, tags};
use crate::models::{Item, Link, Node, Note, Shop, Tag};

const CODES: [&str; 3] = ["t", "u", "v"];

fn code(at: u8) -> String {
    CODES[usize::from(at) % 3].to_owned()
}

impl Change {
    /// How many rows there can be; for links, how many items.
    fn rows(self) -> u8 {
        match self.model {
            Model::Shop | Model::Tag => 3,
            Model::Item | Model::Link => 4,
            Model::Note => 2,
            Model::Node => 6,
        }
    }

    /// The number of its row; of a tag its place in the alphabet, of a link its item.
    pub(super) fn key(self) -> i32 {
        i32::from(self.at % self.rows()) + 1
    }

    pub(super) fn code(self) -> String {
        code(self.at)
    }

    pub(super) fn shop(self) -> i32 {
        i32::from(self.to % 3) + 1
    }

    pub(super) fn link(self) -> (i32, String) {
        (self.key(), code(self.to))
    }

    /// The item of a note.
    pub(super) fn item(self) -> Option<i32> {
        Some(i32::from(self.to % 5)).filter(|&item| item > 0)
    }

    /// A node hangs below one of a lesser number, so that there are no loops.
    pub(super) fn parent(self) -> Option<i32> {
        Some(i32::from(self.to) % self.key()).filter(|&parent| parent > 0)
    }

    pub(super) fn tag(self) -> Option<String> {
        (!self.value.is_multiple_of(4)).then(|| code(self.value))
    }

    pub(super) fn amount(self) -> i64 {
        i64::from(self.value % 9)
    }

    pub(super) fn open(self) -> bool {
        !self.value.is_multiple_of(5)
    }

    /// Whether an update gives the row another parent.
    pub(super) fn moves(self) -> bool {
        !self.value.is_multiple_of(3)
    }

    /// The change with a row, and a parent, that a bracket's filter matches; none where it matches none.
    pub(super) fn within(mut self, filter: Filter) -> Option<Self> {
        let rows = self.rows();
        let (bits, at, places) = match (filter, self.model) {
            (Filter::Parents(bits), Model::Item | Model::Link) => (bits, &mut self.to, 3),
            (Filter::Keys(bits) | Filter::Parents(bits), _) => (bits, &mut self.at, rows),
        };
        let chosen: Vec<u8> = (0..places).filter(|bit| bits >> bit & 1 == 1).collect();
        *at = *chosen.get(usize::from(*at) % chosen.len().max(1))?;
        Some(self)
    }

    /// Whether the row is there.
    fn is_there(self, conn: &mut Conn) -> Outcome<bool> {
        Ok(match self.model {
            Model::Shop => Shop::find(conn, self.key())?.is_some(),
            Model::Item => Item::find(conn, self.key())?.is_some(),
            Model::Tag => Tag::find(conn, self.code())?.is_some(),
            Model::Link => Link::find(conn, self.link())?.is_some(),
            Model::Note => Note::find(conn, self.key())?.is_some(),
            Model::Node => Node::find(conn, self.key())?.is_some(),
        })
    }

    /// Whether all parents are there that the row would name.
    fn has_parents(self, conn: &mut Conn) -> Outcome<bool> {
        Ok(match self.model {
            Model::Shop | Model::Tag => true,
            Model::Item => Shop::find(conn, self.shop())?.is_some(),
            Model::Link => {
                let (item, tag) = self.link();
                Item::find(conn, item)?.is_some() && Tag::find(conn, tag)?.is_some()
            }
            Model::Note => match self.item() {
                Some(item) => Item::find(conn, item)?.is_some(),
                None => true,
            },
            Model::Node => {
                let parent = match self.parent() {
                    Some(parent) => Node::find(conn, parent)?.is_some(),
                    None => true,
                };
                let tag = match self.tag() {
                    Some(tag) => Tag::find(conn, tag)?.is_some(),
                    None => true,
                };
                parent && tag
            }
        })
    }

    /// Whether the database takes it: the caller's own reads are by the library, since a statement is an event.
    pub(super) fn fits(self, conn: &mut Conn) -> Outcome<bool> {
        let is_there = self.is_there(conn)?;
        Ok(match self.verb {
            Verb::Insert => !is_there && self.has_parents(conn)?,
            Verb::Update => is_there && self.has_parents(conn)?,
            Verb::Delete | Verb::Touch | Verb::Owe => is_there,
        })
    }

    /// Whether the row is one that the filter matches before a statement.
    pub(super) fn is_covered(self, conn: &mut Conn, filter: Filter) -> Outcome<bool> {
        if let (Filter::Parents(bits), Model::Item) = (filter, self.model)
            && let Some(item) = Item::find(conn, self.key())?
        {
            return Ok(bits >> (item.shop_id - 1) & 1 == 1);
        }
        Ok(true)
    }

    pub(super) fn write(self, conn: &mut Conn) -> Outcome {
        match self.verb {
            Verb::Insert => self.insert(conn),
            Verb::Update => self.update(conn),
            Verb::Delete => self.delete(conn),
            Verb::Touch => self.touch(conn),
            Verb::Owe => {
                conn.disable_autoupdates(|conn| self.owe(conn))?;
                self.touch(conn)
            }
        }
    }

    fn insert(self, conn: &mut Conn) -> Outcome {
        let id = self.key();
        match self.model {
            Model::Shop => Shop::insert(conn, (shops::id.eq(id), shops::name.eq("new"))).map(drop),
            Model::Item => item(conn, id, self.shop(), self.amount()),
            Model::Tag => {
                let new = (tags::code.eq(self.code()), tags::title.eq("new"));
                Tag::insert(conn, new).map(drop)
            }
            Model::Link => super::link(conn, id, &self.link().1),
            Model::Note => {
                Note::insert(conn, (notes::id.eq(id), notes::item_id.eq(self.item()))).map(drop)
            }
            Model::Node => super::node(conn, id, self.parent(), self.tag().as_deref()),
        }
    }

    fn update(self, conn: &mut Conn) -> Outcome {
        let id = self.key();
        match self.model {
            Model::Shop => {
                let name = shops::name.eq(self.value.to_string());
                Shop::update(conn, id, name).map(drop)
            }
            Model::Item if self.moves() => {
                let mut row = Item::find(conn, id)?.unwrap();
                row.shop_id = self.shop();
                row.amount = self.amount();
                row.save(conn)
            }
            Model::Item => {
                let changes = (items::amount.eq(self.amount()), items::open.eq(self.open()));
                Item::update(conn, id, changes).map(drop)
            }
            Model::Tag => {
                let title = tags::title.eq(self.value.to_string());
                Tag::update(conn, self.code(), title).map(drop)
            }
            Model::Link => {
                let rank = links::rank.eq(i32::from(self.value));
                Link::update(conn, self.link(), rank).map(drop)
            }
            Model::Note => Note::update(conn, id, notes::item_id.eq(self.item())).map(drop),
            Model::Node if self.moves() => {
                Node::update(conn, id, nodes::parent_id.eq(self.parent())).map(drop)
            }
            Model::Node => {
                let changes = (
                    nodes::tag_code.eq(self.tag()),
                    nodes::weight.eq(self.amount()),
                );
                Node::update(conn, id, changes).map(drop)
            }
        }
    }

    /// A change to columns that are no foreign keys: `touch` pays for it.
    fn owe(self, conn: &mut Conn) -> Outcome {
        let id = self.key();
        match self.model {
            Model::Item => Item::update(conn, id, items::amount.eq(self.amount())).map(drop),
            Model::Node => Node::update(conn, id, nodes::weight.eq(self.amount())).map(drop),
            Model::Note => Ok(()),
            _ => self.update(conn),
        }
    }

    fn delete(self, conn: &mut Conn) -> Outcome {
        let ids = &[self.key()];
        match self.model {
            Model::Shop => Shop::delete_many(conn, ids),
            Model::Item => Item::delete_many(conn, ids),
            Model::Tag => Tag::delete_many(conn, &[self.code()]),
            Model::Link => Link::delete_many(conn, &[self.link()]),
            Model::Note => Note::delete_many(conn, ids),
            Model::Node => Node::delete_many(conn, ids),
        }
    }

    fn touch(self, conn: &mut Conn) -> Outcome {
        let ids = &[self.key()];
        match self.model {
            Model::Shop => Shop::touch(conn, ids),
            Model::Item => Item::touch(conn, ids),
            Model::Tag => Tag::touch(conn, &[self.code()]),
            Model::Link => Link::touch(conn, &[self.link()]),
            Model::Note => Note::touch(conn, ids),
            Model::Node => Node::touch(conn, ids),
        }
    }

    pub(super) fn fresh(self, conn: &mut Conn) -> Outcome {
        let id = self.key();
        match self.model {
            Model::Shop => Shop::fresh(conn, id).map(drop),
            Model::Item => Item::fresh(conn, id).map(drop),
            Model::Tag => Tag::fresh(conn, self.code()).map(drop),
            Model::Link => Link::fresh(conn, self.link()).map(drop),
            Model::Note => Note::fresh(conn, id).map(drop),
            Model::Node => Node::fresh(conn, id).map(drop),
        }
    }
}

/// The numbers that a filter's bits stand for.
pub(super) fn numbers(bits: u8) -> Vec<i32> {
    (0..6)
        .filter(|bit| bits >> bit & 1 == 1)
        .map(|bit| bit + 1)
        .collect()
}

/// The codes that a filter's bits stand for.
pub(super) fn codes(bits: u8) -> Vec<String> {
    (0..3)
        .filter(|bit| bits >> bit & 1 == 1)
        .map(code)
        .collect()
}
