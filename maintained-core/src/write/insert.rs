//! Inserting rows.

use super::changeset::may_query;
use super::joint;
use super::new_row::{Columns, New, NewRows};
use super::{Statements, Write, read, recover};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::engine::ahead;
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Change, ModelIndex};
use crate::rows::{Image, RowSet};
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::Statement;

/// An insert of rows that are returned.
pub(super) struct Insert<'n, DB> {
    pub(super) model: ModelIndex,
    pub(super) new: &'n [New<'n, DB>],
    pub(super) statements: Statements,
}

impl<C: Wrapped> Task<C> for Insert<'_, C::Db> {
    type Output = Box<dyn RowSet<C::Db>>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Box<dyn RowSet<C::Db>>, Error> {
        let model = self.model;
        let registration = session.registration(model);
        let mut rows = (registration.new_rows)();
        let mut rest = self.new;
        while !rest.is_empty() {
            let batch = next_batch::<C>(registration.meta, rest)?;
            rest = &rest[batch.len()..];
            let before = rows.len();
            let new = NewRows(batch);
            let insert = || {
                let mut insert = Statement::new("INSERT INTO ");
                insert.made(registration.table).text(" ").borrowed(&new);
                insert
            };
            let mut inserted = None;
            if !marking.is_disabled() {
                let is_fit = batch.len() == self.new.len() && goes_along::<C>(batch)?;
                let insert = is_fit.then_some(&insert as _);
                inserted = recover::lock_parents(session, marking, model, batch, insert).await?;
            }
            match inserted {
                Some(all) => rows = all,
                None => insert_batch(session, marking, model, batch, &mut *rows).await?,
            }
            if rows.len() - before != batch.len() {
                return Err(read::returned_nothing());
            }
            if let Some(mut recorder) = marking.recorder(session) {
                for row in before..rows.len() {
                    recorder.record(model, None, Some(Image::new(&*rows, row)));
                }
            }
        }
        Ok(rows)
    }
}

impl<C: Wrapped> Write<C> for Insert<'_, C::Db> {
    fn model(&self) -> ModelIndex {
        self.model
    }

    fn statements(&self) -> Statements {
        self.statements
    }

    async fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> Result<Option<Box<dyn RowSet<C::Db>>>, Error> {
        if self.new.len() != 1 {
            return Ok(None);
        }
        let change = (self.model, Change::Inserted);
        let Some(joint) = Joint::of(session, marking, change, is_alone).await? else {
            return Ok(None);
        };
        let rows = NewRows(self.new);
        let mut insert = Statement::new("INSERT INTO ");
        insert.made(session.registration(self.model).table);
        insert.text(" ").borrowed(&rows);
        joint::run(session, marking, (self.model, &joint), Part::Insert(insert))
            .await
            .map(Some)
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Box<dyn RowSet<C::Db>>,
    ) -> Result<(), Error> {
        read::refresh(conn, self.model, rows).await
    }
}

/// Whether new rows may be inserted by the statement that locks ahead of them.
fn goes_along<C: Wrapped>(batch: &[New<'_, C::Db>]) -> Result<bool, Error> {
    // Only few rows are locked ahead of, so that only their text is put together.
    if !C::Db::WRITES_IN_QUERIES || batch.len() > ahead::SMALL {
        return Ok(false);
    }
    for &row in batch {
        if may_query(&C::Db::sql_of(&recover::OwnValues(row))?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The next rows that one statement can insert, since they have values for the same columns.
pub(super) fn next_batch<'b, 'n, C: Wrapped>(
    meta: &ModelMeta,
    new: &'b [New<'n, C::Db>],
) -> Result<&'b [New<'n, C::Db>], Error> {
    if new.len() == 1 {
        return Ok(new);
    }
    let columns_of = |row| C::Db::sql_of(&Columns(row));
    let columns = columns_of(new[0])?;
    // `DEFAULT VALUES` and its like insert one row.
    let most = if columns.is_empty() {
        1
    } else {
        C::Db::INSERT_ROWS.min(C::Db::most_rows(meta.columns.len()))
    };
    // A key may be named, and left to its default all the same.
    let given = |row| {
        if C::Db::RETURNS_INSERTED {
            return Ok(ColumnSet::NONE);
        }
        recover::given::<C>(meta, row)
    };
    let first_given = given(new[0])?;
    let mut count = 1;
    while count < new.len().min(most)
        && columns_of(new[count])? == columns
        && given(new[count])? == first_given
    {
        count += 1;
    }
    Ok(&new[..count])
}

async fn insert_batch<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    batch: &[New<'_, C::Db>],
    rows: &mut dyn RowSet<C::Db>,
) -> Result<(), Error> {
    let registration = session.registration(model);
    let new = NewRows(batch);
    let columnar = match batch.len() {
        1 => None,
        count => session.inner.columnar(&new, count).await?,
    };
    let mut statement = Statement::new("INSERT INTO ");
    statement.made(registration.table).text(" ");
    match columnar {
        Some(columnar) => statement.fragment(columnar),
        None => statement.borrowed(&new),
    };
    if !C::Db::RETURNS_INSERTED {
        return recover::inserted(session, marking, model, batch, statement, rows).await;
    }
    statement.text(" RETURNING ").made(registration.selection);
    session.written((model, true), statement, rows).await
}
