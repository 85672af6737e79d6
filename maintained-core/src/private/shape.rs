//! Which columns hold arrays, and how generated code binds many values as one.
//!
//! A call finds a trait of `Shape` before one of `&Shape`, which takes one reference more.

#[cfg(feature = "postgres")]
use diesel::sql_types;

/// A SQL type, to ask what it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape<ST>(std::marker::PhantomData<ST>);

impl<ST> Shape<ST> {
    /// The SQL type.
    #[must_use]
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

/// The SQL types that are arrays.
pub trait IsArray {
    /// Whether the type is an array.
    fn is_array(&self) -> bool;
}

/// All other SQL types.
pub trait IsNoArray {
    /// Whether the type is an array.
    fn is_array(&self) -> bool;
}

#[cfg(feature = "postgres")]
impl<ST: 'static> IsArray for Shape<sql_types::Array<ST>> {
    fn is_array(&self) -> bool {
        true
    }
}

#[cfg(feature = "postgres")]
impl<ST: 'static> IsArray for Shape<sql_types::Nullable<sql_types::Array<ST>>> {
    fn is_array(&self) -> bool {
        true
    }
}

impl<ST> IsNoArray for &Shape<ST> {
    fn is_array(&self) -> bool {
        false
    }
}

/// Whether a column's values are arrays.
#[doc(hidden)]
#[macro_export]
macro_rules! is_array {
    ($column:ty) => {
        $crate::is_array_type!($crate::private::SqlTypeOf<$column>)
    };
}

/// Whether the values of a SQL type are arrays.
#[doc(hidden)]
#[macro_export]
macro_rules! is_array_type {
    ($sql_type:ty) => {{
        #[allow(unused_imports, reason = "only one of the two is used")]
        use $crate::private::{IsArray as _, IsNoArray as _};
        (&$crate::private::Shape::<$sql_type>::new()).is_array()
    }};
}

/// Drops the description of what could be bound as arrays.
#[doc(hidden)]
#[macro_export]
macro_rules! no_arrays {
    ($($tokens:tt)*) => {};
}

/// Binds columns and keys as arrays; of new rows, the fields. Those that are arrays themselves are
/// not: an array of arrays has rows of one length only, and `unnest` takes it apart into single
/// values.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "postgres")]
macro_rules! postgres_arrays {
    (new { $($field:literal [$column:ty] [$row:ident => $value:expr])* }) => {
        fn array(
            __rows: &[Self],
            __field: $crate::private::ColumnIndex,
        ) -> ::core::option::Option<$crate::private::Array<'_, __Backend>> {
            match __field.number() {
                $($field if !$crate::is_array!($column) => {
                    $crate::private::array::<$crate::private::SqlTypeOf<$column>, _>(
                        __rows.len(),
                        &|__at| {
                            let $row = &__rows[__at];
                            $value
                        },
                    )
                })*
                _ => ::core::option::Option::None,
            }
        }
    };
    (
        { $($column:literal [$sql_type:ty] [$member:ident])* }
        [$key:ty] { $($part:literal [$key_type:ty] [$($accessor:tt)*])* }
    ) => {
        fn array<'r>(
            __rows: &[&'r Self],
            __column: $crate::private::ColumnIndex,
        ) -> ::core::option::Option<$crate::private::Array<'r, __Backend>> {
            match __column.number() {
                $($column if !$crate::is_array_type!($sql_type) => $crate::private::array::<$sql_type, _>(
                    __rows.len(),
                    &|__at| ::core::option::Option::Some(&__rows[__at].$member),
                ),)*
                _ => ::core::option::Option::None,
            }
        }

        fn key_array<'r>(
            __keys: &[&'r $key],
            __part: ::core::primitive::usize,
        ) -> ::core::option::Option<$crate::private::Array<'r, __Backend>> {
            match __part {
                $($part if !$crate::is_array_type!($key_type) => $crate::private::array::<$key_type, _>(
                    __keys.len(),
                    &|__at| {
                        let __key: &'r $key = __keys[__at];
                        ::core::option::Option::Some(&(*__key) $($accessor)*)
                    },
                ),)*
                _ => ::core::option::Option::None,
            }
        }
    };
}
