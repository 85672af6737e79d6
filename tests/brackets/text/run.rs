//! Running a program.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::oracle::Rows;
use super::program::{Change, End, Filter, How, Kind, Model, Step, Verb};
use super::write::{codes, numbers};
use super::{Conn, Outcome};
use crate::models::schema::{items, links, nodes, notes, shops, tags};
use crate::models::{Item, Link, Node, Note, Shop, Tag};

/// The message of a failure on purpose.
const ON_PURPOSE: &str = "on purpose";

/// What is open while a program runs.
#[derive(Debug, Default)]
pub(super) struct Runner {
    brackets: Vec<(Model, Filter)>,
    /// How many disabled scopes are open.
    disabled: usize,
    /// How many steps have been run.
    pub(super) operations: u64,
}

impl Runner {
    /// Runs a step; a failure, or a panic, on purpose is swallowed.
    pub(super) fn step(&mut self, conn: &mut Conn, step: &Step) -> Outcome {
        self.operations += 1;
        match step {
            Step::Write(change) => {
                if change.fits(conn)? {
                    change.write(conn)?;
                }
                Ok(())
            }
            Step::Statement {
                bracket,
                change,
                is_wide,
                how,
            } => self.statement(conn, *bracket, (change, *is_wide), *how),
            Step::Flush => {
                conn.flush_autoupdates()?;
                let stale = if self.disabled == 0 {
                    Rows::peek(conn)?.stale()
                } else {
                    Vec::new()
                };
                if stale.is_empty() {
                    return Ok(());
                }
                Err(maintained::Error::other(format!(
                    "stale after a flush: {stale:#?}"
                )))
            }
            Step::Fresh(model) => {
                let (model, verb) = (*model, Verb::Touch);
                let [at, to, value] = [0; 3];
                Change {
                    model,
                    verb,
                    at,
                    to,
                    value,
                }
                .fresh(conn)
            }
            Step::Level { kind, end, body } => {
                let disabled = usize::from(matches!(kind, Kind::Disabled));
                self.swallowing(conn, |runner, conn| {
                    runner.disabled += disabled;
                    let mut body = |conn: &mut Conn| runner.body(conn, body, *end);
                    match kind {
                        Kind::Buffered => conn.buffer_autoupdates(body),
                        Kind::Immediate => conn.immediate_autoupdates(body),
                        Kind::Savepoint => conn.transaction(body),
                        Kind::Disabled => conn.disable_autoupdates(|conn| {
                            body(conn)?;
                            Err(maintained::Error::other(ON_PURPOSE))
                        }),
                    }
                })
            }
            Step::Track {
                model,
                filter,
                end,
                body,
            } => self.swallowing(conn, |runner, conn| {
                runner.brackets.push((*model, *filter));
                track(conn, *model, *filter, |conn| runner.body(conn, body, *end))
            }),
        }
    }

    fn body(&mut self, conn: &mut Conn, body: &[Step], end: End) -> Outcome {
        for step in body {
            self.step(conn, step)?;
        }
        match end {
            End::Well => Ok(()),
            End::Fails => Err(maintained::Error::other(ON_PURPOSE)),
            End::Panics => resume_unwind(Box::new(ON_PURPOSE)),
        }
    }

    /// Runs what may fail on purpose.
    fn swallowing(
        &mut self,
        conn: &mut Conn,
        work: impl FnOnce(&mut Self, &mut Conn) -> Outcome,
    ) -> Outcome {
        let (brackets, disabled) = (self.brackets.len(), self.disabled);
        let ended = catch_unwind(AssertUnwindSafe(|| work(self, conn)));
        self.brackets.truncate(brackets);
        self.disabled = disabled;
        match ended {
            Ok(Err(error)) if error.to_string().contains(ON_PURPOSE) => Ok(()),
            Ok(ended) => ended,
            Err(panic) if panic.downcast_ref() == Some(&ON_PURPOSE) => Ok(()),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Sends a statement that a bracket covers.
    fn statement(
        &mut self,
        conn: &mut Conn,
        bracket: usize,
        (change, is_wide): (&Change, bool),
        how: How,
    ) -> Outcome {
        if self.brackets.is_empty() {
            return Ok(());
        }
        let (model, filter) = self.brackets[bracket % self.brackets.len()];
        let Some(change) = Change { model, ..*change }.within(filter) else {
            return Ok(());
        };
        if !change.fits(conn)? || !change.is_covered(conn, filter)? {
            return Ok(());
        }
        let wide = if is_wide {
            change.wide_sql(filter)
        } else {
            None
        };
        let sql = wide.unwrap_or_else(|| change.sql());
        match how {
            How::Query => diesel::sql_query(sql).execute(conn).map(drop)?,
            How::Batch => conn.batch_execute(&sql)?,
            How::Inner => conn.inner_mut().batch_execute(&sql)?,
        }
        Ok(())
    }
}

fn track(
    conn: &mut Conn,
    model: Model,
    filter: Filter,
    body: impl FnOnce(&mut Conn) -> Outcome,
) -> Outcome {
    let (Filter::Keys(bits) | Filter::Parents(bits)) = filter;
    let (numbers, codes) = (numbers(bits), codes(bits));
    match (model, filter) {
        (Model::Shop, _) => Shop::track(conn, shops::id.eq_any(numbers), body),
        (Model::Item, Filter::Keys(_)) => Item::track(conn, items::id.eq_any(numbers), body),
        (Model::Item, Filter::Parents(_)) => {
            Item::track(conn, items::shop_id.eq_any(numbers), body)
        }
        (Model::Tag, _) => Tag::track(conn, tags::code.eq_any(codes), body),
        (Model::Link, Filter::Keys(_)) => Link::track(conn, links::item_id.eq_any(numbers), body),
        (Model::Link, Filter::Parents(_)) => Link::track(conn, links::tag_code.eq_any(codes), body),
        (Model::Note, _) => Note::track(conn, notes::id.eq_any(numbers), body),
        (Model::Node, _) => Node::track(conn, nodes::id.eq_any(numbers), body),
    }
}
