//! What a connection has learned of its database, so that it asks but once.

use diesel::result::QueryResult;
use hashbrown::HashMap;

use crate::backend::Database;
use crate::graph::Relation;

/// What a connection has learned of its database.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Whether foreign keys have an index.
    indexed: HashMap<Relation, bool>,
    /// Whether the session's mode has the database cut what a column cannot hold.
    is_lax: Option<bool>,
}

impl Learned {
    /// Finds out whether a foreign key has an index, given its table and column. An index that
    /// comes or goes afterwards is not noticed; this is about time only.
    pub(crate) fn look_for_index<C: Database>(
        &mut self,
        conn: &mut C,
        relation: Relation,
        (table, column): (&str, &str),
    ) -> QueryResult<()> {
        if !self.indexed.contains_key(&relation) {
            let is_indexed = conn.is_indexed(table, column)?;
            self.indexed.insert(relation, is_indexed);
        }
        Ok(())
    }

    /// Whether the session's mode has the database cut what a column cannot hold. A mode that is
    /// set afterwards is not noticed.
    pub(crate) fn is_lax<C: Database>(&mut self, conn: &mut C) -> QueryResult<bool> {
        match self.is_lax {
            Some(is_lax) => Ok(is_lax),
            None => Ok(*self.is_lax.insert(conn.is_lax()?)),
        }
    }

    /// Whether a foreign key is known to have no index.
    pub(crate) fn has_no_index(&self, relation: Relation) -> bool {
        self.indexed.get(&relation) == Some(&false)
    }
}
