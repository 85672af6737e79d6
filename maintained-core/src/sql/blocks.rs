//! Several statements that are sent, and prepared, as one.

/// How a server takes several statements as one.
#[derive(Debug, Clone, Copy)]
pub struct Blocks {
    /// A query whose only value says whether the server does.
    pub(crate) is_taken: &'static str,
    /// What stands before and after the statements, each of which ends with a semicolon.
    pub(crate) around: [&'static str; 2],
    /// What stands before the condition of rows that are locked and not read, and after it.
    pub(crate) lock: [&'static str; 2],
    /// The statements that begin and end a transaction within the block.
    pub(crate) transaction: [&'static str; 2],
    /// What undoes that transaction, where the block has failed.
    pub(crate) undo: &'static str,
    /// The statement that notes a number for the session: what stands before and after it.
    pub(crate) note: [&'static str; 2],
    /// A query whose only value is the number that was noted last.
    pub(crate) noted: &'static str,
}
