//! A write, as it is named: `insert items`, `update items.price_cents`, `delete orders`.

use std::fmt;

use crate::declare::columns::ColumnSet;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::{Cascade, Change, Graph, ModelIndex, Node, nearest};

/// What happens to a row of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Insert,
    Update(ColumnSet),
    Delete,
    Touch,
}

/// A write that is named.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) model: ModelIndex,
    pub(super) kind: Kind,
    /// What hangs on the row, where it goes.
    pub(super) cascades: Vec<Cascade>,
    name: String,
}

impl Written {
    /// Reads the name of a write.
    pub(super) fn parse(graph: &Graph, text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownWrite {
            write: text.to_owned(),
        };
        let (verb, rest) = text
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(unknown)?;
        let rest = rest.trim();
        let (model, kind) = match verb.to_ascii_lowercase().as_str() {
            "insert" => (model_of(graph, rest)?, Kind::Insert),
            "delete" => (model_of(graph, rest)?, Kind::Delete),
            "touch" => (model_of(graph, rest)?, Kind::Touch),
            "update" => columns_of(graph, rest)?,
            _ => return Err(unknown()),
        };
        let cascades = match kind {
            Kind::Delete => graph.cascades(model),
            _ => Vec::new(),
        };
        let verb = verb.to_ascii_lowercase();
        let name = match kind {
            Kind::Update(columns) if columns != ColumnSet::ALL => {
                let meta = graph.models[model].meta;
                let column = |at: ColumnIndex| format!("{}.{}", meta.table, meta.columns[at].name);
                let columns: Vec<String> = columns.iter().map(column).collect();
                format!("{verb} {}", columns.join(", "))
            }
            _ => format!("{verb} {}", graph.models[model].meta.table),
        };
        Ok(Self {
            model,
            kind,
            cascades,
            name,
        })
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        match self.kind {
            Kind::Insert => vec![Change::Inserted],
            Kind::Update(columns) => vec![Change::Updated(columns)],
            Kind::Delete => vec![Change::Deleted],
            Kind::Touch => Change::TOUCHED.to_vec(),
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// The model with this name, or with a table of this name.
fn model_of(graph: &Graph, name: &str) -> Result<ModelIndex, Error> {
    let is_named = |node: &Node| node.meta.name == name || node.meta.table == name;
    graph.models.position(is_named).ok_or_else(|| {
        let names = graph.models.iter();
        let mut names: Vec<&'static str> = names
            .flat_map(|node| [node.meta.name, node.meta.table])
            .collect();
        names.sort_unstable();
        names.dedup();
        Error::UnknownModel {
            model: name.to_owned(),
            nearest: nearest(&names, name).copied(),
            known: names,
        }
    })
}

/// The columns in a list as `items.price_cents, items.quantity`; all, where a table alone is named.
fn columns_of(graph: &Graph, list: &str) -> Result<(ModelIndex, Kind), Error> {
    let (mut model, mut columns) = (None, ColumnSet::NONE);
    for item in list.split(',').map(str::trim) {
        let (table, column) = match item.split_once("::").or_else(|| item.rsplit_once('.')) {
            Some((table, column)) => (table, Some(column)),
            None if model.is_some() && !item.is_empty() => ("", Some(item)),
            None => (item, None),
        };
        let of = match model {
            Some(of) if table.is_empty() => of,
            _ => model_of(graph, table)?,
        };
        if model.is_some_and(|known| known != of) {
            return Err(Error::UnknownWrite {
                write: format!("update {list}"),
            });
        }
        model = Some(of);
        columns = match column {
            Some(column) => columns.with(column_of(graph, of, column)?),
            None => ColumnSet::ALL,
        };
    }
    model
        .map(|model| (model, Kind::Update(columns)))
        .ok_or_else(|| Error::UnknownWrite {
            write: format!("update {list}"),
        })
}

fn column_of(graph: &Graph, model: ModelIndex, name: &str) -> Result<ColumnIndex, Error> {
    let meta = graph.models[model].meta;
    meta.column(name)
        .or_else(|| meta.field(name))
        .ok_or_else(|| {
            let known: Vec<&'static str> = meta.columns.iter().map(|column| column.name).collect();
            Error::UnknownColumn {
                table: meta.table,
                column: name.to_owned(),
                nearest: nearest(&known, name).copied(),
                known,
            }
        })
}
