//! The engine: walks to what changed rows concern, and brings it up to date.

pub(crate) mod ahead;
pub(crate) mod cascade;
pub(crate) mod compute;
pub(crate) mod declared;
pub(crate) mod flush;
pub(crate) mod held;
pub(crate) mod marking;
pub(crate) mod strict;
mod targets;
pub(crate) mod update;
pub(crate) mod wake;
pub(crate) mod walk;
