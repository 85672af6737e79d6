//! Inserting rows.

use std::marker::PhantomData;

use super::new_row::{Columns, NewRow, NewRows};
use super::{Statements, read, recover, write};
use crate::backend::Database;
use crate::columns::ColumnSet;
use crate::connection::{MaintainedConnection, Marking};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::Image;
use crate::session::{Session, returning};
use crate::statement::Statement;
use crate::stored::Stored;

pub(super) fn one<C, M, V>(conn: &mut MaintainedConnection<C>, new: V) -> Result<M, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    let new = [new];
    let inserted = write::<C, M, Vec<M>>(
        conn,
        Statements::One,
        |conn| insert::<C, M, V>(conn, &new),
        |conn, rows| read::refresh(conn, rows),
    )?;
    inserted.into_iter().next().ok_or_else(returned_nothing)
}

pub(super) fn many<C, M, V>(conn: &mut MaintainedConnection<C>, new: &[V]) -> Result<Vec<M>, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let statements = if next_batch::<C, M, V>(new)?.len() == new.len() {
        Statements::One
    } else {
        Statements::Many
    };
    write::<C, M, Vec<M>>(
        conn,
        statements,
        |conn| insert::<C, M, V>(conn, new),
        |conn, rows| read::refresh(conn, rows),
    )
}

fn insert<C, M, V>(conn: &mut MaintainedConnection<C>, new: &[V]) -> Result<Vec<M>, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    conn.at_work(|session, marking| {
        let model = session.catalog.index_of::<M>()?;
        let mut rows = Vec::with_capacity(new.len());
        let mut rest = new;
        while !rest.is_empty() {
            let batch = next_batch::<C, M, V>(rest)?;
            rest = &rest[batch.len()..];
            if !marking.is_disabled() {
                recover::lock_parents::<C, M, V>(session, marking, model, batch)?;
            }
            let inserted = insert_batch::<C, M, V>(session, marking, model, batch)?;
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
    })
}

/// The next rows that one statement can insert, since they have values for the same columns.
fn next_batch<C, M, V>(new: &[V]) -> Result<&[V], Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    if new.len() == 1 {
        return Ok(new);
    }
    let columns_of = |row| {
        C::sql_of(&Columns {
            row,
            of: PhantomData::<fn(C, M::Table)>,
        })
    };
    let columns = columns_of(&new[0])?;
    let most = if columns.is_empty() {
        1
    } else {
        C::INSERT_ROWS.min(C::most_rows(M::META.columns.len()))
    };
    // A key may be named, and left to its default all the same.
    let given = |row| {
        if C::RETURNS_INSERTED {
            return Ok(ColumnSet::NONE);
        }
        recover::given::<C, M, V>(row)
    };
    let first_given = given(&new[0])?;
    let mut count = 1;
    while count < new.len().min(most)
        && columns_of(&new[count])? == columns
        && given(&new[count])? == first_given
    {
        count += 1;
    }
    Ok(&new[..count])
}

fn insert_batch<C, M, V>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    batch: &[V],
) -> Result<Vec<M>, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    let rows = NewRows {
        rows: batch,
        of: PhantomData::<fn(C, M::Table)>,
    };
    let columnar = match batch.len() {
        1 => None,
        count => session.inner.columnar(&rows, count)?,
    };
    let mut statement = Statement::new("INSERT INTO ");
    statement.made(M::table).text(" ");
    match columnar {
        Some(columnar) => statement.fragment(columnar),
        None => statement.borrowed(&rows),
    };
    if !C::RETURNS_INSERTED {
        return recover::inserted(session, marking, model, batch, &statement);
    }
    statement.text(" RETURNING ").made(M::selection);
    let mut rows = Vec::with_capacity(batch.len());
    let read = session.load_written(statement, &mut |row, _| {
        rows.push(M::read(row)?);
        Ok(())
    });
    read.map_err(|source| returning(M::NAME, source))?;
    Ok(rows)
}

fn returned_nothing() -> Error {
    Error::Database(diesel::result::Error::NotFound)
}
