//! What follows from a write, and the graph of all fields, told in the form that is asked for.

use std::io::Write;

use clap::ValueEnum;
use maintained_core::operations::{self, Action, DryRun, Explanation, Picture, RowLock, Sent};
use maintained_core::{Database, MaintainedConnection};
use serde_json::{Value, json};

use super::Failure;

/// How the graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// Lines of text, for a terminal
    Text,
    /// A diagram of Mermaid, for documentation
    Mermaid,
    /// The language of Graphviz, for `dot -Tsvg`
    Dot,
    /// JSON, for other programs
    Json,
}

/// Says what follows from a write.
pub(super) fn explain<C: Database>(
    write: &str,
    json: bool,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let explanation = operations::explain::<C>(write)?;
    if json {
        writeln!(out, "{}", explained(&explanation))?;
    } else {
        writeln!(out, "{explanation}")?;
    }
    Ok(true)
}

/// Says how many rows a write would have computed.
pub(super) fn count<C: Database>(
    conn: &mut MaintainedConnection<C>,
    (write, condition): (&str, Option<&str>),
    json: bool,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let dry = C::value(operations::dry_run(conn, write, condition))?;
    if json {
        writeln!(out, "{}", counted(&dry))?;
    } else {
        writeln!(out, "{dry}")?;
    }
    Ok(true)
}

/// Draws the graph.
pub(super) fn graph<C: Database>(format: Format, out: &mut impl Write) -> Result<bool, Failure> {
    let picture = operations::graph::<C>()?;
    match format {
        Format::Text => writeln!(out, "{picture}")?,
        Format::Mermaid => write!(out, "{}", picture.mermaid())?,
        Format::Dot => write!(out, "{}", picture.dot())?,
        Format::Json => writeln!(out, "{}", drawn(&picture))?,
    }
    Ok(true)
}

fn counted(dry: &DryRun) -> Value {
    let fields = dry
        .fields
        .iter()
        .map(|field| json!({ "model": field.model, "fields": field.fields, "rows": field.rows }));
    let fields: Vec<Value> = fields.collect();
    json!({ "write": dry.write, "rows": dry.rows, "fields": fields })
}

fn explained(explanation: &Explanation) -> Value {
    let follows = explanation.follows.iter().map(|it| {
        let ways = it.ways.iter();
        let ways = ways.map(|way| json!({ "from": way.from, "hops": way.hops }));
        let ways: Vec<Value> = ways.collect();
        json!({ "model": it.model, "fields": it.fields, "by": it.by, "ways": ways })
    });
    let statements = explanation.statements.iter().map(|it| {
        json!({
            "action": action(it.action),
            "table": it.table,
            "columns": it.columns,
            "locks": locks(&it.locks),
            "each_level": it.each_level,
            "sent": sent(it.sent),
        })
    });
    json!({
        "write": explanation.write,
        "follows": follows.collect::<Vec<_>>(),
        "statements": statements.collect::<Vec<_>>(),
        "is_one": explanation.is_one,
        "locks": locks(&explanation.locks),
    })
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Insert => "insert",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Read => "read",
        Action::LockAhead => "lock ahead",
        _ => "other",
    }
}

fn sent(sent: Sent) -> &'static str {
    match sent {
        Sent::Always => "always",
        Sent::WithLocks => "with locks",
        Sent::IfNotRead => "if not read",
        Sent::IfWaited => "if waited",
        Sent::IfLeft => "if left",
        _ => "other",
    }
}

fn locks(locks: &[RowLock]) -> Vec<Value> {
    let locks = locks.iter();
    locks
        .map(|it| json!({ "table": it.table, "lock": it.lock }))
        .collect()
}

fn drawn(picture: &Picture) -> Value {
    let fields = picture.fields.iter().map(
        |it| json!({ "model": it.model, "field": it.field, "column": it.column, "by": it.by }),
    );
    let edges = picture
        .edges
        .iter()
        .map(|it| json!({ "from": it.from, "is_field": it.is_field, "to": it.to, "way": it.way }));
    json!({
        "fields": fields.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    })
}
