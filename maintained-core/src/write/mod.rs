//! The writes of a model, all over one mechanism: the images of rows before and after a statement leave marks.

mod add;
mod changeset;
mod counted;
mod delete;
mod insert;
mod new_row;
mod read;
mod read_back;
mod recover;
mod refused;
mod touch;
mod track;
mod update;
mod values;

use diesel::insertable::Insertable;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::result::Error as DieselError;

use crate::backend::Database;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::mode::Mode;
use crate::model::Model;
use crate::new::NewOn;
use crate::stored::Stored;

pub use self::new_row::NewRow;
pub use self::track::Filter;

/// The reads and writes of a model.
///
/// Every write leaves marks for the fields that depend on it. In immediate mode they are brought up to date before the
/// write returns, and the row that comes back has its new values; in a buffered scope the row that comes back has
/// its maintained fields as the database has them until the scope's exit. Each write is atomic in every mode.
///
/// Implemented by `#[derive(Maintained)]`.
pub trait Maintained: Model {
    /// Inserts a row.
    ///
    /// # Errors
    /// What the database says; in immediate mode what the flush says.
    fn insert<C, N>(conn: &mut MaintainedConnection<C>, new: N) -> Result<Self, Error>
    where
        C: Database,
        Self: Stored<C>,
        N: Insertable<Self::Table>,
        N::Values: NewRow<C, Self::Table>,
    {
        insert::one(conn, new.values())
    }

    /// Inserts any number of rows, many a statement, and returns them in their order.
    ///
    /// On `PostgreSQL` rows go fastest that have plain values for the same columns, none of which is an array: each column is
    /// sent as one list. Diesel leaves a `None` to the column's default, and so to another statement than a value, unless
    /// the struct says `#[diesel(treat_none_as_default_value = false)]`.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn insert_many<C, N>(
        conn: &mut MaintainedConnection<C>,
        new: impl IntoIterator<Item = N>,
    ) -> Result<Vec<Self>, Error>
    where
        C: Database,
        Self: Stored<C>,
        N: Insertable<Self::Table>,
        N::Values: NewRow<C, Self::Table>,
    {
        let new: Vec<_> = new.into_iter().map(Insertable::values).collect();
        insert::many(conn, &new)
    }

    /// Inserts a row, and returns nothing: the fastest insert.
    ///
    /// The struct says which rows the new one names, so nothing is read back, unless a setter of the model itself is due
    /// for the new row and its key is given by the database: then the key is.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn add<C, N>(conn: &mut MaintainedConnection<C>, new: &N) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
        N: NewOn<C, Model = Self>,
    {
        add::many(conn, std::slice::from_ref(new))
    }

    /// [`add`](Self::add)s any number of rows, many a statement.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn add_many<C, N>(conn: &mut MaintainedConnection<C>, new: &[N]) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
        N: NewOn<C, Model = Self>,
    {
        add::many(conn, new)
    }

    /// Writes a changeset to the row with this key, and returns the row.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such row, [`Error::KeyChanged`] when the changes would change its key; as
    /// [`insert`](Self::insert).
    fn update<C, U>(
        conn: &mut MaintainedConnection<C>,
        key: Self::Key,
        changes: U,
    ) -> Result<Self, Error>
    where
        C: Database,
        Self: Stored<C>,
        U: AsChangeset<Target = Self::Table>,
        U::Changeset: QueryFragment<C::Backend>,
    {
        update::one(conn, &key, &changes.as_changeset())
    }

    /// Writes all plain columns of this copy of the row, wherever they differ from the row's, and reads the row back
    /// into it. Maintained fields are never written, and nothing is written when nothing differs.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the row is gone; as [`insert`](Self::insert).
    fn save<C>(&mut self, conn: &mut MaintainedConnection<C>) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        update::save(conn, self)
    }

    /// [`save`](Self::save)s many rows at once. Of two copies of one row the later one counts.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn save_many<C>(conn: &mut MaintainedConnection<C>, rows: &mut [Self]) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        update::save_many(conn, rows)
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the row is gone; as [`insert`](Self::insert).
    fn delete<C>(&self, conn: &mut MaintainedConnection<C>) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        delete::many::<C, Self>(conn, &[self.key()])
    }

    /// Deletes the rows with these keys.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is gone: then none is deleted; as [`insert`](Self::insert).
    fn delete_many<C>(conn: &mut MaintainedConnection<C>, keys: &[Self::Key]) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        delete::many::<C, Self>(conn, keys)
    }

    /// Runs any statements in a bracket: the rows that the filter matches before and after them leave exact marks,
    /// and so do the rows that hang on them.
    ///
    /// The filter is a Diesel expression over the model's table. A row that the body changes without the filter matching
    /// it before leaves no marks on the parents that it had; one whose key the body changes must match it afterwards, too.
    ///
    /// Plain writes of this model's table are not refused in the body; those of another model's need a bracket around
    /// that model, too. A maintained field that the body writes is computed over.
    ///
    /// The body may also write through the library, flush, and open further brackets. Whenever such calls and statements
    /// of its own take turns, the bracket looks at its rows again, which takes as many statements as its entry: put
    /// statements of one kind together. Inside the bracket writes are buffered; [`fresh`](Self::fresh) and
    /// [`flush_autoupdates`](MaintainedConnection::flush_autoupdates) see what other statements changed.
    ///
    /// # Errors
    /// The body's own; as [`insert`](Self::insert).
    fn track<C, F, T, E>(
        conn: &mut MaintainedConnection<C>,
        filter: F,
        body: impl FnOnce(&mut MaintainedConnection<C>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        C: Database,
        Self: Stored<C>,
        F: Filter<C, Self::Table>,
        E: From<DieselError>,
    {
        track::track::<C, Self, F, T, E>(conn, &filter, body)
    }

    /// Says that these rows were changed by other means, in all their columns.
    ///
    /// The parents that they had before are not known: move rows with [`track`](Self::track).
    ///
    /// The rows, and those that are computed from them, stay locked until the transaction ends, so
    /// that a touch of a hundred thousand rows makes other writers wait for seconds. Outside of a
    /// transaction it can be done in pieces, each of which is a transaction of its own:
    ///
    /// ```
    /// # use maintained_core::{Database, Error, Maintained, MaintainedConnection};
    /// # fn touch<C, M>(conn: &mut MaintainedConnection<C>, keys: &[M::Key]) -> Result<(), Error>
    /// # where
    /// #     C: Database,
    /// #     M: maintained_core::private::Stored<C>,
    /// # {
    /// for keys in keys.chunks(1_000) {
    ///     M::touch_present(conn, keys)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is gone: then none is touched; as
    /// [`insert`](Self::insert).
    fn touch<C>(conn: &mut MaintainedConnection<C>, keys: &[Self::Key]) -> Result<(), Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        touch::rows::<C, Self>(conn, keys)
    }

    /// [`touch`](Self::touch)es those of the rows with these keys that are still there, and says
    /// how many they are.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn touch_present<C>(
        conn: &mut MaintainedConnection<C>,
        keys: &[Self::Key],
    ) -> Result<usize, Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        touch::present::<C, Self>(conn, keys)
    }

    /// [`touch`](Self::touch)es the rows that the filter matches, and says how many they are.
    ///
    /// The filter is a Diesel expression over the model's table, as for [`track`](Self::track).
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn touch_where<C, F>(conn: &mut MaintainedConnection<C>, filter: F) -> Result<usize, Error>
    where
        C: Database,
        Self: Stored<C>,
        F: Filter<C, Self::Table>,
    {
        touch::matched::<C, Self>(conn, &filter)
    }

    /// Reads the row with this key.
    ///
    /// # Errors
    /// What the database says.
    fn find<C>(conn: &mut MaintainedConnection<C>, key: Self::Key) -> Result<Option<Self>, Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        read::find(conn, &key)
    }

    /// Reads the row with this key, after working off the marks on which its model's fields depend: for reads inside a
    /// buffered scope.
    ///
    /// # Errors
    /// What the flush or the database says.
    fn fresh<C>(conn: &mut MaintainedConnection<C>, key: Self::Key) -> Result<Option<Self>, Error>
    where
        C: Database,
        Self: Stored<C>,
    {
        read::fresh(conn, &key)
    }
}

