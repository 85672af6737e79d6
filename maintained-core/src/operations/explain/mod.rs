//! What follows from a write, told without writing: which fields, by which ways, in how many
//! statements, with which locks.

mod cascades;
mod dry_run;
mod planned;
mod short_way;
mod statements;
mod text;
mod written;

use crate::catalog::Catalog;
use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::Rule;
use crate::error::Error;
use crate::graph::{
    Cascade, Change, Follower, Graph, ModelIndex, Node, Origin, Path, SetterIndex, Step,
};

pub use self::dry_run::{DryRun, FieldRows, dry_run};
pub use self::planned::{Action, Planned, RowLock, Sent};

use self::written::Written;

/// What follows from a write: made by [`explain`].
///
/// It displays as a text of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The write, by the names of the database.
    pub write: String,
    /// What is computed because of it, in the order of computing.
    pub follows: Vec<Follows>,
    /// The statements of the write and of its flush, at most, in their order. Transactions are not
    /// among them.
    pub statements: Vec<Planned>,
    /// Whether all of them are one statement, in a database that writes within a query
    /// (PostgreSQL): so they are, unless a table on the way has triggers or rules.
    pub is_one: bool,
    /// The rows that are locked, table by table, each as strongly as it ever is.
    pub locks: Vec<RowLock>,
}

/// A setter, or a declared field, that a write comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Follows {
    /// The model.
    pub model: &'static str,
    /// The fields: several, where one setter keeps them.
    pub fields: Vec<&'static str>,
    /// What computes them: `setter label`, or the rule of a declared field, as `sum`.
    pub by: String,
    /// How the write comes to them.
    pub ways: Vec<Way>,
}

/// How a change comes to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Way {
    /// What has changed: columns, as `items.price_cents`, or rows, as `items`.
    pub from: Vec<String>,
    /// The foreign keys on the way from the row that has changed, each followed to the parent
    /// (`items.order_id -> orders`) or to the children (`products <- items.product_id`). None for
    /// the row itself.
    pub hops: Vec<String>,
}

/// Says what follows from a write of one row, without a database.
///
/// A write is named as `insert items`, `update items.price_cents`, `delete orders` or `touch
/// customers`: by tables and columns, or by models and fields. Several columns of one table are
/// separated by commas.
///
/// It is the most that may happen in immediate mode on this kind of database, as long as no step
/// comes to more rows than a batch has (256): it takes each value on the way for changed. In truth
/// a field whose value stays as it is wakes nobody. Two things are left out of a delete: what follows
/// for a row that a foreign key with `ON DELETE SET DEFAULT` names then, and the look for a row that
/// goes where a child spells its key otherwise.
///
/// ```
/// # use docs_shop::*;
/// use maintained::operations;
///
/// let explanation = operations::explain::<SqliteConnection>("update items.price_cents")?;
/// let follows: Vec<_> = explanation.follows.iter().map(|it| (it.model, &*it.fields)).collect();
/// assert_eq!(follows, [("Order", &["total_cents"][..]), ("Customer", &["spent_cents"])]);
/// println!("{explanation}");
/// # Ok::<_, maintained::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownWrite`] for what is no name of a write, [`Error::UnknownModel`] and
/// [`Error::UnknownColumn`], each with the nearest name that there is.
pub fn explain<C: Wrapped>(write: &str) -> Result<Explanation, Error> {
    let graph = &Catalog::<C::Db>::get()?.graph;
    let written = Written::parse(graph, write)?;
    let followers = graph.followers(written.model, &written.changes(), &written.cascades);
    let follows = followers
        .iter()
        .map(|it| Follows::of(graph, it, &written.cascades));
    let statements = statements::planned::<C::Db>(graph, &written, &followers);
    Ok(Explanation {
        write: written.to_string(),
        follows: follows.collect(),
        locks: planned::locks(&statements),
        is_one: short_way::are_one::<C::Db>(graph, &written),
        statements,
    })
}

impl Explanation {
    /// How many of the statements are sent at most where no other writer is met, no table on the
    /// way has triggers, and few rows are read. One that is sent for each level of a tree counts
    /// once.
    ///
    /// ```
    /// # use docs_shop::*;
    /// use maintained::operations;
    ///
    /// let explanation = operations::explain::<SqliteConnection>("update items.price_cents")?;
    /// assert!(explanation.usual() <= explanation.statements.len());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn usual(&self) -> usize {
        let statements = self.statements.iter();
        statements.filter(|it| it.sent == Sent::Always).count()
    }
}

impl Follows {
    fn of(graph: &Graph, follower: &Follower, cascades: &[Cascade]) -> Self {
        let (model, setter) = follower.target;
        let node = &graph.models[model];
        let mut ways: Vec<Way> = Vec::new();
        for path in &follower.paths {
            let way = Way::of(graph, path, cascades);
            match ways.iter_mut().find(|known| known.hops == way.hops) {
                Some(known) => {
                    let new: Vec<String> = way.from.into_iter().collect();
                    known.from.extend(new);
                    known.from.sort_unstable();
                    known.from.dedup();
                }
                None => ways.push(way),
            }
        }
        Self {
            model: node.meta.name,
            fields: fields_of(node, setter),
            by: computed_by(node, setter),
            ways,
        }
    }
}

/// The fields that a setter keeps.
pub(super) fn fields_of(node: &Node, setter: SetterIndex) -> Vec<&'static str> {
    let fields = node.setters[setter].fields.iter();
    fields.map(|at| node.meta.columns[at].field).collect()
}

/// What computes the fields of a setter.
pub(super) fn computed_by(node: &Node, setter: SetterIndex) -> String {
    match node.declared(setter).map(|declared| declared.rule) {
        None => format!("setter {}", node.setters[setter].name),
        Some(Rule::Count) => "count".to_owned(),
        Some(Rule::Exists) => "exists".to_owned(),
        Some(Rule::Sum) => "sum".to_owned(),
        Some(Rule::Min) => "min".to_owned(),
        Some(Rule::Max) => "max".to_owned(),
        Some(Rule::Copy) => "copy".to_owned(),
        Some(Rule::Expression) => "expression".to_owned(),
    }
}

impl Way {
    fn of(graph: &Graph, path: &Path, cascades: &[Cascade]) -> Self {
        let (model, change) = match path.origin {
            Origin::Written(model, change) => (model, change),
            Origin::Hanging(at, change) => (cascades[at].relation.child, change),
            Origin::Fields((model, _), columns) => (model, Change::Updated(columns)),
        };
        Self {
            from: changed(graph, model, change),
            hops: path.steps.iter().map(|&step| hop(graph, step)).collect(),
        }
    }
}

/// What has changed, in the names of the database.
fn changed(graph: &Graph, model: ModelIndex, change: Change) -> Vec<String> {
    let meta = graph.models[model].meta;
    match change {
        Change::Updated(columns) if columns != ColumnSet::ALL => {
            let column = |at: ColumnIndex| format!("{}.{}", meta.table, meta.columns[at].name);
            columns.iter().map(column).collect()
        }
        _ => vec![meta.table.to_owned()],
    }
}

/// A hop, as a foreign key and where it leads to.
pub(super) fn hop(graph: &Graph, step: Step) -> String {
    let (Step::Up(relation) | Step::Down(relation)) = step;
    let child = graph.models[relation.child].meta;
    let parent = graph.models[graph.models[relation.child].parents[relation.index]].meta;
    let key = child.columns[child.relations[relation.index].column].name;
    match step {
        Step::Up(_) => format!("{}.{key} -> {}", child.table, parent.table),
        Step::Down(_) => format!("{} <- {}.{key}", parent.table, child.table),
    }
}
