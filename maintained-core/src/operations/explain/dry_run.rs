//! How many rows a write would have computed: the rows that the graph's walks come to, counted and
//! left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::fields_of;
use super::written::{Kind, Written};
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::engine::marking::Marking;
use crate::engine::walk;
use crate::error::Error;
use crate::graph::{Cascade, Follower, ModelIndex, Origin, SetterIndex, Step};
use crate::operations::{Operation, batches, check};
use crate::session::Session;

/// How many keys a statement of a walk has.
const KEYS: usize = 4_096;

/// How many rows a write would have computed: made by [`dry_run`].
///
/// It displays as a table, with a line for each field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DryRun {
    /// The write, by the names of the database.
    pub write: String,
    /// How many rows it is about.
    pub rows: usize,
    /// The fields that follow, in the order of computing.
    pub fields: Vec<FieldRows>,
}

/// How many rows of a field a write would have computed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldRows {
    /// The model.
    pub model: &'static str,
    /// The fields: several, where one setter keeps them.
    pub fields: Vec<&'static str>,
    /// How many rows, at most: a value that stays as it is wakes nobody.
    pub rows: usize,
}

impl fmt::Display for DryRun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} rows)", self.write, self.rows)?;
        let names: Vec<String> = self.fields.iter().map(FieldRows::name).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        for (name, field) in names.iter().zip(&self.fields) {
            write!(formatter, "\n  {name:width$}  {}", field.rows)?;
        }
        Ok(())
    }
}

impl FieldRows {
    fn name(&self) -> String {
        let named = |field: &&str| format!("{}::{field}", self.model);
        let fields: Vec<String> = self.fields.iter().map(named).collect();
        fields.join(", ")
    }
}

/// Says how many rows of each field would be computed if rows were touched, deleted, or changed in
/// some columns. It writes nothing, and takes no locks.
///
/// The write is named as for [`explain`](super::explain()); it cannot be an `insert`. The condition
/// says in SQL which rows are meant, as `"customer_id = 7"`; without one all are. It is sent as it
/// is, so it must not come from a stranger.
///
/// The numbers are the most that can be: a value that stays as it is wakes nobody. The keys of all
/// these rows are held in memory meanwhile.
///
/// ```
/// # use docs_shop::*;
/// # let (conn, ada, order, item) = &mut open()?;
/// use maintained::operations;
///
/// let dry = operations::dry_run(conn, "update items.price_cents", None)?;
/// assert_eq!(dry.rows, 1);
/// println!("{dry}");
/// # Ok::<_, maintained::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownWrite`], [`Error::UnknownModel`], [`Error::UnknownColumn`]; what the database
/// says.
pub fn dry_run<'c, C: Wrapped>(
    conn: &'c mut MaintainedConnection<C>,
    write: &'c str,
    condition: Option<&'c str>,
) -> C::Answer<'c, Result<DryRun, Error>> {
    C::answer(async move {
        let graph = &Catalog::<C::Db>::get()?.graph;
        let written = Written::parse(graph, write)?;
        if written.kind == Kind::Insert {
            return Err(Error::Declaration(format!(
                "the rows of `{written}` are not there yet, so that nobody can count what follows \
                 from them: `explain` says which fields do"
            )));
        }
        let mut rows = check::<C>().batch(KEYS);
        if let Some(condition) = condition {
            rows = rows.rows_where(graph.models[written.model].meta.name, condition);
        }
        let followers = graph.followers(written.model, &written.changes(), &written.cascades);
        let count = Count {
            rows,
            written,
            followers,
        };
        conn.at_work(&count).await
    })
}

/// Counts the rows that a write comes to.
struct Count<C: Wrapped> {
    /// Which rows are written.
    rows: Operation<C>,
    written: Written,
    followers: Vec<Follower>,
}

impl<C: Wrapped> Task<C> for Count<C> {
    type Output = DryRun;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<DryRun, Error> {
        let locks = std::mem::replace(&mut session.switches.locks, false);
        let counted = self.count(session).await;
        session.switches.locks = locks;
        counted
    }
}

/// The rows of each setter.
type Reached = BTreeMap<(ModelIndex, SetterIndex), BTreeSet<Id>>;

impl<C: Wrapped> Count<C> {
    async fn count(&self, session: &mut Session<'_, C>) -> Result<DryRun, Error> {
        let graph = &session.catalog.graph;
        let written = self.written_rows(session).await?;
        let mut reached = Reached::new();
        loop {
            let known: usize = reached.values().map(BTreeSet::len).sum();
            for follower in &self.followers {
                self.follow(session, &written, follower, &mut reached)
                    .await?;
            }
            // Where fields follow from one another along a tree, once is not enough.
            if reached.values().map(BTreeSet::len).sum::<usize>() == known {
                break;
            }
        }
        let fields = self.followers.iter().map(|follower| {
            let node = &graph.models[follower.target.0];
            FieldRows {
                model: node.meta.name,
                fields: fields_of(node, follower.target.1),
                rows: reached.get(&follower.target).map_or(0, BTreeSet::len),
            }
        });
        Ok(DryRun {
            write: self.written.to_string(),
            rows: written.len(),
            fields: fields.collect(),
        })
    }

    async fn written_rows(&self, session: &mut Session<'_, C>) -> Result<BTreeSet<Id>, Error> {
        let (mut all, mut cursor) = (BTreeSet::new(), None);
        let model = self.written.model;
        batches::refuse_unsorted(session, model).await?;
        while let Some((ids, last)) =
            batches::next(session, &self.rows, model, (cursor.as_ref(), None)).await?
        {
            all.extend(ids);
            cursor = Some(last);
        }
        Ok(all)
    }

    /// Adds the rows of a setter that are reached by now.
    async fn follow(
        &self,
        session: &mut Session<'_, C>,
        written: &BTreeSet<Id>,
        follower: &Follower,
        reached: &mut Reached,
    ) -> Result<(), Error> {
        for path in &follower.paths {
            let (from, hanging): (&BTreeSet<Id>, &[Step]) = match path.origin {
                Origin::Written(..) => (written, &[]),
                Origin::Hanging(at, _) => {
                    let cascades: &Vec<Cascade> = &self.written.cascades;
                    (written, &cascades[at].steps)
                }
                Origin::Fields(target, _) => match reached.get(&target) {
                    Some(rows) => (rows, &[]),
                    None => continue,
                },
            };
            let mut rows = from.clone();
            for &step in hanging.iter().chain(&path.steps) {
                rows = onward(session, step, &rows).await?;
            }
            reached.entry(follower.target).or_default().extend(rows);
        }
        Ok(())
    }
}

/// The rows that one step reaches from some rows.
async fn onward<C: Wrapped>(
    session: &mut Session<'_, C>,
    step: Step,
    from: &BTreeSet<Id>,
) -> Result<BTreeSet<Id>, Error> {
    let from: Vec<Id> = from.iter().copied().collect();
    let mut to = BTreeSet::new();
    for ids in from.chunks(KEYS) {
        let pairs = walk::step(session, step, ids).await?;
        to.extend(pairs.into_iter().map(|(_, reached)| reached));
    }
    Ok(to)
}
