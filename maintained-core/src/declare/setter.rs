//! What the library knows of a setter: declared by its signature, checked by the compiler.

use std::any::TypeId;

use crate::declare::columns::ColumnSet;
use crate::declare::positions::RelationIndex;
use crate::error::SetterError;

/// How many setters a model may have.
pub const MAX_SETTERS: usize = 64;

/// A setter's declaration.
#[derive(Debug, Clone, Copy)]
pub struct SetterMeta {
    /// The function's name.
    pub name: &'static str,
    /// The maintained columns that it keeps.
    pub fields: ColumnSet,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// The columns of its own row that it reads.
    pub own: ColumnSet,
    /// The other rows that it reads.
    pub inputs: &'static [InputMeta],
    /// A hash of what only the source code tells of its definition: its signature and body, or its
    /// expression, and the version.
    pub definition: u64,
}

/// Rows that a setter reads, one foreign key away from its own row, or from the rows of the input
/// around this one.
#[derive(Debug, Clone, Copy)]
pub struct InputMeta {
    /// Which way the foreign key is followed.
    pub direction: Direction,
    /// The model that is read.
    pub model: fn() -> TypeId,
    /// The foreign key: a relation of the model that this step leaves (to a parent) or enters (to
    /// children).
    pub relation: RelationIndex,
    /// The columns that are read.
    pub columns: ColumnSet,
    /// What is read of each of these rows' own relations.
    pub inner: &'static [InputMeta],
}

/// Which way a foreign key is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a row to the row that its foreign key names.
    Parent {
        /// Whether the row may be missing.
        optional: bool,
    },
    /// From a row to the rows whose foreign key names it.
    Children,
}

/// What a setter may return for a field of type `T`: `T`, or a `Result` of it.
///
/// A setter that has a value for each row need not say `Some` for a nullable field: a unique field
/// is nullable only so that rows can swap their values.
#[diagnostic::on_unimplemented(
    message = "a setter for a field of type `{T}` cannot return `{Self}`",
    label = "expected `{T}` or `Result<{T}, _>`",
    note = "a fallible setter's error converts into `Box<dyn std::error::Error + Send + Sync>`"
)]
pub trait Output<T> {
    /// The value, or why there is none.
    ///
    /// # Errors
    /// The setter's own.
    fn into_output(self) -> Result<T, SetterError>;
}

impl<T> Output<T> for T {
    fn into_output(self) -> Result<T, SetterError> {
        Ok(self)
    }
}

impl<T> Output<Option<T>> for T {
    fn into_output(self) -> Result<Option<T>, SetterError> {
        Ok(Some(self))
    }
}

impl<T, E: Into<SetterError>> Output<T> for Result<T, E> {
    fn into_output(self) -> Result<T, SetterError> {
        self.map_err(Into::into)
    }
}

impl<T, E: Into<SetterError>> Output<Option<T>> for Result<T, E> {
    fn into_output(self) -> Result<Option<T>, SetterError> {
        self.map(Some).map_err(Into::into)
    }
}
