//! All rows by a block of statements, where the server takes several as one.
//!
//! A variable of the session has each key that a row below names, so that the rows of a level are
//! written in the order of their keys:
//!
//! ```sql
//! UPDATE orders SET total = total + -5 WHERE id = 1; UPDATE orders SET total = total + 5 WHERE id = 2;
//! SET @maintained_2 = NULL, @maintained_3 = NULL;
//! SELECT customer_id INTO @maintained_2 FROM orders WHERE id = 1 FOR UPDATE; ..
//! UPDATE customers SET spent = spent + CASE .. END WHERE id = COALESCE(LEAST(@maintained_2, ..), ..);
//! UPDATE customers SET spent = spent + .. WHERE id = GREATEST(@maintained_2, @maintained_3) AND ..;
//! ```

use super::Moved;
use crate::engine::declared::field::Declared;
use crate::engine::declared::short_way::{counted, counting, failed};
use crate::error::Error;
use crate::graph::{Found, RelationIndex, Sides};
use crate::marks::pending::Wrote;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::Statement;
use crate::sql::{Blocks, Dialect};
use crate::wire::Wire;

/// Adds the variable with the key of the row that one of the ways leads to.
fn variable<DB: Dialect>(statement: &mut Statement<'_, DB>, at: usize, side: Sides) {
    statement.text("@").numbered(2 * at + side.place());
}

impl<C: Wire> Moved<C> {
    /// Writes all rows by one block.
    pub(super) async fn write_in_block(
        &self,
        session: &mut Session<'_, C>,
        blocks: &Blocks,
    ) -> Result<Vec<Wrote>, Error> {
        let mut block = Statement::new(blocks.around[0]);
        // Each statement tells how many rows it has found, and the block how many that are.
        let mut expected = 0;
        for &at in &self.order {
            let sides = self.sides(at);
            if let Found::Named { below, relation } = self.rows[at].found {
                for &side in sides.each() {
                    self.look(session, blocks, &mut block, at, (below, relation), side);
                    expected += 1;
                }
                if sides == Sides::BOTH {
                    self.grow_both(session, &mut block, at);
                } else {
                    self.grow_named(session, &mut block, at, sides);
                }
            } else {
                for &side in sides.each() {
                    self.update(session, &mut block, at, [side; 2]);
                    block.text("; ");
                }
            }
            expected += sides.each().len();
        }
        block.text(blocks.around[1]);
        let done = session.execute(Writes::Any, block).await;
        let count = done.map_err(|source| failed(session, &self.rows, source))?;
        let counts = if count == expected {
            let all = 0..self.rows.len();
            all.map(|at| self.sides(at).each().len()).collect()
        } else {
            self.count(session).await?
        };
        Ok(counts.into_iter().map(Some).map(Wrote::once).collect())
    }

    /// Adds what reads the key that a row below names. That row has been written, and so is locked.
    fn look<'q>(
        &'q self,
        session: &Session<'_, C>,
        blocks: &Blocks,
        block: &mut Statement<'q, C::Db>,
        at: usize,
        (below, relation): (usize, RelationIndex),
        side: Sides,
    ) {
        let registration = session.registration(self.rows[below].model);
        variable(block.text("SET "), at, side);
        block.text(" = NULL; SELECT ");
        block.name(registration.foreign_key_name(relation));
        variable(block.text(" INTO "), at, side);
        block
            .text(" FROM ")
            .made(registration.table)
            .text(" WHERE ");
        if let Found::Named { .. } = self.rows[below].found {
            let key = session.key_name(self.rows[below].model);
            block.name(key.unwrap_or_default()).text(" = ");
            variable(block, below, side);
        } else {
            self.found(session, block, below, side);
        }
        block.text(blocks.lock[1]);
    }

    /// Adds the `UPDATE` of the row that one way leads to.
    fn grow_named<'q>(
        &'q self,
        session: &Session<'_, C>,
        block: &mut Statement<'q, C::Db>,
        at: usize,
        side: Sides,
    ) {
        self.add_to(session, block, at, |block, field| {
            self.by(block, (at, field), side);
        });
        variable(block, at, side);
        block.text("; ");
    }

    /// Adds the `UPDATE`s of the rows that both ways lead to, in the order of their keys. It may be
    /// one row, or none.
    fn grow_both<'q>(
        &'q self,
        session: &Session<'_, C>,
        block: &mut Statement<'q, C::Db>,
        at: usize,
    ) {
        let key = session.key_name(self.rows[at].model).unwrap_or_default();
        let variables = |block: &mut Statement<'q, C::Db>, between| {
            variable(block, at, Sides::FIRST);
            variable(block.text(between), at, Sides::SECOND);
        };
        let amount = |block: &mut Statement<'q, C::Db>, field| {
            variables(block.text("CASE WHEN "), " = ");
            self.by(block.text(" THEN "), (at, field), Sides::BOTH);
            block.text(" WHEN ").name(key).text(" = ");
            variable(block, at, Sides::FIRST);
            self.by(block.text(" THEN "), (at, field), Sides::FIRST);
            self.by(block.text(" ELSE "), (at, field), Sides::SECOND);
            block.text(" END");
        };
        self.add_to(session, block, at, amount);
        variables(block.text("COALESCE(LEAST("), ", ");
        variables(block.text("), "), ", ");
        block.text(")");
        if self.is_nothing(at) {
            variables(block.text(" AND NOT COALESCE("), " = ");
            block.text(", FALSE)");
        }
        block.text("; ");
        self.add_to(session, block, at, amount);
        variables(block.text("GREATEST("), ", ");
        variables(block.text(") AND "), " <> ");
        block.text("; ");
    }

    /// Adds `UPDATE .. SET column = column + .., .. WHERE key = `.
    fn add_to<'q>(
        &self,
        session: &Session<'_, C>,
        block: &mut Statement<'q, C::Db>,
        at: usize,
        amount: impl Fn(&mut Statement<'q, C::Db>, usize),
    ) {
        let row = &self.rows[at];
        block.text("UPDATE ");
        block.made(session.registration(row.model).table);
        for (place, (field, _)) in row.fields.iter().enumerate() {
            let name = Declared::of(session, field.model, field.setter).name(session);
            block.text(if place > 0 { ", " } else { " SET " });
            block.name(name).text(" = ").name(name).text(" + ");
            amount(block, place);
        }
        let key = session.key_name(row.model).unwrap_or_default();
        block.text(" WHERE ").name(key).text(" = ");
    }

    /// Says how many there are of each row.
    async fn count(&self, session: &mut Session<'_, C>) -> Result<Vec<usize>, Error> {
        let counting = counting(session, &self.rows, |session, statement, at| {
            match self.sides(at) {
                Sides::BOTH => {
                    self.found_both(session, statement, at);
                    if self.is_nothing(at) {
                        self.unless_same(session, statement, at);
                    }
                }
                side => self.found(session, statement, at, side),
            }
        });
        counted(session, counting, self.rows.len()).await
    }

    /// Adds the condition that finds the rows that both ways lead to.
    fn found_both<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        at: usize,
    ) {
        let key = session.key_name(self.rows[at].model).unwrap_or_default();
        if let Some(keys) = &self.keys[at] {
            C::Db::among(statement, &[key], &**keys);
        }
        if let Found::Named { below, relation } = self.rows[at].found {
            statement.name(key).text(" IN (");
            self.named(session, statement, (below, relation), Sides::FIRST);
            statement.text(", ");
            self.named(session, statement, (below, relation), Sides::SECOND);
            statement.text(")");
        }
    }
}