impl<M: Model> Maintained for M {}

/// How many statements a write sends that change something, beside those of its flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statements {
    /// At most one, which is atomic by itself.
    One,
    /// Any number.
    Many,
}

/// Runs a write in the mode that is in force, with a flush at its end in immediate mode. Where that flush has changed
/// rows of the model, what the write returns is read again.
///
/// A write that stands alone is a transaction, and where the database refuses it, it is run again. Within a
/// transaction one statement needs no savepoint, since it is atomic by itself: should what follows from
/// it fail, the innermost level is given up.
fn write<C: Database, M: Model, T>(
    conn: &mut MaintainedConnection<C>,
    statements: Statements,
    body: impl Fn(&mut MaintainedConnection<C>) -> Result<T, Error>,
    read_again: impl Fn(&mut MaintainedConnection<C>, &mut T) -> Result<(), Error>,
) -> Result<T, Error> {
    conn.before_change()?;
    let result = conn.again_where_refused(|conn| {
        if statements == Statements::One && conn.state.pending.depth() > 0 {
            return conn.in_level(|conn| written::<C, M, T>(conn, &body, &read_again));
        }
        conn.atomically(|conn| written::<C, M, T>(conn, &body, &read_again))
    });
    if result.is_ok() {
        conn.note_write::<M>()?;
    }
    result
}

fn written<C: Database, M: Model, T>(
    conn: &mut MaintainedConnection<C>,
    body: impl Fn(&mut MaintainedConnection<C>) -> Result<T, Error>,
    read_again: impl Fn(&mut MaintainedConnection<C>, &mut T) -> Result<(), Error>,
) -> Result<T, Error> {
    if conn.mode() != Mode::Immediate {
        return body(conn);
    }
    // Differences are those of one write: beside the marks of others a change may be noted more than once.
    let alone = conn.state.pending.is_empty();
    conn.state.pending.note_differences(alone);
    let mut value = body(conn)?;
    // Marks that cannot be worked off must not be left to the next write.
    conn.state.wrote |= !conn.state.pending.is_empty();
    let report = conn.flush(None)?;
    conn.state.pending.note_differences(false);
    if report.model(M::NAME).changed > 0 {
        read_again(conn, &mut value)?;
    }
    Ok(value)
}
