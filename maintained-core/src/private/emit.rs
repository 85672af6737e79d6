//! The macros that wrap generated code, once for each database whose feature is on.

/// Wraps generated code once for each database whose feature is on, of those that the model is for.
#[doc(hidden)]
#[macro_export]
macro_rules! on_backends {
    (all { $($tokens:tt)* }) => {
        $crate::__on_sqlite! { $($tokens)* }
        $crate::__on_postgres! { $($tokens)* }
        $crate::__on_mysql! { $($tokens)* }
    };
    (Sqlite { $($tokens:tt)* }) => {
        $crate::__on_sqlite! { $($tokens)* }
    };
    (Pg { $($tokens:tt)* }) => {
        $crate::__on_postgres! { $($tokens)* }
    };
    (Mysql { $($tokens:tt)* }) => {
        $crate::__on_mysql! { $($tokens)* }
    };
    ($other:ident { $($tokens:tt)* }) => {};
}

/// Defines the macro that wraps generated code for one database, or drops it where its feature is
/// off.
macro_rules! on_backend {
    ($dollar:tt, $wrapper:ident, $feature:literal, $module:ident, $backend:ident, $arrays:ident) => {
        /// Wraps generated code for one database.
        #[doc(hidden)]
        #[macro_export]
        #[cfg(feature = $feature)]
        macro_rules! $wrapper {
                    ($dollar($dollar tokens:tt)*) => {
                        const _: () = {
                            #[allow(unused_imports, reason = "views bind nothing")]
                            use $dollar crate::private::$arrays as __arrays;
                            type __Backend = $dollar crate::private::diesel::$module::$backend;
                            $dollar($dollar tokens)*
                        };
                    };
                }

        /// Drops generated code for a database whose feature is off.
        #[doc(hidden)]
        #[macro_export]
        #[cfg(not(feature = $feature))]
        macro_rules! $wrapper {
            ($dollar($dollar tokens:tt)*) => {};
        }
    };
}

on_backend!($, __on_sqlite, "sqlite", sqlite, Sqlite, no_arrays);
on_backend!($, __on_postgres, "postgres", pg, Pg, postgres_arrays);
on_backend!($, __on_mysql, "mysql", mysql, Mysql, no_arrays);

/// The setters of a model, if it has any.
#[doc(hidden)]
#[macro_export]
macro_rules! setters_of {
    ($model:ty) => {{
        #[allow(unused_imports, reason = "a model with setters says so itself")]
        use $crate::private::NoBlock as _;
        $crate::private::Block::<$model>::SETTERS
    }};
}
