//! The runtime of [`maintained`](https://docs.rs/maintained): use that crate, which documents what is here.

mod ahead;
mod arena;
mod aside;
mod backend;
mod batch;
#[cfg(feature = "async")]
mod body;
mod cascade;
mod change;
mod columns;
mod connection;
mod databases;
mod declared;
mod error;
mod flush;
mod graph;
mod held;
mod input;
mod isolation;
mod key;
mod key_rows;
mod learned;
mod locked;
mod mode;
mod model;
mod new;
pub mod operations;
mod pending;
mod plan;
#[doc(hidden)]
pub mod private;
mod range;
mod registry;
mod relation;
mod report;
mod rows;
mod rule;
mod scope;
mod session;
mod setter;
mod shared;
mod spoken;
mod sql_text;
mod statement;
mod stored;
mod tables;
mod texts;
mod through;
mod untracked;
mod update;
mod values;
mod wake;
mod walk;
mod wire;
mod write;

pub use self::backend::{Dialect, Lock};
#[cfg(feature = "async")]
pub use self::body::{Body, Hook};
#[cfg(feature = "async")]
pub use self::connection::AsyncMaintainedConnection;
pub use self::connection::{Cursor, Levels, MaintainedConnection};
#[cfg(feature = "async")]
pub use self::databases::AsyncDatabases;
pub use self::databases::Databases;
pub use self::error::{DatabaseError, Error, ErrorKind};
pub use self::isolation::Isolation;
pub use self::key::Key;
pub use self::mode::Mode;
pub use self::model::{Model, Row};
pub use self::new::New;
pub use self::report::{FlushReport, ModelReport, SetterReport};
pub use self::scope::{RetriedScope, Scope};
pub use self::shared::SharedScope;
pub use self::spoken::Spelling;
pub use self::through::Through;
pub use self::untracked::Untracked;
#[cfg(feature = "async")]
pub use self::wire::{Async, AsyncDatabase};
#[cfg(all(feature = "async", feature = "testing"))]
#[doc(hidden)]
pub use self::wire::{BlockOn, Blocked};
pub use self::wire::{Database, Wire};
pub use self::write::{Filter, Maintained, NewRow};

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
