//! Which rows of a model an operation looks at.

use std::any::TypeId;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::{Named, Operation};
use crate::catalog::Catalog;
use crate::catalog::linked::Linked;
use crate::connection::Wrapped;
use crate::declare::model::Model;
use crate::rows::stored::Stored;
use crate::sql::Dialect;
use crate::write::Filter;

/// Which rows of a model an operation looks at.
pub(super) struct Condition<C: Wrapped> {
    pub(super) model: Named,
    /// What was given as SQL.
    pub(super) words: Option<String>,
    pub(super) holds: Box<dyn QueryFragment<C::Db> + Send + Sync>,
}

impl<C: Wrapped> Operation<C> {
    /// Only rows of this model that a filter matches: a Diesel expression over the model's table.
    /// Rows of other models are looked at as before.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// use maintained::operations;
    ///
    /// let of_ada = operations::check().model::<Order>();
    /// let of_ada = of_ada.rows::<Order, _>(orders::customer_id.eq(ada.id));
    /// assert!(of_ada.run(conn)?.is_clean());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn rows<M, F>(mut self, filter: F) -> Self
    where
        M: Stored<C::Db>,
        F: Filter<C::Db, M::Table> + Send + Sync + 'static,
    {
        self.conditions.push(Condition {
            model: Named::Exactly(TypeId::of::<M>()),
            words: None,
            holds: Box::new(filter),
        });
        self
    }

    /// Only rows of the model with this name that a condition matches, which is SQL:
    /// `"customer_id = 7"`. It is sent as it is, so it must not come from a stranger.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>()
    ///     .rows_where("Order", "customer_id = 7");
    /// # drop(operation);
    /// ```
    pub fn rows_where(mut self, model: impl Into<String>, condition: impl Into<String>) -> Self {
        let condition = condition.into();
        self.conditions.push(Condition {
            model: Named::By(model.into()),
            words: Some(condition.clone()),
            holds: Box::new(Words(condition)),
        });
        self
    }

    /// Only rows of this model whose keys lie in a range, in the order in which the database has
    /// them: a part of a large table, for a night.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// use maintained::operations;
    ///
    /// let first = operations::check().model::<Order>().keys::<Order>(..=1_000);
    /// assert!(first.run(conn)?.is_clean());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn keys<M: Stored<C::Db>>(mut self, range: impl RangeBounds<M::Key>) -> Self {
        self.conditions.push(Condition {
            model: Named::Exactly(TypeId::of::<M>()),
            words: None,
            holds: Box::new(KeyRange::<C::Db, M> {
                from: range.start_bound().cloned(),
                to: range.end_bound().cloned(),
                database: PhantomData,
            }),
        });
        self
    }

    /// Only rows of the model with this name whose keys lie between two of them, both included:
    /// each as SQL writes it (`"7"`, `"'n'"`; several columns are separated by commas), either
    /// may be missing. They are sent as they are, so they must not come from a stranger.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>()
    ///     .keys_between("Order", Some("1"), Some("1000"));
    /// # drop(operation);
    /// ```
    pub fn keys_between(
        mut self,
        model: impl Into<String>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Self {
        let model = model.into();
        self.conditions.push(Condition {
            model: Named::By(model.clone()),
            words: Some(format!(
                "{}..{}",
                from.unwrap_or_default(),
                to.unwrap_or_default()
            )),
            holds: Box::new(Between {
                model,
                from: from.map(str::to_owned),
                to: to.map(str::to_owned),
            }),
        });
        self
    }
}

/// The condition that a row's key lies in a range.
struct KeyRange<DB, M: Model> {
    from: Bound<M::Key>,
    to: Bound<M::Key>,
    database: PhantomData<fn(DB)>,
}

impl<DB: Dialect, M: Stored<DB>> QueryFragment<DB> for KeyRange<DB, M> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("1 = 1");
        for (bound, words) in [(&self.from, [" >= ", " > "]), (&self.to, [" <= ", " < "])] {
            let (key, compared) = match bound {
                Bound::Included(key) => (key, words[0]),
                Bound::Excluded(key) => (key, words[1]),
                Bound::Unbounded => continue,
            };
            out.push_sql(" AND ");
            names(M::META.key_names(), &mut out)?;
            out.push_sql(compared);
            out.push_sql("(");
            for column in 0..M::META.key.len() {
                out.push_sql(if column > 0 { ", " } else { "" });
                M::bind_key(key, column, out.reborrow())?;
            }
            out.push_sql(")");
        }
        Ok(())
    }
}

/// The condition that the key of a row of a model lies between two that are given as SQL.
struct Between {
    model: String,
    from: Option<String>,
    to: Option<String>,
}

impl<DB: Linked> QueryFragment<DB> for Between {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("1 = 1");
        let catalog = Catalog::<DB>::get()?;
        let mut nodes = catalog.graph.models.iter();
        let Some(node) = nodes.find(|node| node.meta.name == self.model) else {
            return Ok(());
        };
        for (key, compared) in [(&self.from, " >= ("), (&self.to, " <= (")] {
            if let Some(key) = key {
                out.push_sql(" AND ");
                names(node.meta.key_names(), &mut out)?;
                out.push_sql(compared);
                out.push_sql(key);
                out.push_sql(")");
            }
        }
        Ok(())
    }
}

/// Adds the names of columns between brackets.
fn names<DB: Dialect>(
    names: impl Iterator<Item = &'static str>,
    out: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    out.push_sql("(");
    for (at, name) in names.enumerate() {
        out.push_sql(if at > 0 { ", " } else { "" });
        out.push_identifier(name)?;
    }
    out.push_sql(")");
    Ok(())
}

/// Words of SQL that somebody has given.
pub(super) struct Words(pub(super) String);

impl<DB: diesel::backend::Backend> QueryFragment<DB> for Words {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(&self.0);
        Ok(())
    }
}

impl QueryId for Words {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
