//! What a connection has learned of its database, so that it asks but once.

use diesel::result::QueryResult;
use hashbrown::HashMap;

use crate::graph::{ModelIndex, Relation};
use crate::sql::statement::{Make, Statement};
use crate::sql::{Blocks, Dialect, Results, TableName};
use crate::wire::Wire;

#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Whether foreign keys have an index.
    indexed: HashMap<Relation, bool>,
    /// Whether tables have no triggers and no rules of the user's own.
    plain: HashMap<ModelIndex, bool>,
    /// Whether the session's mode has the database cut what a column cannot hold.
    is_lax: Option<bool>,
    /// Whether the server takes several statements as one.
    takes_blocks: Option<bool>,
    /// Whether it was set to refuse that: a flush that panics, or is not waited for, leaves it so.
    pub(crate) is_strict: bool,
}

impl Learned {
    /// Finds out whether a foreign key has an index, given its table and column. An index that
    /// comes or goes afterwards is not noticed; this is about time only.
    pub(crate) async fn look_for_index<C: Wire>(
        &mut self,
        conn: &mut C,
        relation: Relation,
        (table, column): (TableName, &'static str),
    ) -> QueryResult<()> {
        if !self.indexed.contains_key(&relation) {
            let query = C::Db::is_indexed(table, column);
            let is_indexed = match query {
                Some(query) => is_true(conn, query).await?,
                None => true,
            };
            self.indexed.insert(relation, is_indexed);
        }
        Ok(())
    }

    /// Whether the tables of some models have no triggers and no rules of the user's own. Those
    /// that come afterwards are not noticed.
    pub(crate) async fn are_plain<C: Wire>(
        &mut self,
        conn: &mut C,
        models: &[(ModelIndex, Make<C::Db>, TableName)],
    ) -> QueryResult<bool> {
        let is_new = |(model, ..): &&(ModelIndex, _, _)| !self.plain.contains_key(model);
        let new: Vec<_> = models.iter().filter(is_new).collect();
        if !new.is_empty() {
            let mut query = Statement::new("SELECT ");
            // Says the same of all tables: triggers matter to a database, or they do not.
            let mut matters = false;
            for (at, (_, table, name)) in new.iter().enumerate() {
                query.text(if at > 0 { ", " } else { "" });
                matters = C::Db::is_plain(&mut query, *table, *name);
            }
            let mut plain = vec![true; new.len()];
            let read = |row: &<C::Db as Results>::Row<'_, '_>| {
                for (at, is_plain) in plain.iter_mut().enumerate() {
                    *is_plain = C::Db::read_integer(row, at)? == Some(1);
                }
                Ok(())
            };
            if matters {
                conn.load(query, read).await?;
            }
            let models = new.into_iter().map(|(model, ..)| *model);
            self.plain.extend(models.zip(plain));
        }
        let is_plain = |(model, ..): &(ModelIndex, _, _)| self.plain.get(model) == Some(&true);
        Ok(models.iter().all(is_plain))
    }

    /// Whether the session's mode has the database cut what a column cannot hold. A mode that is
    /// set afterwards is not noticed.
    pub(crate) async fn is_lax<C: Wire>(&mut self, conn: &mut C) -> QueryResult<bool> {
        if let Some(is_lax) = self.is_lax {
            return Ok(is_lax);
        }
        let is_lax = match C::Db::IS_LAX {
            Some(query) => is_true(conn, Statement::new(query)).await?,
            None => false,
        };
        self.is_lax = Some(is_lax);
        Ok(is_lax)
    }

    /// How the server takes several statements as one, if it does.
    pub(crate) async fn blocks<C: Wire>(&mut self, conn: &mut C) -> QueryResult<Option<Blocks>> {
        let Some(blocks) = C::Db::BLOCKS else {
            return Ok(None);
        };
        let takes_blocks = match self.takes_blocks {
            Some(known) => known,
            None => is_true(conn, Statement::new(blocks.is_taken)).await?,
        };
        self.takes_blocks = Some(takes_blocks);
        Ok(takes_blocks.then_some(blocks))
    }

    /// Whether a foreign key is known to have no index.
    pub(crate) fn has_no_index(&self, relation: Relation) -> bool {
        self.indexed.get(&relation) == Some(&false)
    }
}

/// Whether the only value of a query is 1.
async fn is_true<C: Wire>(conn: &mut C, query: Statement<'_, C::Db>) -> QueryResult<bool> {
    Ok(integer(conn, query).await? == Some(1))
}

/// The only value of a query; none where it is null.
pub(crate) async fn integer<C: Wire>(
    conn: &mut C,
    query: Statement<'_, C::Db>,
) -> QueryResult<Option<i64>> {
    let mut value = None;
    let read = |row: &<C::Db as Results>::Row<'_, '_>| {
        value = C::Db::read_integer(row, 0)?;
        Ok(())
    };
    conn.load(query, read).await?;
    Ok(value)
}
