//! A declared field, and what its statements say of it.

use crate::declare::model::{Bounds, Content, Kind};
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::graph::{ModelIndex, SetterIndex};
use crate::session::Session;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Dialect, Set};
use crate::wire::Wire;

/// A declared field of a model.
#[derive(Clone, Copy)]
pub(super) struct Declared {
    pub(super) model: ModelIndex,
    /// Its place among the model's declared fields.
    pub(super) at: usize,
    pub(super) meta: &'static DeclaredMeta,
}

impl Declared {
    /// The field that one of a model's setters stands for.
    pub(super) fn of<C: Wire>(
        session: &Session<'_, C>,
        model: ModelIndex,
        setter: SetterIndex,
    ) -> Self {
        let node = &session.catalog.graph.models[model];
        let at = usize::from(setter) - (node.setters.len() - node.declared.len());
        let meta = &node.declared[at];
        Self { model, at, meta }
    }

    /// The name of the field's column.
    pub(super) fn name<C: Wire>(self, session: &Session<'_, C>) -> &'static str {
        session.registration(self.model).meta.columns[self.meta.field()].name
    }

    /// What is known of the field's values.
    pub(super) fn kind<C: Wire>(self, session: &Session<'_, C>) -> Kind {
        session.catalog.graph.models[self.model].kinds[self.meta.field()]
    }

    /// What is known of the column that the field follows from, where other rows have it.
    fn source_kind<C: Wire>(self, session: &Session<'_, C>) -> Option<Kind> {
        let end = self.meta.chain().last()?;
        let source = session.catalog.graph.index_of((end.model)())?;
        Some(session.catalog.graph.models[source].kinds[self.meta.value?])
    }

    /// Whether the field's column always stores what the database computes for it, unrounded.
    pub(super) fn is_exact<C: Wire>(self, session: &Session<'_, C>) -> bool {
        self.source_kind(session).is_none_or(Kind::is_exact) && self.kind(session).is_exact()
    }

    /// The field's column, as it is set to what the database computes. It has bounds only where a
    /// value may lie outside of them.
    pub(super) fn set<C: Wire>(self, session: &Session<'_, C>) -> Set {
        let (mut kind, source) = (self.kind(session), self.source_kind(session));
        let adds_whole = source.is_some_and(|source| source.content == Content::Whole);
        let is_within = match self.meta.rule {
            Rule::Exists => true,
            // The database refuses a sum of whole numbers that is beyond all of them.
            Rule::Count => kind.bounds == Bounds::BigInt,
            Rule::Sum => kind.bounds == Bounds::BigInt && adds_whole,
            Rule::Min | Rule::Max | Rule::Copy => {
                source.is_some_and(|source| source.bounds == kind.bounds)
            }
            Rule::Expression => false,
        };
        if is_within {
            kind.bounds = Bounds::None;
        }
        Set {
            column: self.name(session),
            kind,
            is_whole: self.meta.rule != Rule::Sum || adds_whole,
        }
    }
}

/// Adds the condition that a row is one of those whose field is computed.
pub(super) fn among<'q, C: Wire>(
    statement: &mut Statement<'q, C::Db>,
    columns: &[&'static str],
    keys: &'q dyn Rows<C::Db>,
) {
    // A range would lock the row behind it, too.
    if C::Db::READS_LOCK {
        C::Db::among(statement, columns, keys);
    } else {
        C::Db::within(statement, columns, keys);
    }
}
