//! The graph as text, as Mermaid and as DOT.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Edge, Picture};

impl fmt::Display for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, field) in self.fields.iter().enumerate() {
            let end = if at > 0 { "\n" } else { "" };
            write!(formatter, "{end}{} ({})", field.column, field.by)?;
            for edge in self.edges.iter().filter(|edge| edge.to == field.column) {
                write!(formatter, "\n  reads {}", edge.from)?;
                if !edge.way.is_empty() {
                    write!(formatter, " by {}", edge.label())?;
                }
            }
        }
        Ok(())
    }
}

impl Edge {
    fn label(&self) -> String {
        self.way.join(", ")
    }
}

impl Picture {
    /// The graph as a diagram of [Mermaid](https://mermaid.js.org): for documentation.
    ///
    /// ```
    /// # use docs_shop::*;
    /// use maintained::operations;
    ///
    /// let picture = operations::graph::<SqliteConnection>()?;
    /// assert!(picture.mermaid().starts_with("graph LR\n"));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut text = "graph LR\n".to_owned();
        let numbers = self.numbers();
        // A string takes whatever is written to it.
        for (name, (number, is_field)) in &numbers {
            let name = escaped(name, "#quot;");
            let [open, close] = if *is_field { ["[", "]"] } else { ["([", "])"] };
            writeln!(text, "    n{number}{open}\"{name}\"{close}").ok();
        }
        for edge in &self.edges {
            let (from, to) = (numbers[edge.from.as_str()].0, numbers[edge.to.as_str()].0);
            let label = escaped(&edge.label(), "#quot;");
            let arrow = if label.is_empty() {
                "-->".to_owned()
            } else {
                format!("-->|\"{label}\"|")
            };
            writeln!(text, "    n{from} {arrow} n{to}").ok();
        }
        text
    }

    /// The graph in the language of [Graphviz](https://graphviz.org): for `dot -Tsvg`.
    ///
    /// ```
    /// # use docs_shop::*;
    /// use maintained::operations;
    ///
    /// let picture = operations::graph::<SqliteConnection>()?;
    /// assert!(picture.dot().starts_with("digraph maintained {"));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn dot(&self) -> String {
        let mut text = "digraph maintained {\n    rankdir=LR;\n".to_owned();
        for (name, (_, is_field)) in &self.numbers() {
            let shape = if *is_field { "box" } else { "ellipse" };
            let name = escaped(name, "\\\"");
            writeln!(text, "    \"{name}\" [shape={shape}];").ok();
        }
        for edge in &self.edges {
            let [from, to, label] =
                [&edge.from, &edge.to, &edge.label()].map(|it| escaped(it, "\\\""));
            writeln!(text, "    \"{from}\" -> \"{to}\" [label=\"{label}\"];").ok();
        }
        text.push_str("}\n");
        text
    }

    /// All names, each with a number, and whether it is a field.
    fn numbers(&self) -> BTreeMap<&str, (usize, bool)> {
        let fields = self
            .fields
            .iter()
            .map(|field| (field.column.as_str(), true));
        let read = self.edges.iter();
        let read = read.map(|edge| (edge.from.as_str(), edge.is_field));
        let mut numbers = BTreeMap::new();
        for (name, is_field) in fields.chain(read) {
            let next = numbers.len();
            numbers.entry(name).or_insert((next, is_field));
        }
        numbers
    }
}

/// A text between quotes.
fn escaped(text: &str, quote: &str) -> String {
    text.replace('"', quote)
}
