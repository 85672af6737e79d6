//! Models and setters that are linked into the program, by database.

use std::sync::OnceLock;

use crate::catalog::{Catalog, Registration};
use crate::error::Error;
use crate::sql::Dialect;

/// A database for which the linker gathers models and setters.
///
/// Implemented for the backends of Diesel whose feature (`mysql`, `postgres`, `sqlite`) is on.
pub trait Linked: Dialect {
    /// The models and setters that are linked into the program.
    fn registrations() -> Vec<&'static Registration<Self>>;

    /// Where the catalog made of them is kept.
    fn catalog() -> &'static OnceLock<Result<Catalog<Self>, Error>>;
}

/// What the three databases have in common. Each has a list and a place of its own, since neither
/// can be generic.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
macro_rules! linked {
    ($backend:ty) => {
        inventory::collect!(Registration<$backend>);

        impl Linked for $backend {
            fn registrations() -> Vec<&'static Registration<Self>> {
                inventory::iter::<Registration<Self>>.into_iter().collect()
            }

            fn catalog() -> &'static OnceLock<Result<Catalog<Self>, Error>> {
                static CATALOG: OnceLock<Result<Catalog<$backend>, Error>> = OnceLock::new();
                &CATALOG
            }
        }
    };
}

#[cfg(feature = "mysql")]
linked!(diesel::mysql::Mysql);
#[cfg(feature = "postgres")]
linked!(diesel::pg::Pg);
#[cfg(feature = "sqlite")]
linked!(diesel::sqlite::Sqlite);
