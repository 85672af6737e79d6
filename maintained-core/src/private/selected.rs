//! Reading the rows of structs for which Diesel's derives say what to select.
//!
//! Where these derives are missing, that is reported once: not as each bound of Diesel's that does
//! not hold without them, and not once more for each database.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSqlRow};
use diesel::expression::{Expression, Selectable};
use diesel::query_builder::QueryFragment;
use diesel::row::Row as SqlRow;

use crate::sql::Fragment;

/// A struct to be read from columns of the SQL type `ST`, to ask how.
#[derive(Debug)]
pub struct Selected<T, ST, DB>(PhantomData<(T, ST, DB)>);

impl<T: Selectable<DB>, DB: Backend> Selected<T, (), DB> {
    /// The columns to select.
    #[must_use]
    pub fn selection() -> Fragment<DB>
    where
        T::SelectExpression: QueryFragment<DB> + Send + Sync + 'static,
    {
        Box::new(T::construct_selection())
    }
}

impl<T: Selectable<DB> + FromSqlRow<ST, DB>, ST, DB: Backend> Selected<T, ST, DB> {
    /// Reads a row from the first columns of a result.
    ///
    /// The SQL type is only known here: a field of another type is Diesel's to report.
    ///
    /// # Errors
    /// When a value does not fit its field.
    pub fn read<'a>(row: &impl SqlRow<'a, DB>, width: usize) -> deserialize::Result<T>
    where
        T::SelectExpression: Expression<SqlType = ST>,
    {
        T::build_from_row(&row.partial_row(0..width))
    }
}

/// All structs. One with the derives has functions of [`Selected`] itself, which go before these.
pub trait NotSelected<T, DB: Backend> {
    /// Nothing, since [`read`](Self::read) does not compile.
    #[must_use]
    fn selection() -> Fragment<DB> {
        Box::new(())
    }

    /// Reports that the derives are missing.
    ///
    /// # Errors
    /// Always.
    fn read<'a>(row: &impl SqlRow<'a, DB>, width: usize) -> deserialize::Result<T>
    where
        T: Derived,
    {
        let _ = (row, width);
        Err("the struct is not read".into())
    }
}

impl<T, ST, DB: Backend> NotSelected<T, DB> for Selected<T, ST, DB> {}

/// What no struct is that reaches [`NotSelected`].
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` cannot be read from its table",
    label = "`{Self}` does not derive both `Queryable` and `Selectable`",
    note = "derive Diesel's `Queryable` and `Selectable` for `{Self}`: `#[derive(Queryable, Selectable, ..)]`"
)]
pub trait Derived {}

/// The struct, as the derives say to read it.
#[doc(hidden)]
#[macro_export]
macro_rules! selected {
    ($row:ty, $sql_type:ty, $backend:ty, $function:ident($($argument:expr),*)) => {{
        #[allow(unused_imports, reason = "a struct that is selected says so itself")]
        use $crate::private::NotSelected as _;
        $crate::private::Selected::<$row, $sql_type, $backend>::$function($($argument),*)
    }};
}
