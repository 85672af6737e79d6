//! All that generated code may name. Not part of the public interface: it changes without notice.

mod declared;
mod emit;
mod kept;
mod place;
mod same;
mod selected;
mod shape;

use std::any::TypeId;

use diesel::expression::Expression;
use diesel::sql_types::{self, SqlType, is_nullable};

pub use diesel;
pub use diesel::deserialize;
pub use diesel::query_builder::AstPass;
pub use diesel::query_source::{Column, QuerySource};
pub use diesel::result::QueryResult;
pub use diesel::row::Row as SqlRow;
pub use inventory::submit;
pub use std::boxed::Box;
pub use std::vec::Vec;
pub use typed_index_collections::TiSlice;

pub use self::declared::{
    CopiedTo, Counter, Truth, Verdict, all_columns, copies, counts, expression, filters, sums,
    tells,
};
pub use self::kept::{Kept, Message, kept};
pub use self::place::{IsForeignKey, IsKey, IsNoForeignKey, IsNoKey, Place};
pub use self::same::{Pair, SameFloat, SameValue};
pub use self::selected::{Derived, NotSelected, Selected};
pub use self::shape::{IsArray, IsNoArray, Shape};
pub use crate::batch::input::{
    Extra, ForeignKey, Hop, Links, Load, Loaded, ModelOf, OwnKey, Problem, children, parents,
};
pub use crate::batch::{
    Batch, Block, Hops, KnownSetters, NoBlock, Run, Setters, SettersOn, Targets, Unwritten, Wave,
    Written, keeps,
};
pub use crate::catalog::{Catalog, Registration, RelationOps};
#[cfg(feature = "async")]
pub use crate::connection::AsyncHook;
pub use crate::connection::HookFn;
#[cfg(feature = "async")]
pub use crate::connection::Noting;
pub use crate::declare::arena::AnyArena;
pub use crate::declare::columns::{ColumnSet, MAX_COLUMNS};
pub use crate::declare::keys::AnyKeys;
pub use crate::declare::model::{
    Bounds, ColumnMeta, Content, Json, KeyColumn, Kind, MaintainedField, Model, ModelMeta, Number,
    RelationMeta, Row, SingleKey, Storage,
};
pub use crate::declare::positions::{ColumnIndex, RelationIndex, SetterIndex};
pub use crate::declare::relation::{
    BelongsFurther, BelongsTo, ForeignKeyColumn, ForeignKeyField, References,
};
pub use crate::declare::rule::{DeclaredMeta, Rule};
pub use crate::declare::setter::{Direction, InputMeta, MAX_SETTERS, Output, SetterMeta};
pub use crate::error::Error;
#[cfg(feature = "postgres")]
pub use crate::postgres_arrays;
pub use crate::rows::new::{AsKey, Named, New, NewOn};
pub use crate::rows::stored::{
    NullableOf, Readable, SqlTypeOf, Stored, StoredForeignKey, read_value,
};
#[cfg(feature = "postgres")]
pub use crate::sql::Columnar;
#[cfg(feature = "postgres")]
pub use crate::sql::array;
pub use crate::sql::statement::{Rows, Statement, Tuple};
pub use crate::sql::{
    AddValue, Blocks, Kept as KeptPiece, Onward, Operated, Parents, Results, Set,
};
pub use crate::sql::{AnyField, AnyRow, KeptField, KeptRow, KeptRows, Values};
pub use crate::sql::{Array, Fragment};
pub use crate::sql::{BranchName, Ending, OwnTable, TwoPhase};
#[cfg(all(feature = "async", feature = "postgres"))]
pub use crate::wire::{Types, Unfinished};
pub use crate::{
    is_array, is_array_type, keep_part, named, no_arrays, on_backends, same, selected, setters_of,
};

/// The type's id.
#[must_use]
pub fn type_id<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

