//! Inserting rows.

use std::marker::PhantomData;

use super::joint;
use super::new_row::{Columns, New, NewRow, NewRows};
use super::{Statements, Write, read, recover, write};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Change, ModelIndex};
use crate::rows::Image;
use crate::rows::stored::Stored;
use crate::session::{Session, returning};
use crate::sql::Dialect;
use crate::sql::statement::Statement;

pub(super) async fn one<C, M, V>(conn: &mut MaintainedConnection<C>, new: V) -> Result<M, Error>
where
    C: Wrapped,
    M: Stored<C::Db>,
    V: NewRow<C::Db, M::Table> + Send + Sync,
{
    let insert = Insert::<C, M> {
        new: &[&new],
        statements: Statements::One,
        of: PhantomData,
    };
    let inserted = write(conn, &insert).await?;
    inserted.into_iter().next().ok_or_else(returned_nothing)
}

pub(super) async fn many<C, M, V>(
    conn: &mut MaintainedConnection<C>,
    new: Vec<V>,
) -> Result<Vec<M>, Error>
where
    C: Wrapped,
    M: Stored<C::Db>,
    V: NewRow<C::Db, M::Table> + Send + Sync,
{
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<New<'_, C::Db>> = new.iter().map(|row| row as _).collect();
    let is_one = next_batch::<C>(M::META, &new)?.len() == new.len();
    let insert = Insert::<C, M> {
        new: &new,
        statements: Statements::one_if(is_one),
        of: PhantomData,
    };
    write(conn, &insert).await
}

/// An insert of rows that are returned.
struct Insert<'n, C: Wrapped, M> {
    new: &'n [New<'n, C::Db>],
    statements: Statements,
    of: PhantomData<fn() -> M>,
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for Insert<'_, C, M> {
    type Output = Vec<M>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Vec<M>, Error> {
        let model = session.catalog.graph.position_of::<M>()?;
        let mut rows = Vec::with_capacity(self.new.len());
        let mut rest = self.new;
        while !rest.is_empty() {
            let batch = next_batch::<C>(M::META, rest)?;
            rest = &rest[batch.len()..];
            if !marking.is_disabled() {
                recover::lock_parents(session, marking, model, batch).await?;
            }
            let inserted = insert_batch::<C, M>(session, marking, model, batch).await?;
            if inserted.len() != batch.len() {
                return Err(returned_nothing());
            }
            if let Some(mut recorder) = marking.recorder(session) {
                for row in 0..inserted.len() {
                    recorder.record(model, None, Some(Image::new(&inserted, row)));
                }
            }
            rows.extend(inserted);
        }
        Ok(rows)
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Write<C> for Insert<'_, C, M> {
    type Model = M;

    fn statements(&self) -> Statements {
        self.statements
    }

    async fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> Result<Option<Vec<M>>, Error> {
        if self.new.len() != 1 {
            return Ok(None);
        }
        let model = session.catalog.graph.position_of::<M>()?;
        let change = (model, Change::Inserted);
        let Some(joint) = Joint::of(session, marking, change, is_alone).await? else {
            return Ok(None);
        };
        let rows = NewRows(self.new);
        let mut insert = Statement::new("INSERT INTO ");
        insert.made(M::table).text(" ").borrowed(&rows);
        let part = Part::Insert(insert);
        joint::run(session, marking, (model, &joint), part)
            .await
            .map(Some)
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Vec<M>,
    ) -> Result<(), Error> {
        read::refresh(conn, rows).await
    }
}

/// The next rows that one statement can insert, since they have values for the same columns.
fn next_batch<'b, 'n, C: Wrapped>(
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

async fn insert_batch<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    batch: &[New<'_, C::Db>],
) -> Result<Vec<M>, Error> {
    let rows = NewRows(batch);
    let columnar = match batch.len() {
        1 => None,
        count => session.inner.columnar(&rows, count).await?,
    };
    let mut statement = Statement::new("INSERT INTO ");
    statement.made(M::table).text(" ");
    match columnar {
        Some(columnar) => statement.fragment(columnar),
        None => statement.borrowed(&rows),
    };
    if !C::Db::RETURNS_INSERTED {
        return recover::inserted(session, marking, model, batch, statement).await;
    }
    statement.text(" RETURNING ").made(M::selection);
    let mut rows = Vec::with_capacity(batch.len());
    let read = session
        .load_written(statement, &mut |row, _| {
            rows.push(M::read(row)?);
            Ok(())
        })
        .await;
    read.map_err(|source| returning(M::NAME, source))?;
    Ok(rows)
}

fn returned_nothing() -> Error {
    Error::Database(diesel::result::Error::NotFound)
}
