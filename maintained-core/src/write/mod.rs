//! The writes of a model, all over one mechanism: the images of rows before and after a statement
//! leave marks.
//!
//! It is one trait, with an example for each call, and a trait stands in one file.

mod add;
mod changeset;
mod compiled;
mod counted;
mod defaults;
mod delete;
mod insert;
mod joint;
mod kept;
mod needed;
mod new_row;
mod once;
mod read;
mod read_back;
mod recover;
mod refused;
mod run;
mod save;
mod touch;
mod track;
mod typed;
mod update;
mod values;

use diesel::insertable::Insertable;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::result::Error as DieselError;

use crate::connection::MaintainedConnection;
use crate::declare::model::Model;
use crate::error::Error;
use crate::rows::new::NewOn;
use crate::rows::stored::Stored;
#[cfg(feature = "async")]
use crate::wire::Wire as _;
use crate::wire::done;

use self::kept::{Statements, Write};
use self::run::write;

pub use self::compiled::{Database, OfAnyModel, Writer, Written};
pub use self::new_row::{NewRow, NewValues};
pub use self::track::Filter;

/// The reads and writes of a model.
///
/// Every write leaves marks for the fields that depend on it. In immediate mode they are brought up
/// to date before the write returns, and the row that comes back has its new values; in a buffered
/// scope the row that comes back has its maintained fields as the database has them until the
/// scope's exit. Each write is atomic in every mode.
///
/// Implemented by `#[derive(Maintained)]`.
pub trait Maintained: Model {
    /// Inserts a row.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let conn = &mut connect();
    /// let ada = Customer::insert(conn, customers::name.eq("Ada"))?;
    /// let order = Order::insert(conn, orders::customer_id.eq(ada.id))?;
    /// assert_eq!(order.label, "Ada #1"); // by the setter `label`
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the database says; in immediate mode what the flush says.
    fn insert<'c, C, N>(
        conn: &'c mut MaintainedConnection<C>,
        new: N,
    ) -> C::Answer<'c, Result<Self, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        N: Insertable<Self::Table>,
        N::Values: NewRow<C::Db, Self::Table> + Send + Sync + 'c,
    {
        C::answer(typed::insert(conn, new.values()))
    }

    /// Inserts any number of rows, many a statement, and returns them in their order.
    ///
    /// On `PostgreSQL` rows go fastest that have plain values for the same columns, none of which
    /// is an array: each column is sent as one list. Diesel leaves a `None` to the column's
    /// default, and so to another statement than a value, unless the struct says
    /// `#[diesel(treat_none_as_default_value = false)]`.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let new = |price: i64| (items::order_id.eq(order.id), items::price_cents.eq(price));
    /// let items = Item::insert_many(conn, [100, 200].map(new))?;
    /// assert_eq!(items[1].price_cents, 200);
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(750));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn insert_many<'c, C, N>(
        conn: &'c mut MaintainedConnection<C>,
        new: impl IntoIterator<Item = N>,
    ) -> C::Answer<'c, Result<Vec<Self>, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        N: Insertable<Self::Table>,
        N::Values: NewRow<C::Db, Self::Table> + Send + Sync + 'c,
    {
        let new: Vec<_> = new.into_iter().map(Insertable::values).collect();
        C::answer(typed::insert_many(conn, new))
    }

    /// Inserts a row, and returns nothing: the fastest insert.
    ///
    /// The struct says which rows the new one names, so nothing is read back, unless a setter of
    /// the model itself is due for the new row and its key is given by the database: then the key
    /// is.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// #[derive(Insertable, New)]
    /// #[diesel(table_name = items)]
    /// #[maintained(new_of = Item)]
    /// struct NewItem {
    ///     order_id: i32,
    ///     price_cents: i64,
    /// }
    ///
    /// Item::add(conn, &NewItem { order_id: order.id, price_cents: 300 })?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(750));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn add<'c, C, N>(
        conn: &'c mut MaintainedConnection<C>,
        new: &'c N,
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        N: NewOn<C::Db, Model = Self>,
    {
        C::answer(add::many(conn, std::slice::from_ref(new)))
    }

    /// [`add`](Self::add)s any number of rows, many a statement.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// # #[derive(Insertable, New)]
    /// # #[diesel(table_name = items)]
    /// # #[maintained(new_of = Item)]
    /// # struct NewItem {
    /// #     order_id: i32,
    /// #     price_cents: i64,
    /// # }
    /// let new = |price_cents| NewItem { order_id: order.id, price_cents };
    /// Item::add_many(conn, &[new(100), new(200)])?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(750));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn add_many<'c, C, N>(
        conn: &'c mut MaintainedConnection<C>,
        new: &'c [N],
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        N: NewOn<C::Db, Model = Self>,
    {
        C::answer(add::many(conn, new))
    }

    /// Writer a changeset to the row with this key, and returns the row.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let ada = Customer::update(conn, ada.id, customers::name.eq("Ada L."))?;
    /// assert_eq!(ada.name, "Ada L.");
    /// let order = Order::find(conn, order.id)?;
    /// assert_eq!(order.map(|order| order.label).as_deref(), Some("Ada L. #1"));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such row, [`Error::KeyChanged`] when the changes would
    /// change its key; as [`insert`](Self::insert).
    fn update<'c, C, U>(
        conn: &'c mut MaintainedConnection<C>,
        key: Self::Key,
        changes: U,
    ) -> C::Answer<'c, Result<Self, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        U: AsChangeset<Target = Self::Table>,
        U::Changeset: QueryFragment<C::Db> + Send + Sync + 'c,
    {
        C::answer(typed::update(conn, key, changes.as_changeset()))
    }

    /// Writer all plain columns of this copy of the row, wherever they differ from the row's, and
    /// reads the row back into it. Maintained fields are never written, and nothing is written when
    /// nothing differs.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// item.price_cents = 500;
    /// item.save(conn)?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(500));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] when the row is gone; as [`insert`](Self::insert).
    fn save<'c, C>(
        &'c mut self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(typed::save(conn, self))
    }

    /// [`save`](Self::save)s many rows at once. Of two copies of one row the later one counts.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let mut items: Vec<Item> = items::table.select(Item::as_select()).load(conn)?;
    /// for item in &mut items {
    ///     item.price_cents *= 2;
    /// }
    /// Item::save_many(conn, &mut items)?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(900));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn save_many<'c, C>(
        conn: &'c mut MaintainedConnection<C>,
        rows: &'c mut [Self],
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(save::many(conn, rows))
    }

    /// Deletes the row.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// item.delete(conn)?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(0));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] when the row is gone; as [`insert`](Self::insert).
    fn delete<'c, C>(
        &self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(typed::delete::<C, Self>(conn, self.key()))
    }

    /// Deletes the rows with these keys.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Order::delete_many(conn, &[order.id])?; // its items go with it: ON DELETE CASCADE
    /// assert_eq!(Customer::find(conn, ada.id)?.map(|ada| ada.spent_cents), Some(0));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] when one of them is gone: then none is deleted; as
    /// [`insert`](Self::insert).
    fn delete_many<'c, C>(
        conn: &'c mut MaintainedConnection<C>,
        keys: &'c [Self::Key],
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(typed::delete_many::<C, Self>(conn, keys))
    }

    /// Runs any statements in a bracket: the rows that the filter matches before and after them
    /// leave exact marks, and so do the rows that hang on them.
    ///
    /// The filter is a Diesel expression over the model's table. A row that the body changes
    /// without the filter matching it before leaves no marks on the parents that it had; one whose
    /// key the body changes must match it afterwards, too.
    ///
    /// Plain writes of this model's table are not refused in the body; those of another model's
    /// need a bracket around that model, too. A maintained field that the body writes is computed
    /// over.
    ///
    /// The body may also write through the library, flush, and open further brackets. Whenever such
    /// calls and statements of its own take turns, the bracket looks at its rows again, which takes
    /// as many statements as its entry: put statements of one kind together. Inside the bracket
    /// writes are buffered; [`fresh`](Self::fresh) and
    /// [`flush_autoupdates`](MaintainedConnection::flush_autoupdates) see what other statements
    /// changed.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let of_order = || items::order_id.eq(order.id);
    /// Item::track(conn, of_order(), |conn| {
    ///     diesel::update(items::table.filter(of_order()))
    ///         .set(items::price_cents.eq(items::price_cents * 2))
    ///         .execute(conn)
    /// })?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(900));
    /// # Ok::<_, maintained::Error>(())
    /// ```
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
        Self: Stored<C::Db>,
        F: Filter<C::Db, Self::Table>,
        E: From<DieselError>,
    {
        let taken = conn.inner.take(&filter);
        let filter = done(conn.kept(taken))?;
        let mut tracked = done(track::open::<C, Self>(conn, filter)).map_err(DieselError::from)?;
        let result = body(tracked.conn());
        done(tracked.close(result))
    }

    /// [`track`](Self::track) on an async connection.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// let of_order = items::order_id.eq(order);
    /// Item::track_async(conn, of_order, async |conn: &mut AsyncConn| {
    ///     let items = diesel::update(items::table.filter(of_order));
    ///     items.set(items::price_cents.eq(100)).execute(conn).await
    /// })
    /// .await?;
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// As [`track`](Self::track).
    #[cfg(feature = "async")]
    fn track_async<'a, 'conn, C, Filtered, F, T, E>(
        conn: &'conn mut crate::connection::AsyncMaintainedConnection<C>,
        filter: Filtered,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'conn
    where
        C: crate::wire::AsyncDatabase,
        Self: Stored<C::Backend>,
        Filtered: Filter<C::Backend, Self::Table>,
        for<'r> F: AsyncFnOnce(&'r mut crate::connection::AsyncMaintainedConnection<C>) -> Result<T, E>
            + crate::connection::Body<
                &'r mut crate::connection::AsyncMaintainedConnection<C>,
                Result<T, E>,
                Running: Send,
            > + Send
            + 'a,
        E: From<DieselError> + Send + 'a,
        T: Send + 'a,
        'a: 'conn,
    {
        let taken = conn.inner.take(&filter);
        async move {
            let filter = conn.keeping(taken).await?;
            let tracked = conn.tracking::<Self>(filter).await;
            let mut tracked = tracked.map_err(DieselError::from)?;
            let result = body(tracked.conn()).await;
            tracked.closing(result).await
        }
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
    /// # use maintained_core::{Database, Error, Maintained, MaintainedConnection, Wrapped};
    /// # fn touch<M>(conn: &mut MaintainedConnection<diesel::SqliteConnection>, keys: &[M::Key]) -> Result<(), Error>
    /// # where
    /// #     M: maintained_core::private::Stored<diesel::sqlite::Sqlite>,
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
    fn touch<'c, C>(
        conn: &'c mut MaintainedConnection<C>,
        keys: &'c [Self::Key],
    ) -> C::Answer<'c, Result<(), Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(typed::touch::<C, Self>(conn, keys))
    }

    /// [`touch`](Self::touch)es those of the rows with these keys that are still there, and says
    /// how many they are.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// assert_eq!(Item::touch_present(conn, &[item.id, 77])?, 1); // there is no item 77
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn touch_present<'c, C>(
        conn: &'c mut MaintainedConnection<C>,
        keys: &'c [Self::Key],
    ) -> C::Answer<'c, Result<usize, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(typed::touch_present::<C, Self>(conn, keys))
    }

    /// [`touch`](Self::touch)es the rows that the filter matches, and says how many they are.
    ///
    /// The filter is a Diesel expression over the model's table, as for [`track`](Self::track).
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// assert_eq!(Item::touch_where(conn, items::order_id.eq(order.id))?, 1);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    fn touch_where<C, F>(
        conn: &mut MaintainedConnection<C>,
        filter: F,
    ) -> C::Answer<'_, Result<usize, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
        F: Filter<C::Db, Self::Table>,
    {
        let taken = conn.inner.take(&filter);
        C::answer(async move {
            let filter = conn.kept(taken).await?;
            typed::touch_matching::<C, Self>(conn, filter).await
        })
    }

    /// Reads the row with this key.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let found = Order::find(conn, order.id)?.expect("the order is there");
    /// assert_eq!(found.label, "Ada #1");
    /// assert!(Order::find(conn, 77)?.is_none());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the database says.
    fn find<C>(
        conn: &mut MaintainedConnection<C>,
        key: Self::Key,
    ) -> C::Answer<'_, Result<Option<Self>, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(async move { read::find(conn, &key).await })
    }

    /// Reads the row with this key, after working off the marks on which its model's fields depend:
    /// for reads inside a buffered scope.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.buffer_autoupdates(|conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))?;
    ///     let total = |order: Option<Order>| order.map(|order| order.total_cents);
    ///     assert_eq!(total(Order::find(conn, order.id)?), Some(450));
    ///     assert_eq!(total(Order::fresh(conn, order.id)?), Some(500));
    ///     Ok::<_, maintained::Error>(())
    /// })?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the flush or the database says.
    fn fresh<C>(
        conn: &mut MaintainedConnection<C>,
        key: Self::Key,
    ) -> C::Answer<'_, Result<Option<Self>, Error>>
    where
        C: Writer,
        Self: Stored<C::Db>,
    {
        C::answer(async move { read::fresh(conn, &key).await })
    }
}

impl<M: Model> Maintained for M {}
