//! The second look at rows, under locks: they are computed and written as after any write, and read
//! before and after. A check takes that back; a repair keeps it.

use std::sync::Arc;

use diesel::deserialize;
use diesel::result::Error as DieselError;
use hashbrown::HashMap;

use super::course::Noting;
use super::passes::Pass;
use super::report::{Difference, Failure, Settled};
use crate::catalog::Catalog;
use crate::connection::values::Values;
use crate::connection::{Frame, MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::declare::model::ModelMeta;
use crate::declare::positions::ColumnIndex;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::Chosen;
use crate::marks::mode::Mode;
use crate::session::{Session, reading};
use crate::sql::statement::Statement;
use crate::sql::text::quoted_name;
use crate::sql::{Dialect, Operated};

/// What is asked of a second look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Whether what is written is kept.
    pub(super) keep: bool,
    /// Whether the rows are compared, one by one.
    pub(super) compare: bool,
}

/// Why a second look comes to its end without anything being kept.
enum Ending {
    /// All is well, but it was a look only.
    Looked(Settled),
    Failed(Error),
}

impl From<DieselError> for Ending {
    fn from(error: DieselError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Rows as text.
pub(super) type Texts = HashMap<Id, Text>;

/// A row as text.
pub(super) struct Text {
    /// The values of its key's columns, as SQL.
    key: Vec<String>,
    /// The columns that are looked at.
    pub(super) values: Vec<Option<String>>,
}

impl Text {
    /// The condition that finds the row, as SQL.
    pub(super) fn row<DB: Dialect>(&self, meta: &ModelMeta) -> Result<String, Error> {
        let names = meta.key_names().map(quoted_name::<DB>);
        let parts = names.zip(&self.key);
        let parts = parts.map(|(name, key)| Ok(format!("{} = {key}", name?)));
        Ok(parts.collect::<Result<Vec<_>, Error>>()?.join(" AND "))
    }
}

/// Computes the fields of a pass for some rows, and names the differences of these or of some of
/// them. How far these fields are is noted in the same transaction.
pub(super) async fn settle<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    pass: &Pass,
    (ids, named): (&[Id], &[Id]),
    wanted: Wanted,
    noting: Option<Noting<'_>>,
) -> Result<Settled, Error> {
    let graph = &Catalog::<C::Db>::get()?.graph;
    let mut level = conn.level().await?;
    // The ids that are looked at must mean the same all the while.
    level.conn.state.pending.hold_ids();
    // What is only looked at wakes nobody.
    let only = || Arc::new(Chosen::only(graph, pass.model, pass.setters()));
    level.push(Frame {
        mode: Mode::Buffered,
        choice: (!wanted.keep).then(only),
        values: Values::default(),
    });
    let mut settled = work(level.conn, pass, (ids, named), wanted).await;
    level.pop();
    if let (Ok(done), Some(noting)) = (&settled, noting)
        && done.failures.is_empty()
        && let Some(advance) = noting.now()
        && let Err(error) = level.conn.at_work(&advance).await
    {
        settled = Err(error);
    }
    let ended = level.end(match settled {
        Ok(settled) if wanted.keep => Ok(settled),
        Ok(settled) => Err(Ending::Looked(settled)),
        Err(error) => Err(Ending::Failed(error)),
    });
    match ended.await {
        Ok(settled) | Err(Ending::Looked(settled)) => Ok(settled),
        Err(Ending::Failed(error)) => Err(error),
    }
}

/// Marks the rows, flushes, and says what came of it.
async fn work<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    pass: &Pass,
    (ids, named): (&[Id], &[Id]),
    wanted: Wanted,
) -> Result<Settled, Error> {
    let columns = &*pass.columns(&Catalog::<C::Db>::get()?.graph);
    let look = Stored { pass, columns, ids };
    let before = conn.at_work(&Mark { look, wanted }).await?;
    let flushed = conn.flush_what_can_be().await?;
    let mut settled = if wanted.compare {
        let after = conn.at_work(&look).await?;
        compare(conn, pass, columns, named, (&before, &after))?
    } else {
        let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
        Settled {
            differing: flushed.report.model(meta.name).changed,
            ..Settled::default()
        }
    };
    settled.written = if wanted.keep {
        flushed.report.changed()
    } else {
        0
    };
    settled.failures.extend(flushed.error.map(Failure::of));
    Ok(settled)
}

