//! The graph of all fields and what they read, for people and for other programs.

mod render;

use crate::catalog::Catalog;
use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::positions::ColumnIndex;
use crate::declare::setter::{Direction, InputMeta};
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Relation, Step};

use super::explain::{computed_by, hop};

/// All maintained fields, and what they read: made by [`graph`].
///
/// It displays as text, with a line for each thing that a field reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Picture {
    /// The fields, in the order of computing.
    pub fields: Vec<Field>,
    /// What they read.
    pub edges: Vec<Edge>,
}

/// A maintained field in a [`Picture`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The model.
    pub model: &'static str,
    /// The field.
    pub field: &'static str,
    /// Its place in the database, as `orders.total_cents`.
    pub column: String,
    /// What computes it: `setter label`, or the rule of a declared field, as `sum`.
    pub by: String,
}

/// A field reads a column, or the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edge {
    /// What is read: a column, as `items.price_cents`; a table, as `items`, where it is which rows
    /// there are, or the rows as a whole.
    pub from: String,
    /// Whether what is read is a maintained field, too.
    pub is_field: bool,
    /// The column of the field that reads it.
    pub to: String,
    /// The foreign keys on the way from the rows that are read to the row of the field, as
    /// [`Way::hops`](super::Way::hops) writes them. None where it is the same row.
    pub way: Vec<String>,
}

/// All maintained fields and what they read, without a database.
///
/// ```
/// # use docs_shop::*;
/// use maintained::operations;
///
/// let picture = operations::graph::<SqliteConnection>()?;
/// assert!(picture.to_string().contains("orders.total_cents"));
/// println!("{}", picture.mermaid());
/// # Ok::<_, maintained::Error>(())
/// ```
///
/// # Errors
/// When the models' declarations contradict one another.
pub fn graph<C: Wrapped>() -> Result<Picture, Error> {
    Ok(picture(&Catalog::<C::Db>::get()?.graph))
}

fn picture(graph: &Graph) -> Picture {
    let mut picture = Picture {
        fields: Vec::new(),
        edges: Vec::new(),
    };
    for unit in &graph.units {
        let node = &graph.models[unit.model];
        for &setter in &unit.order {
            let meta = &node.setters[setter];
            for column in meta.fields.iter() {
                let to = name(graph, unit.model, column);
                picture.fields.push(Field {
                    model: node.meta.name,
                    field: node.meta.columns[column].field,
                    column: to.clone(),
                    by: computed_by(node, setter),
                });
                let mut edges = Edges {
                    graph,
                    found: &mut picture.edges,
                    to: &to,
                };
                edges.columns(unit.model, meta.own, &[], false);
                edges.inputs(unit.model, meta.inputs, &[]);
            }
        }
    }
    picture
}

fn name(graph: &Graph, model: ModelIndex, column: ColumnIndex) -> String {
    let meta = graph.models[model].meta;
    format!("{}.{}", meta.table, meta.columns[column].name)
}

/// The edges to one field.
struct Edges<'g> {
    graph: &'g Graph,
    found: &'g mut Vec<Edge>,
    to: &'g str,
}

impl Edges<'_> {
    /// Adds the columns that are read of a model, or the model's table where rows are read whole,
    /// or counted.
    fn columns(&mut self, model: ModelIndex, columns: ColumnSet, way: &[String], of_rows: bool) {
        let meta = self.graph.models[model].meta;
        if columns == ColumnSet::ALL || columns.is_empty() && of_rows {
            self.add(meta.table.to_owned(), false, way);
        }
        if columns == ColumnSet::ALL {
            // The fields among them are worth an edge of their own: they come first.
            for column in meta.columns_where(true).iter() {
                self.add(name(self.graph, model, column), true, way);
            }
            return;
        }
        for column in columns.iter() {
            if let Some(it) = meta.columns.get(column) {
                self.add(name(self.graph, model, column), it.maintained, way);
            }
        }
    }

    fn inputs(&mut self, from: ModelIndex, inputs: &[InputMeta], way: &[String]) {
        for input in inputs {
            let Some(read) = self.graph.index_of((input.model)()) else {
                continue;
            };
            let index = input.relation;
            let is_children = input.direction == Direction::Children;
            // The way leads from what is read to the field.
            let step = if is_children {
                Step::Up(Relation { child: read, index })
            } else {
                Step::Down(Relation { child: from, index })
            };
            let mut further = vec![hop(self.graph, step)];
            further.extend_from_slice(way);
            self.columns(read, input.columns, &further, is_children);
            self.inputs(read, input.inner, &further);
        }
    }

    fn add(&mut self, from: String, is_field: bool, way: &[String]) {
        if from == self.to && way.is_empty() {
            return;
        }
        let edge = Edge {
            from,
            is_field,
            to: self.to.to_owned(),
            way: way.to_vec(),
        };
        if !self.found.contains(&edge) {
            self.found.push(edge);
        }
    }
}
