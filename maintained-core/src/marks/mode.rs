//! Modes.

/// When the fields that a write leaves stale are brought up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// At the end of the write.
    #[default]
    Immediate,
    /// Once, at the exit of the outermost buffered scope.
    Buffered,
    /// Not at all. Afterwards, [`touch`](crate::Maintained::touch) brings the rows up to date.
    Disabled,
}
