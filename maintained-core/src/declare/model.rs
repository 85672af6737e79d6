//! What the library knows of a model, whatever the database.

use std::any::TypeId;

use typed_index_collections::TiSlice;

use crate::declare::arena::AnyArena;
use crate::declare::columns::ColumnSet;
use crate::declare::key::Key;
use crate::declare::positions::{ColumnIndex, RelationIndex};

/// What a setter can read: a model, or a view of some of a model's columns.
///
/// Derived with `#[derive(Maintained)]` or `#[derive(View)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a model nor a view",
    label = "a setter reads models and views",
    note = "derive `Maintained` for the struct of a table's rows, or `View` with `#[maintained(view_of = ..)]` for some of its columns"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The model whose table the row comes from; a model is its own.
    type Model: Model;
    /// The columns that the struct holds, as positions in the model.
    const COLUMNS: ColumnSet;
    /// The names of the columns that its fields are read from, in order; `None` for a model, and
    /// where a field is read from an expression.
    const READ: Option<&'static [&'static str]> = None;
    /// The struct's name.
    const NAME: &'static str;
    /// Whether the struct is the model itself.
    const IS_MODEL: bool = false;
}

/// A struct for the rows of one table.
///
/// Derived with `#[derive(Maintained)]`, which also gives the writes of
/// [`Maintained`](crate::Maintained).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    note = "derive `Maintained` for the struct of the table's rows"
)]
pub trait Model: Row<Model = Self> {
    /// The Diesel table.
    type Table: diesel::Table + Default;
    /// The primary key.
    type Key: Key;
    /// The values of the primary key's columns, as far as they are known.
    type KeyParts: Default;
    /// The model's description.
    const META: &'static ModelMeta;

    /// The row's primary key.
    fn key(&self) -> Self::Key;

    /// The key that these parts make, if all of them are there.
    fn key_of(parts: Self::KeyParts) -> Option<Self::Key>;

    /// The columns in which two images of a row differ. NaN equals NaN.
    fn differences(&self, other: &Self) -> ColumnSet;

    /// The value of a column of integers, or of booleans with 1 for true; `None` where the value is
    /// null or the column holds something else.
    fn integer(&self, column: ColumnIndex) -> Option<i64> {
        let _ = column;
        None
    }

    /// The id, in the parent's arena, of the parent that a foreign key names.
    fn parent_id(
        &self,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<u32>;
}

/// A model whose primary key is one column, so that foreign keys can name its rows.
#[diagnostic::on_unimplemented(
    message = "no foreign key can name a row of `{Self}`, whose primary key is composite",
    note = "Diesel's foreign keys are single columns: children hang on models with a key of one column"
)]
pub trait SingleKey: Model {
    /// The row's primary key.
    fn key_ref(&self) -> &Self::Key;
}

/// `Column` is part of the model's primary key.
pub trait KeyColumn<Column>: Model {
    /// The type of the column's values.
    type Value: Key;

    /// Where its value belongs.
    fn part(parts: &mut Self::KeyParts) -> &mut Option<Self::Value>;
}

/// A field that a setter keeps, by its position in the model.
#[diagnostic::on_unimplemented(
    message = "a setter of `{Self}` names no field that is marked `#[maintained]`",
    label = "no maintained field of `{Self}` has this name",
    note = "mark the field with `#[maintained]` and without a rule like `sum(..)`, or name the field that the setter keeps with `#[setter(field = \"..\")]`"
)]
pub trait MaintainedField<const COLUMN: usize>: Model {
    /// The field's type.
    type Type;

    /// Puts a value into the field, and says whether that changed it.
    fn set(&mut self, value: Self::Type) -> ColumnSet;
}

/// A model's description.
#[derive(Debug, Clone, Copy)]
pub struct ModelMeta {
    /// The struct's name.
    pub name: &'static str,
    /// The table's name.
    pub table: &'static str,
    /// The columns, in the order of the struct's fields.
    pub columns: &'static TiSlice<ColumnIndex, ColumnMeta>,
    /// The positions of the primary key's columns.
    pub key: &'static [ColumnIndex],
    /// The foreign keys to other models, and to the model itself.
    pub relations: &'static TiSlice<RelationIndex, RelationMeta>,
}

impl ModelMeta {
    /// The set of the columns with these field names; all columns, if one of the names is no field:
    /// then nobody knows which are meant.
    #[must_use]
    pub const fn columns_named(&self, fields: &[&str]) -> ColumnSet {
        let mut set = ColumnSet::NONE;
        let mut at = 0;
        while at < fields.len() {
            set = match self.field(fields[at]) {
                Some(column) => set.with(column),
                None => return ColumnSet::ALL,
            };
            at += 1;
        }
        set
    }

    /// The position of the field with this name.
    #[must_use]
    pub const fn field(&self, name: &str) -> Option<ColumnIndex> {
        let mut at = 0;
        while at < self.columns.len() {
            if equal(self.columns.raw[at].field, name) {
                return Some(ColumnIndex::at(at));
            }
            at += 1;
        }
        None
    }

    /// The position of the column with this name in the database.
    #[must_use]
    pub const fn column(&self, name: &str) -> Option<ColumnIndex> {
        let mut at = 0;
        while at < self.columns.len() {
            if equal(self.columns.raw[at].name, name) {
                return Some(ColumnIndex::at(at));
            }
            at += 1;
        }
        None
    }

