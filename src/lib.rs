//! [guide]: crate::guide
//! [words]: crate::guide::words
//! [declaring]: crate::guide::declaring
//! [fields]: crate::guide::declared_fields
//! [writing]: crate::guide::reading_and_writing
//! [scopes]: crate::guide::scopes
//! [async]: crate::guide::async_programs
//! [databases]: crate::guide::several_databases
//! [servers]: crate::guide::servers
//! [django]: crate::guide::from_django
//! [rails]: crate::guide::from_rails_and_triggers
//! [diesel-chapter]: crate::guide::from_diesel
//! [rules]: crate::guide::rules
//! [limits]: crate::guide::limits
//! [performance]: https://github.com/maintained-rs/maintained/blob/main/docs/PERFORMANCE.md
//! [plot]: https://github.com/maintained-rs/maintained/raw/main/docs/performance/items-time.svg
//! [concurrency]: https://github.com/maintained-rs/maintained/blob/main/docs/CONCURRENCY.md
//! [architecture]: https://github.com/maintained-rs/maintained/blob/main/ARCHITECTURE.md
//! [contributing]: https://github.com/maintained-rs/maintained/blob/main/CONTRIBUTING.md
//! [changelog]: https://github.com/maintained-rs/maintained/blob/main/CHANGELOG.md
// The README's own definitions of these names are paths, for readers of the file. Of two definitions
// Markdown takes the first.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use maintained_core::*;
pub use maintained_derive::*;

#[cfg(feature = "cli")]
pub mod cli;
pub mod guide;

/// What most programs need, in one `use`.
pub mod prelude {
    pub use maintained_core::{Maintained, MaintainedConnection, Mode, Scope, Through};
    pub use maintained_derive::{Maintained, New, View};
    // It says that it stands in no block, where the compiler would not know of it.
    #[doc(hidden)]
    pub use maintained_derive::setter;
}

/// The examples of the macros, which their own crate cannot test.
#[cfg(doctest)]
mod macros {
    #[doc = include_str!("../maintained-derive/docs/model.md")]
    mod model {}
    #[doc = include_str!("../maintained-derive/docs/view.md")]
    mod view {}
    #[doc = include_str!("../maintained-derive/docs/new.md")]
    mod new {}
    #[doc = include_str!("../maintained-derive/docs/setters.md")]
    mod setters {}
    #[doc = include_str!("../maintained-derive/docs/scope.md")]
    mod scope {}
    #[doc = include_str!("../maintained-derive/docs/disabled.md")]
    mod disabled {}
    #[doc = include_str!("../maintained-derive/docs/immediate.md")]
    mod immediate {}
}

#[doc(hidden)]
pub use maintained_core::private as __private;
