//! The models and setters of the program, gathered by the linker.
//!
//! The derive submits a [`Registration`] for each model and database; nobody lists models. What a
//! program does not link does not run: see [`link!`](crate::link).

mod check;
mod expression;
pub(crate) mod linked;
pub(crate) mod tables;

use std::any::TypeId;
use std::fmt;

use diesel::deserialize;

use typed_index_collections::{TiSlice, TiVec};

use crate::batch::{Run, SettersOn};
use crate::catalog::linked::Linked;
use crate::catalog::tables::Tables;
use crate::declare::arena::{self, AnyArena, Arena, Arenas, Id};
use crate::declare::model::ModelMeta;
use crate::declare::relation::References;
use crate::declare::rule::DeclaredMeta;
use crate::declare::setter::SetterMeta;
use crate::error::Error;
use crate::graph::{Declaration, Graph, ModelIndex, RelationIndex};
use crate::rows::stored::{Stored, StoredForeignKey};
use crate::rows::{RowSet, keys};
use crate::sql::statement::{Make, Rows};
use crate::sql::{Dialect, Results};

/// A model as it is linked into the program, with what only typed code can do for it.
pub struct Registration<DB: Dialect> {
    model: fn() -> TypeId,
    pub(crate) meta: &'static ModelMeta,
    setters: &'static [SetterMeta],
    pub(crate) arena: fn() -> Box<dyn AnyArena>,
    pub(crate) table: Make<DB>,
    pub(crate) selection: Make<DB>,
    /// How many columns of a result the selection takes.
    pub(crate) width: usize,
    pub(crate) new_rows: fn() -> Box<dyn RowSet<DB>>,
    pub(crate) read_key: ReadKeyFn<DB>,
    pub(crate) key_rows: KeyRowsFn<DB>,
    pub(crate) run: Option<Run<DB>>,
    pub(crate) declared: &'static [DeclaredMeta],
    /// The expression of each declared field that has one.
    pub(crate) expressions: &'static [Option<Make<DB>>],
    /// All columns of the table, where some field has an expression.
    pub(crate) all_columns: Option<Make<DB>>,
    pub(crate) relations: &'static TiSlice<RelationIndex, RelationOps<DB>>,
}

/// Reads a key from the columns of a result that start at a place.
pub(crate) type ReadKeyFn<DB> = fn(
    &<DB as Results>::Row<'_, '_>,
    usize,
    &mut (dyn AnyArena + 'static),
) -> deserialize::Result<Id>;

/// Reads a foreign key from the column of a result at a place.
pub(crate) type ReadForeignKeyFn<DB> = fn(
    &<DB as Results>::Row<'_, '_>,
    usize,
    &mut (dyn AnyArena + 'static),
) -> deserialize::Result<Option<Id>>;

/// The keys of some ids, to bind.
pub(crate) type KeyRowsFn<DB> = fn(&dyn AnyArena, &[Id]) -> Box<dyn Rows<DB>>;

/// What only typed code can do along a relation.
pub struct RelationOps<DB: Dialect> {
    pub(crate) read_foreign_key: ReadForeignKeyFn<DB>,
}

impl<DB: Dialect> Registration<DB> {
    /// The registration of a model, given its relations in order.
    #[must_use]
    pub const fn new<M: Stored<DB>>(relations: &'static [RelationOps<DB>]) -> Self {
        Self {
            model: TypeId::of::<M>,
            meta: M::META,
            setters: &[],
            arena: || Box::new(Arena::<M::Key>::default()),
            table: M::table,
            selection: M::selection,
            width: M::WIDTH,
            new_rows: || Box::new(Vec::<M>::new()),
            read_key: |row, at, arena| {
                Ok(arena::typed::<M::Key>(arena).intern(&M::read_key(row, at)?))
            },
            key_rows: keys::keys_of::<DB, M>,
            run: None,
            declared: &[],
            expressions: &[],
            all_columns: None,
            relations: TiSlice::from_ref(relations),
        }
    }

    /// Adds the model's setters.
    #[must_use]
    pub const fn with_setters<S: SettersOn<DB> + Copy>(mut self, _: S) -> Self {
        self.setters = S::SETTERS;
        self.run = S::RUN;
        self
    }

    /// Adds the fields that the database computes, and the expression of each that has one.
    #[must_use]
    pub const fn with_declared(
        mut self,
        declared: &'static [DeclaredMeta],
        expressions: &'static [Option<Make<DB>>],
    ) -> Self {
        self.declared = declared;
        self.expressions = expressions;
        self
    }

    /// Adds all columns of the table, for the fields that have expressions.
    #[must_use]
    pub const fn with_columns(mut self, all_columns: Make<DB>) -> Self {
        self.all_columns = Some(all_columns);
        self
    }

    /// The names of the model's key columns.
    pub(crate) fn key_names(&self) -> impl Iterator<Item = &'static str> + use<DB> {
        self.meta.key_names()
    }

    /// Whether a column of the model's key is an array.
    pub(crate) fn has_array_key(&self) -> bool {
        let mut key = self.meta.key.iter();
        key.any(|&column| (self.meta.columns[column].array)())
    }

    /// The name of a foreign key's column.
    pub(crate) fn foreign_key_name(&self, relation: RelationIndex) -> &'static str {
        self.meta.columns[self.meta.relations[relation].column].name
    }
}