    /// What is known of a column, for constants, which cannot look it up by its position.
    #[must_use]
    pub const fn known(&self, column: ColumnIndex) -> &'static ColumnMeta {
        &self.columns.raw[column.number()]
    }

    /// Whether the field with this name is marked `#[maintained]`.
    #[must_use]
    pub const fn maintains(&self, field: &str) -> bool {
        match self.field(field) {
            Some(column) => self.known(column).maintained,
            None => false,
        }
    }

    /// The columns that the library computes, or those that it does not.
    #[must_use]
    pub fn columns_where(&self, maintained: bool) -> ColumnSet {
        self.columns
            .keys()
            .filter(|&column| self.columns[column].maintained == maintained)
            .fold(ColumnSet::NONE, ColumnSet::with)
    }

    /// Whether keys that the database finds equal are equal in Rust, too.
    #[must_use]
    pub fn keys_have_one_spelling(&self) -> bool {
        let mut kinds = self.key.iter().map(|&column| (self.columns[column].kind)());
        kinds.all(Kind::has_one_spelling)
    }

    /// The columns that may have fewer digits than a value.
    #[must_use]
    pub fn rounded(&self) -> ColumnSet {
        self.columns
            .keys()
            .filter(|&column| (self.columns[column].kind)().storage == Storage::Rounded)
            .fold(ColumnSet::NONE, ColumnSet::with)
    }

    /// The names of the primary key's columns in the database.
    pub fn key_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let columns = self.columns;
        self.key.iter().map(move |&column| columns[column].name)
    }

    /// The name of the key's column, where it is one, and no array.
    pub(crate) fn plain_key(&self) -> Option<&'static str> {
        match *self.key {
            [key] if !(self.columns[key].array)() => Some(self.columns[key].name),
            _ => None,
        }
    }

    /// The columns of the primary key.
    #[must_use]
    pub fn key_columns(&self) -> ColumnSet {
        self.key
            .iter()
            .copied()
            .fold(ColumnSet::NONE, ColumnSet::with)
    }
}

/// A column of a model.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is known of a column, each apart from the others"
)]
pub struct ColumnMeta {
    /// The struct field's name.
    pub field: &'static str,
    /// The column's name in the database.
    pub name: &'static str,
    /// Whether the library computes it.
    pub maintained: bool,
    /// Whether a rule computes it, and not a setter.
    pub declared: bool,
    /// Whether its values are unique in the database (`#[maintained(unique)]`).
    pub unique: bool,
    /// Whether `save` writes it (not so with Diesel's `skip_update`).
    pub saved: bool,
    /// What is known of its values.
    pub kind: fn() -> Kind,
    /// Whether its values are arrays (`PostgreSQL`).
    pub array: fn() -> bool,
}

/// What is known of a column's values from their types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    /// Whether a value is read back as it was written.
    pub storage: Storage,
    /// Whether, and how, they add up.
    pub number: Number,
    /// Whether, and how, the column holds JSON.
    pub json: Json,
    /// Whether they may be null.
    pub is_nullable: bool,
    /// What the column holds, whatever the field's type.
    pub content: Content,
    /// The numbers that the column holds.
    pub bounds: Bounds,
}

impl Kind {
    /// Whether a value that is read back always equals the value that was written.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.storage == Storage::Exact
    }

    /// Whether values that the database finds equal are equal in Rust, too. It is not so with text
    /// under a collation.
    #[must_use]
    pub fn has_one_spelling(self) -> bool {
        self.number == Number::Integer || self.content == Content::Uuid
    }
}

/// The range of the numbers that a column can hold. A number that is computed may lie outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bounds {
    /// It is not known, or there is none.
    #[default]
    None,
    /// Whole numbers of 16 bits.
    SmallInt,
    /// Whole numbers of 32 bits.
    Integer,
    /// Whole numbers of 64 bits.
    BigInt,
    /// Floating-point numbers of 32 bits.
    Float,
}

impl Bounds {
    /// The least and the greatest whole number.
    #[must_use]
    pub fn whole(self) -> Option<[i64; 2]> {
        match self {
            Self::SmallInt => Some([i16::MIN.into(), i16::MAX.into()]),
            Self::Integer => Some([i32::MIN.into(), i32::MAX.into()]),
            Self::BigInt => Some([i64::MIN, i64::MAX]),
            Self::None | Self::Float => None,
        }
    }
}

/// What a column holds, where it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Content {
    /// Anything else.
    #[default]
    Other,
    /// Whole numbers.
    Whole,
    /// UUIDs.
    Uuid,
    /// Text: under a collation, different texts may be equal.
    Text,
}

/// Whether a column's values are read back as they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Storage {
    /// Always.
    Exact,
    /// The column may have fewer digits than a value.
    Rounded,
    /// Nobody knows: it is JSON, or a type of the user's own.
    #[default]
    Unknown,
}

/// Whether, and how, a column holds JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Json {
    /// It does not.
    #[default]
    None,
    /// As text (Diesel's `Json`).
    Text,
    /// In a form of the database's own (Diesel's `Jsonb`).
    Binary,
}

/// Whether, and how, the values of a column add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Number {
    /// They are no numbers.
    #[default]
    None,
    /// They add up in the database.
    Any,
    /// They are integers in the database and in Rust: differences of them add up exactly.
    Integer,
}

/// A foreign key of a model.
#[derive(Debug, Clone, Copy)]
pub struct RelationMeta {
    /// The model whose row it names.
    pub parent: fn() -> TypeId,
    /// The position of its column.
    pub column: ColumnIndex,
}

/// Whether two strings are equal, where `==` cannot be used: in a constant.
pub(crate) const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