/// The id, in the parent's arena, of the parent that a row names.
pub fn parent_id<M, P, Via>(row: &M, parents: &mut (dyn AnyArena + 'static)) -> Option<u32>
where
    M: References<P, Via>,
    P: Model,
{
    row.foreign_key()
        .map(|key| crate::declare::arena::typed::<P::Key>(parents).intern(key))
}

/// What is known of a column's values from its SQL type and its field's type.
///
/// A value is read back as it was written where the two are each other's plain counterparts: a
/// number may be none, which `SQLite` stores as null, and a type of the user's own may round.
#[must_use]
pub fn kind<ST: 'static, T: 'static>() -> Kind {
    kind_of(TypeId::of::<ST>(), TypeId::of::<T>())
}

fn kind_of(sql_type: TypeId, rust_type: TypeId) -> Kind {
    fn are<S: SqlType<IsNull = is_nullable::NotNull> + 'static, T: 'static>() -> [[TypeId; 2]; 2] {
        [
            [TypeId::of::<S>(), TypeId::of::<sql_types::Nullable<S>>()],
            [TypeId::of::<T>(), TypeId::of::<Option<T>>()],
        ]
    }
    let integers = [
        are::<sql_types::SmallInt, i16>(),
        are::<sql_types::Integer, i32>(),
        are::<sql_types::BigInt, i64>(),
    ];
    let others = [
        are::<sql_types::Bool, bool>(),
        are::<sql_types::Text, String>(),
        are::<sql_types::Binary, Vec<u8>>(),
    ];
    // Of the types below only the SQL type is asked: where it says all, `()` stands for any other.
    let fractions = [
        are::<sql_types::Float, f32>(),
        are::<sql_types::Double, f64>(),
        are::<sql_types::Numeric, ()>(),
    ];
    let is = |[sql, rust]: &[[TypeId; 2]; 2]| sql.contains(&sql_type) && rust.contains(&rust_type);
    let is_stored = |[sql, _]: &[[TypeId; 2]; 2]| sql.contains(&sql_type);
    let nullable = |[sql, _]: &[[TypeId; 2]; 2]| sql[1] == sql_type;
    let is_integer = integers.iter().any(is);
    let others_whole = [
        are::<sql_types::TinyInt, ()>(),
        #[cfg(feature = "mysql")]
        are::<sql_types::Unsigned<sql_types::TinyInt>, ()>(),
        #[cfg(feature = "mysql")]
        are::<sql_types::Unsigned<sql_types::SmallInt>, ()>(),
        #[cfg(feature = "mysql")]
        are::<sql_types::Unsigned<sql_types::Integer>, ()>(),
        #[cfg(feature = "mysql")]
        are::<sql_types::Unsigned<sql_types::BigInt>, ()>(),
    ];
    let times = [
        are::<sql_types::Time, ()>(),
        are::<sql_types::Timestamp, ()>(),
        are::<sql_types::Interval, ()>(),
        #[cfg(feature = "mysql")]
        are::<sql_types::Datetime, ()>(),
        #[cfg(feature = "postgres")]
        are::<sql_types::Timestamptz, ()>(),
    ];
    let json = are::<sql_types::Json, ()>();
    let jsonb = are::<sql_types::Jsonb, ()>();
    let is_whole = integers.iter().chain(&others_whole).any(is_stored);
    #[cfg(feature = "postgres")]
    let is_uuid = is_stored(&are::<sql_types::Uuid, ()>());
    #[cfg(not(feature = "postgres"))]
    let is_uuid = false;
    let texts = [
        are::<sql_types::Text, ()>(),
        #[cfg(feature = "postgres")]
        are::<sql_types::Citext, ()>(),
    ];
    Kind {
        // A UUID has sixteen bytes, whatever stands for it in Rust.
        storage: if is_integer || is_uuid || others.iter().any(is) {
            Storage::Exact
        } else if fractions.iter().chain(&times).any(is_stored) {
            Storage::Rounded
        } else {
            Storage::Unknown
        },
        number: match is_whole || fractions.iter().any(is_stored) {
            _ if is_integer => Number::Integer,
            true => Number::Any,
            false => Number::None,
        },
        json: match [&json, &jsonb].map(is_stored) {
            [true, _] => Json::Text,
            [_, true] => Json::Binary,
            _ => Json::None,
        },
        is_nullable: integers
            .iter()
            .chain(&others_whole)
            .chain(&others)
            .chain(&fractions)
            .any(nullable),
        bounds: match &integers {
            [small, _, _] if is_stored(small) => Bounds::SmallInt,
            [_, usual, _] if is_stored(usual) => Bounds::Integer,
            [_, _, big] if is_stored(big) => Bounds::BigInt,
            _ if is_stored(&fractions[0]) => Bounds::Float,
            _ => Bounds::None,
        },
        content: match texts.iter().any(is_stored) {
            true => Content::Text,
            _ if is_whole => Content::Whole,
            _ if is_uuid => Content::Uuid,
            false => Content::Other,
        },
    }
}

/// Whether a column can be null.
#[must_use]
pub const fn is_nullable<DB: Expression>() -> bool
where
    SqlTypeOf<DB>: SqlType,
    <SqlTypeOf<DB> as SqlType>::IsNull: Nullability,
{
    <SqlTypeOf<DB> as SqlType>::IsNull::NULLABLE
}

/// Diesel's marker for whether a type can be null.
pub trait Nullability {
    /// Whether it can.
    const NULLABLE: bool;
}

impl Nullability for is_nullable::IsNullable {
    const NULLABLE: bool = true;
}

impl Nullability for is_nullable::NotNull {
    const NULLABLE: bool = false;
}

/// The columns of a model that a view holds, by their names in the database: all, where they are
/// not known.
#[must_use]
pub const fn columns_read(model: &ModelMeta, names: Option<&[&str]>) -> ColumnSet {
    let Some(names) = names else {
        return ColumnSet::ALL;
    };
    let mut set = ColumnSet::NONE;
    let mut at = 0;
    while at < names.len() {
        if let Some(column) = model.column(names[at]) {
            set = set.with(column);
        }
        at += 1;
    }
    set
}

/// The position in a model of the column with a name; one that no column has, where the model
/// leaves it out.
#[must_use]
pub const fn place_of(model: &ModelMeta, name: &str) -> ColumnIndex {
    match model.column(name) {
        Some(column) => column,
        None => ColumnIndex::at(MAX_COLUMNS),
    }
}

/// The set of the columns at these positions, as far as they are any.
#[must_use]
pub const fn columns_at(places: &[ColumnIndex]) -> ColumnSet {
    let mut set = ColumnSet::NONE;
    let mut at = 0;
    while at < places.len() {
        if places[at].number() < MAX_COLUMNS {
            set = set.with(places[at]);
        }
        at += 1;
    }
    set
}

/// Whether a model's column is maintained.
#[must_use]
pub const fn maintains_column(model: &ModelMeta, name: &str) -> bool {
    match model.column(name) {
        Some(column) => model.known(column).maintained,
        None => false,
    }
}

/// The columns that a setter reads of a row when it uses only these fields: those of a model; all
/// of a view's.
#[must_use]
pub const fn used_columns<T: Row>(fields: &[&str]) -> ColumnSet {
    if T::IS_MODEL {
        <T::Model as Model>::META.columns_named(fields)
    } else {
        T::COLUMNS
    }
}

/// The position of a model's field; one that no field has, where there is none.
#[must_use]
pub const fn field_position<M: Model>(name: &str) -> ColumnIndex {
    match M::META.field(name) {
        Some(column) => column,
        None => ColumnIndex::at(MAX_COLUMNS),
    }
}

/// Compiles where the table of a view or a new row is its model's.
pub const fn same_table<Own: SameTable<Model>, Model>() {}

/// The table of a view or a new row, which is its model's.
#[diagnostic::on_unimplemented(
    message = "the struct is of the table `{Self}`, and its model is of `{T}`",
    note = "a view and a new row hold columns of their model's own table"
)]
pub trait SameTable<T> {}

impl<T> SameTable<T> for T {}

/// The error for a column that a model does not have.
///
/// # Errors
/// Always.
pub fn no_such_column() -> QueryResult<()> {
    Err(diesel::result::Error::QueryBuilderError(
        "the model has no such column".into(),
    ))
}
