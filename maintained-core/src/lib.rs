//! The runtime of [`maintained`](https://docs.rs/maintained): use that crate, which documents what
//! is here.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod catalog;
mod connection;
mod databases;
mod declare;
mod engine;
mod error;
mod graph;
mod marks;
pub mod operations;
mod plan;
#[doc(hidden)]
pub mod private;
mod report;
mod rows;
mod scope;
mod session;
mod spoken;
mod sql;
mod wire;
mod write;

pub use self::catalog::linked::Linked;
#[doc(hidden)]
pub use self::connection::Target;
pub use self::connection::untracked::Untracked;
#[cfg(feature = "async")]
pub use self::connection::{AsyncMaintainedConnection, Body, Hook};
pub use self::connection::{Blocking, Cursor, Levels, MaintainedConnection, Wrapped};
#[cfg(feature = "async")]
pub use self::databases::AsyncDatabases;
pub use self::databases::{Databases, Recovered};
pub use self::declare::key::Key;
pub use self::declare::lock::Lock;
pub use self::declare::model::{Model, Row};
pub use self::error::{DatabaseError, Error, ErrorKind};
pub use self::marks::mode::Mode;
pub use self::report::{FlushReport, ModelReport, SetterReport};
pub use self::rows::new::New;
pub use self::rows::through::Through;
pub use self::scope::shared::SharedScope;
pub use self::scope::{RetriedScope, Scope};
pub use self::spoken::Spelling;
pub use self::sql::isolation::Isolation;
pub use self::sql::{Dialect, Prepares};
pub use self::wire::Wire;
#[cfg(feature = "async")]
pub use self::wire::{Async, AsyncDatabase};
#[cfg(all(feature = "async", feature = "testing"))]
#[doc(hidden)]
pub use self::wire::{BlockOn, Blocked};
pub use self::write::{Database, Filter, Maintained, NewRow, NewValues, Writer};
#[doc(hidden)]
pub use self::write::{OfAnyModel, Written};

/// Names a crate so that it is linked, and with it the models and setters that it declares.
///
/// A crate of which a program names nothing is left out by the linker, and its setters do not run.
///
/// ```
/// maintained_core::link!(std);
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(extern crate $name as _;)+
    };
}
