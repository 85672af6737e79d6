//! Modes, and the stack of them that open scopes make.

use crate::graph::Choice;
use crate::values::Values;

/// When the fields that a write leaves stale are brought up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// At the end of the write.
    #[default]
    Immediate,
    /// Once, at the exit of the outermost buffered scope.
    Buffered,
    /// Not at all: a debt that [`touch`](crate::Maintained::touch) pays.
    Disabled,
}

/// A scope that is open.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The mode that is in force, whatever the scope asked for.
    pub(crate) mode: Mode,
    pub(crate) choice: Choice,
    pub(crate) values: Values,
}
