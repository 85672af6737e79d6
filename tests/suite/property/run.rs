//! Runs a program's steps.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use diesel::prelude::*;
use maintained::prelude::*;

use super::program::{End, How, Labels, Nest, OnFailure, Step};
use super::{world, writes};
use crate::Conn;
use crate::suite::support::Outcome;
use crate::suite::support::models::Order;
use crate::suite::support::oracle::stale_fields;
use crate::suite::support::setters::PANIC_MESSAGE;

/// How steps are run.
#[derive(Debug, Clone, Copy)]
pub struct Runner {
    /// Buffered scopes are run as immediate ones.
    immediate: bool,
    /// The program leaves no debts, so that what is read fresh must be right.
    without_debts: bool,
}

/// The panic that a program asks for: nobody needs to read its message.
struct Asked;

impl Runner {
    /// Any program, as it is written.
    pub fn as_written() -> Self {
        Self {
            immediate: false,
            without_debts: false,
        }
    }

    /// A program without debts, as it is written.
    pub fn buffered() -> Self {
        Self {
            immediate: false,
            without_debts: true,
        }
    }

    /// A program without debts, with nothing buffered.
    pub fn immediate() -> Self {
        Self {
            immediate: true,
            without_debts: true,
        }
    }

    /// Runs a step; whatever fails or panics comes back.
    pub fn attempt(self, conn: &mut Conn, step: &Step) -> Result<(), String> {
        match catch_unwind(AssertUnwindSafe(|| self.step(conn, step))) {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(payload) if payload.is::<Asked>() => Err("asked to panic".to_owned()),
            Err(payload) => match payload.downcast_ref::<String>() {
                Some(message) if message.contains(PANIC_MESSAGE) => Err(message.clone()),
                _ => resume_unwind(payload),
            },
        }
    }

    /// The same inside a transaction, which goes on whatever comes of the step.
    pub fn attempt_inside(self, conn: &mut Conn, step: &Step) -> Result<(), String> {
        let mut result = Ok(());
        let undone = conn.transaction(|conn| {
            result = self.attempt(conn, step);
            result
                .is_ok()
                .then_some(())
                .ok_or(diesel::result::Error::RollbackTransaction)
        });
        match undone {
            Err(error) if result.is_ok() => Err(error.to_string()),
            _ => result,
        }
    }

    fn step(self, conn: &mut Conn, step: &Step) -> Outcome {
        match step {
            &Step::Write(what, a, b, c) => writes::write(conn, what, [a, b, c]),
            Step::Nest(nest) => self.nest(conn, nest),
            Step::Flush => conn.flush_autoupdates().map(drop),
            &Step::Fresh(order) => self.fresh(conn, order),
            Step::BaseMode(_) => Ok(()),
        }
    }

    fn fresh(self, conn: &mut Conn, order: u8) -> Outcome {
        let Some(key) = world::order(conn, order) else {
            return Ok(());
        };
        Order::fresh(conn, key)?;
        if self.without_debts {
            let stale = stale_fields(conn);
            assert!(
                !stale.iter().any(|field| field.starts_with("Order.")),
                "read fresh: {stale:?}"
            );
        }
        Ok(())
    }

    fn nest(self, conn: &mut Conn, nest: &Nest) -> Outcome {
        let body = |conn: &mut Conn| self.body(conn, nest);
        let scope = match nest.how {
            How::Transaction => return conn.transaction(body),
            How::Bracket(number) => {
                // What it has changed by other means is not known before its end.
                let inside = Self {
                    without_debts: false,
                    ..self
                };
                return world::bracket(conn, number, |conn| inside.body(conn, nest));
            }
            How::Buffered if !self.immediate => Scope::buffered(),
            How::Buffered | How::Immediate => Scope::immediate(),
            How::Disabled => Scope::disabled(),
        };
        match &nest.labels {
            Some(Labels::Only(names)) => scope.only(names.clone()).run(conn, body),
            Some(Labels::Except(names)) => scope.except(names.clone()).run(conn, body),
            Some(Labels::OnlyFields(fields)) => scope.only_fields(fields.clone()).run(conn, body),
            Some(Labels::ExceptFields(fields)) => {
                scope.except_fields(fields.clone()).run(conn, body)
            }
            None => scope.run(conn, body),
        }
    }

    fn body(self, conn: &mut Conn, nest: &Nest) -> Outcome {
        for step in &nest.steps {
            match nest.on_failure {
                OnFailure::Fail => self.step(conn, step)?,
                OnFailure::Undo => {
                    let _undone = self.attempt_inside(conn, step);
                }
                OnFailure::Swallow if self.attempt(conn, step).is_err() => break,
                OnFailure::Swallow => {}
            }
        }
        match nest.end {
            End::Well => Ok(()),
            End::Failing => Err(maintained::Error::other("asked to fail")),
            End::Panicking => resume_unwind(Box::new(Asked)),
        }
    }
}
