//! The definition of each maintained field, as a hash.
//!
//! The derive hashes what only the source code tells: tokens, and a version. Here comes what the
//! graph tells, in the names that the database knows: a renamed struct changes no definition.

use crate::declare::columns::ColumnSet;
use crate::declare::hash::Hash;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::declare::setter::{Direction, InputMeta};
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Node, SetterIndex};

/// What a maintained field follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// The name of the model; with that of its table where there are two models of that name.
    pub(crate) model: String,
    /// The name of the struct's field.
    pub(crate) field: &'static str,
    /// The hash, in hexadecimal digits.
    pub(crate) hash: String,
}

/// The definitions of all fields, by model.
///
/// # Errors
/// [`Error::Declaration`] when two models have one name and one table.
pub(crate) fn definitions(graph: &Graph) -> Result<Vec<Definition>, Error> {
    let mut definitions = Vec::new();
    for model in graph.models.keys() {
        definitions.extend(definitions_of(graph, model, SetterSet::ALL)?);
    }
    definitions.sort_by(|one, other| (&one.model, one.field).cmp(&(&other.model, other.field)));
    Ok(definitions)
}

/// The definitions of the fields that some setters of a model keep.
///
/// # Errors
/// As [`definitions`].
pub(crate) fn definitions_of(
    graph: &Graph,
    model: ModelIndex,
    setters: SetterSet,
) -> Result<Vec<Definition>, Error> {
    let node = &graph.models[model];
    let name = name_of(graph, model)?;
    let mut definitions = Vec::new();
    for setter in node
        .setters
        .keys()
        .filter(|&setter| setters.contains(setter))
    {
        let hash = Hash::of(graph, node, setter);
        let fields = node.setters[setter].fields.iter();
        let columns = fields.filter_map(|field| node.meta.columns.get(field));
        definitions.extend(columns.map(|column| Definition {
            model: name.clone(),
            field: column.field,
            hash: hash.clone(),
        }));
    }
    Ok(definitions)
}

/// How a model is called in the table.
fn name_of(graph: &Graph, model: ModelIndex) -> Result<String, Error> {
    let meta = graph.models[model].meta;
    let others = graph.models.iter_enumerated();
    let others = others.filter(|(at, node)| *at != model && node.meta.name == meta.name);
    let mut tables = others.map(|(_, node)| node.meta.table).peekable();
    if tables.peek().is_none() {
        return Ok(meta.name.to_owned());
    }
    if tables.any(|table| table == meta.table) {
        return Err(Error::Declaration(format!(
            "two models are called `{}` and have the table `{}`, so that their fields cannot be \
             told apart: give one of them another name",
            meta.name, meta.table
        )));
    }
    Ok(format!("{} ({})", meta.name, meta.table))
}

impl Hash {
    fn of(graph: &Graph, node: &Node, setter: SetterIndex) -> String {
        let meta = &node.setters[setter];
        let mut hash = Self::new();
        hash.word(&meta.definition.to_string());
        hash.columns(node, meta.fields);
        hash.columns(node, meta.own);
        hash.inputs(graph, node, meta.inputs);
        if let Some(declared) = node.declared(setter) {
            hash.rule(graph, declared);
        }
        hash.to_string()
    }

    /// Adds the names of columns, in whatever order the struct has them.
    ///
    /// Rows that are read whole stay so when their model gets another column, which no setter that
    /// is there has heard of.
    fn columns(&mut self, node: &Node, columns: ColumnSet) {
        if columns == ColumnSet::ALL {
            return self.word("*");
        }
        let columns = columns.iter();
        let known = columns.filter_map(|column| node.meta.columns.get(column));
        let mut names: Vec<_> = known.map(|column| column.name).collect();
        names.sort_unstable();
        self.word(&names.len().to_string());
        for name in names {
            self.word(name);
        }
    }

    fn column(&mut self, node: &Node, column: Option<ColumnIndex>) {
        self.columns(node, column.map_or(ColumnSet::NONE, ColumnSet::of));
    }

    fn inputs(&mut self, graph: &Graph, from: &Node, inputs: &[InputMeta]) {
        self.word(&inputs.len().to_string());
        for input in inputs {
            let Some(model) = graph.index_of((input.model)()) else {
                continue;
            };
            let read = &graph.models[model];
            let (direction, child) = match input.direction {
                Direction::Parent { optional: false } => ("parent", from),
                Direction::Parent { optional: true } => ("optional parent", from),
                Direction::Children => ("children", read),
            };
            self.word(direction);
            self.word(read.meta.table);
            let relation = child.meta.relations.get(input.relation);
            self.column(child, relation.map(|relation| relation.column));
            self.columns(read, input.columns);
            self.inputs(graph, read, input.inner);
        }
    }

    fn rule(&mut self, graph: &Graph, declared: &DeclaredMeta) {
        self.word(match declared.rule {
            Rule::Count => "count",
            Rule::Exists => "exists",
            Rule::Sum => "sum",
            Rule::Min => "min",
            Rule::Max => "max",
            Rule::Copy => "copy",
            Rule::Expression => "expression",
        });
        let source = declared.chain().last();
        let source = source.and_then(|input| graph.index_of((input.model)()));
        if let Some(source) = source.map(|model| &graph.models[model]) {
            self.column(source, declared.value);
            self.column(source, declared.filter);
        }
    }
}

#[cfg(test)]
mod tests;