impl<DB: Dialect> RelationOps<DB> {
    /// What typed code does along one relation.
    #[must_use]
    pub const fn new<M, P, Via>() -> Self
    where
        M: References<P, Via>,
        P: Stored<DB>,
        Via: StoredForeignKey<DB, P::Key>,
    {
        Self {
            read_foreign_key: |row, at, arena| {
                let key = Via::read_foreign_key(row, at)?;
                Ok(key.map(|key| arena::typed::<P::Key>(arena).intern(&key)))
            },
        }
    }
}

/// The graph, and for each of its models what typed code does.
pub struct Catalog<DB: Dialect> {
    pub(crate) graph: Graph,
    pub(crate) models: TiVec<ModelIndex, &'static Registration<DB>>,
    pub(crate) tables: Tables,
}

impl<DB: Linked> Catalog<DB> {
    /// The catalog of the program: built and checked when it is first asked for.
    ///
    /// # Errors
    /// What [`Graph::build`] or the check of the declared fields finds, each time.
    pub(crate) fn get() -> Result<&'static Self, Error> {
        let built = DB::catalog().get_or_init(Self::build);
        built.as_ref().map_err(Error::again)
    }

    fn build() -> Result<Self, Error> {
        let registrations = DB::registrations();
        let declare = |it: &&Registration<DB>| Declaration {
            model: (it.model)(),
            meta: it.meta,
            setters: it.setters,
            declared: it.declared,
        };
        let graph = Graph::build(&registrations.iter().map(declare).collect::<Vec<_>>())?;
        let mut models = TiVec::from(registrations);
        models.sort_by_key(|it| graph.index_of((it.model)()));
        let tables = Tables::of::<DB>(&models);
        let catalog = Self {
            graph,
            models,
            tables,
        };
        check::check(&catalog)?;
        Ok(catalog)
    }
}

impl<DB: Dialect> Catalog<DB> {
    /// An arena for each model.
    pub(crate) fn arenas(&self) -> Arenas {
        Arenas::new(self.models.iter().map(|model| (model.arena)()))
    }
}

impl<DB: Dialect> fmt::Debug for Registration<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("model", &self.meta.name)
            .finish_non_exhaustive()
    }
}

impl<DB: Dialect> fmt::Debug for RelationOps<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RelationOps")
            .finish_non_exhaustive()
    }
}

impl<DB: Dialect> fmt::Debug for Catalog<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Catalog")
            .field("graph", &self.graph)
            .finish_non_exhaustive()
    }
}