/// The rows as they are stored.
#[derive(Clone, Copy)]
pub(super) struct Stored<'o> {
    pub(super) pass: &'o Pass,
    pub(super) columns: &'o [ColumnIndex],
    pub(super) ids: &'o [Id],
}

impl<C: Wrapped> Task<C> for Stored<'_> {
    type Output = Texts;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<Texts, Error> {
        texts(session, self.pass, self.columns, self.ids).await
    }
}

/// Reads the rows as they are stored, if they are compared, and marks them.
struct Mark<'o> {
    look: Stored<'o>,
    wanted: Wanted,
}

impl<C: Wrapped> Task<C> for Mark<'_> {
    type Output = Texts;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Texts, Error> {
        let Stored { pass, columns, ids } = self.look;
        let before = if self.wanted.compare {
            session.lock(pass.model, ids, Lock::NoKeyUpdate).await?;
            texts(session, pass, columns, ids).await?
        } else {
            Texts::new()
        };
        let graph = &session.catalog.graph;
        if let Some(recorder) = marking.recorder(session) {
            for &(unit, setters) in &pass.units {
                for slot in graph.due_slots(unit) {
                    let due = &graph.models[pass.model].slots[slot];
                    // All is computed anew: no difference is known.
                    if due.by_difference || !setters.contains(due.target.1) {
                        continue;
                    }
                    for &id in ids {
                        recorder.pending.mark(recorder.layer, pass.model, id, slot);
                    }
                }
            }
        }
        Ok(before)
    }
}

/// Notes the rows that are not what they were.
fn compare<C: Wrapped>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    columns: &[ColumnIndex],
    ids: &[Id],
    (before, after): (&Texts, &Texts),
) -> Result<Settled, Error> {
    let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
    let mut settled = Settled::default();
    for id in ids {
        let (Some(was), Some(is)) = (before.get(id), after.get(id)) else {
            continue;
        };
        let row = was.row::<C::Db>(meta)?;
        let known = settled.differences.len();
        for (at, &column) in columns.iter().enumerate() {
            let [stored, computed] = [was, is].map(|text| &text.values[at]);
            if stored != computed {
                settled.differences.push(Difference {
                    model: meta.name,
                    field: meta.columns[column].field,
                    key: conn.state.arenas.get(pass.model).describe(*id),
                    row: row.clone(),
                    stored: stored.clone(),
                    computed: computed.clone(),
                    is_verified: true,
                });
            }
        }
        settled.differing += usize::from(settled.differences.len() > known);
    }
    Ok(settled)
}

/// Reads columns of rows as text.
async fn texts<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    columns: &[ColumnIndex],
    ids: &[Id],
) -> Result<Texts, Error> {
    let graph = &session.catalog.graph;
    let registration = session.registration(pass.model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let mut texts = Texts::new();
    for ids in ids.chunks(C::Db::most_rows(names.len())) {
        let keys = (registration.key_rows)(session.arenas.get(pass.model), ids);
        let mut statement = Statement::new("SELECT ");
        statement.names(names.iter().copied());
        for &name in &names {
            statement.text(", ");
            C::Db::literal(&mut statement, name);
        }
        for &column in columns {
            statement.text(", ");
            let kind = graph.models[pass.model].kinds[column];
            C::Db::as_text(&mut statement, registration.meta.columns[column].name, kind);
        }
        statement
            .text(" FROM ")
            .made(registration.table)
            .text(" WHERE ");
        C::Db::among(&mut statement, &names, &*keys);
        let read = session
            .load(statement, &mut |row, arenas| {
                let id = (registration.read_key)(row, 0, arenas.get_mut(pass.model))?;
                let count = names.len();
                let key =
                    (count..2 * count).map(|at| Ok(C::Db::read_text(row, at)?.unwrap_or_default()));
                let key = key.collect::<deserialize::Result<_>>()?;
                let values = (0..columns.len()).map(|at| C::Db::read_text(row, 2 * count + at));
                let values = values.collect::<deserialize::Result<_>>()?;
                texts.insert(id, Text { key, values });
                Ok(())
            })
            .await;
        read.map_err(|source| reading(registration.meta.name, source))?;
    }
    Ok(texts)
}
