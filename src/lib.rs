#![doc = include_str!("../README.md")]

pub use maintained_core::*;
pub use maintained_derive::*;

#[cfg(feature = "cli")]
pub mod cli;

/// What most programs need, in one `use`.
pub mod prelude {
    pub use maintained_core::{Maintained, MaintainedConnection, Mode, Scope, Through};
    pub use maintained_derive::{Maintained, New, View};
}

#[doc = include_str!("../docs/GUIDE.md")]
pub mod guide {}

#[doc = include_str!("../docs/guide/several_databases.md")]
pub mod several_databases {}

#[doc = include_str!("../docs/COMING_FROM_DJANGO.md")]
pub mod coming_from_django {}

#[doc(hidden)]
pub use maintained_core::private as __private;
