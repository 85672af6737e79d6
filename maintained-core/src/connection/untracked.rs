//! Writes that leave no marks, though some field follows from what they write.

use crate::catalog::Catalog;
use crate::declare::columns::ColumnSet;
use crate::error::Error;
use crate::graph::{ModelIndex, Node};
use crate::spoken::{Action, Write};
use crate::sql::Dialect;

/// What a connection does with a write that leaves no marks, though some field follows from what it
/// writes.
///
/// See [`MaintainedConnection::set_untracked`](crate::MaintainedConnection::set_untracked).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Untracked {
    /// It is [`Error::Untracked`], and is not sent.
    #[default]
    Refuse,
    /// It is sent, and a `tracing` event says so, once for each statement: again only where its
    /// text is too long to be remembered, or the connection has seen too many others since.
    Warn,
    /// It is sent.
    Allow,
}

/// A write of a statement from which some field follows.
#[derive(Debug, Clone)]
pub(crate) struct Unseen {
    /// The models whose table it may be: more than one, where a program has two for one table.
    models: Vec<ModelIndex>,
    meta: &'static crate::declare::model::ModelMeta,
    statement: &'static str,
    columns: Vec<&'static str>,
    computed: bool,
}

impl Unseen {
    /// The writes of a statement from which some field follows.
    pub(crate) fn among<DB: Dialect>(writes: &[Write], catalog: &Catalog<DB>) -> Vec<Self> {
        let mut unseen = Vec::new();
        for write in writes {
            let models = catalog.tables.named(&write.table);
            for &model in &models {
                let node = &catalog.graph.models[model];
                unseen.extend(Self::of(&models, node, &write.action, DB::SPELLING));
            }
        }
        unseen
    }

    fn of(
        models: &[ModelIndex],
        node: &Node,
        action: &Action,
        dialect: crate::spoken::Spelling,
    ) -> Option<Self> {
        let unseen = |statement, columns: ColumnSet, computed| Self {
            models: models.to_vec(),
            meta: node.meta,
            statement,
            columns: columns
                .iter()
                .map(|at| node.meta.columns[at].name)
                .collect(),
            computed,
        };
        match action {
            Action::Insert => node
                .matters_when_inserted()
                .then(|| unseen("INSERT", ColumnSet::NONE, false)),
            Action::Delete => node
                .matters_when_deleted()
                .then(|| unseen("DELETE", ColumnSet::NONE, false)),
            Action::Update(names) => {
                let columns = node.meta.columns.iter_enumerated();
                let is_set = |name: &str| names.contains(&dialect.comparable(name));
                let set = columns.filter(|(_, column)| is_set(column.name));
                let set = set.fold(ColumnSet::NONE, |set, (at, _)| set.with(at));
                let computed = set & node.meta.columns_where(true);
                let read = set & node.columns_that_matter();
                match (computed.is_empty(), read.is_empty()) {
                    (false, _) => Some(unseen("UPDATE", computed, true)),
                    (true, false) => Some(unseen("UPDATE", read, false)),
                    (true, true) => None,
                }
            }
        }
    }

    /// Whether a bracket is open around a model of its table.
    pub(crate) fn is_within(&self, bracketed: &dyn Fn(ModelIndex) -> bool) -> bool {
        self.models.iter().any(|&model| bracketed(model))
    }

    /// Why it is refused.
    pub(crate) fn error(&self) -> Error {
        Error::Untracked {
            model: self.meta.name,
            table: self.meta.table,
            statement: self.statement,
            columns: self.columns.clone(),
            computed: self.computed,
        }
    }
}
