//! What a change is as SQL, past the library.

use super::program::{Change, Filter, Model, Verb};
use super::write::{codes, numbers};

impl Change {
    /// The change as SQL.
    pub(super) fn sql(self) -> String {
        let (table, key) = self.place();
        match self.verb {
            Verb::Insert => self.sql_insert(),
            Verb::Delete => format!("DELETE FROM {table} WHERE {key}"),
            _ => format!("UPDATE {table} SET {} WHERE {key}", self.assignments()),
        }
    }

    /// The change to all rows of its kind that a bracket matches, where there can be such a one.
    pub(super) fn wide_sql(self, filter: Filter) -> Option<String> {
        let (table, _) = self.place();
        let condition = condition(self.model, filter);
        match (self.verb, self.model) {
            (Verb::Delete, _) => Some(format!("DELETE FROM {table} WHERE {condition}")),
            (Verb::Update, Model::Shop | Model::Item | Model::Note | Model::Tag) => Some(format!(
                "UPDATE {table} SET {} WHERE {condition}",
                self.assignments()
            )),
            _ => None,
        }
    }

    fn place(self) -> (&'static str, String) {
        let id = self.key();
        match self.model {
            Model::Shop => ("shops", format!("id = {id}")),
            Model::Item => ("items", format!("id = {id}")),
            Model::Tag => ("tags", format!("code = '{}'", self.code())),
            Model::Link => {
                let (item, tag) = self.link();
                ("links", format!("item_id = {item} AND tag_code = '{tag}'"))
            }
            Model::Note => ("notes", format!("id = {id}")),
            Model::Node => ("nodes", format!("id = {id}")),
        }
    }

    fn assignments(self) -> String {
        let (amount, open) = (self.amount(), self.open());
        match self.model {
            Model::Shop => format!("name = '{}'", self.value),
            Model::Item if self.moves() => format!("shop_id = {}, amount = {amount}", self.shop()),
            Model::Item => format!("amount = {amount}, open = {open}"),
            Model::Tag => format!("title = '{}'", self.value),
            Model::Link => format!("rank = {}", self.value),
            Model::Note => format!("item_id = {}", null_or(self.item())),
            Model::Node if self.moves() => format!("parent_id = {}", null_or(self.parent())),
            Model::Node => format!("tag_code = {}, weight = {amount}", quoted(self.tag())),
        }
    }

    fn sql_insert(self) -> String {
        let id = self.key();
        match self.model {
            Model::Shop => format!("INSERT INTO shops (id, name) VALUES ({id}, 'raw')"),
            Model::Item => format!(
                "INSERT INTO items (id, shop_id, amount, open) VALUES ({id}, {}, {}, {})",
                self.shop(),
                self.amount(),
                self.open()
            ),
            Model::Tag => {
                format!(
                    "INSERT INTO tags (code, title) VALUES ('{}', 'raw')",
                    self.code()
                )
            }
            Model::Link => {
                let (item, tag) = self.link();
                format!("INSERT INTO links (item_id, tag_code) VALUES ({item}, '{tag}')")
            }
            Model::Note => {
                format!(
                    "INSERT INTO notes (id, item_id) VALUES ({id}, {})",
                    null_or(self.item())
                )
            }
            Model::Node => format!(
                "INSERT INTO nodes (id, parent_id, tag_code, weight) VALUES ({id}, {}, {}, {id})",
                null_or(self.parent()),
                quoted(self.tag())
            ),
        }
    }
}

fn quoted<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or("NULL".to_owned(), |value| format!("'{value}'"))
}

fn null_or(value: Option<i32>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

fn condition(model: Model, filter: Filter) -> String {
    let numbers = |bits| {
        let numbers: Vec<String> = numbers(bits).iter().map(i32::to_string).collect();
        numbers.join(", ")
    };
    let codes = |bits| {
        let mut codes: Vec<String> = codes(bits).iter().map(|code| format!("'{code}'")).collect();
        // A list must not be empty.
        codes.push("'-'".to_owned());
        codes.join(", ")
    };
    match (model, filter) {
        (Model::Item, Filter::Parents(bits)) => format!("shop_id IN ({})", numbers(bits)),
        (Model::Link, Filter::Parents(bits)) => format!("tag_code IN ({})", codes(bits)),
        (Model::Link, Filter::Keys(bits)) => format!("item_id IN ({})", numbers(bits)),
        (Model::Tag, Filter::Keys(bits) | Filter::Parents(bits)) => {
            format!("code IN ({})", codes(bits))
        }
        (_, Filter::Keys(bits) | Filter::Parents(bits)) => format!("id IN ({})", numbers(bits)),
    }
}
