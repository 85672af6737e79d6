//! What is said of a scope that is committed on some databases only.

use crate::error::Error;

/// The message of [`Error::PartlyCommitted`].
pub(super) fn partly(
    committed: &[String],
    undone: &[String],
    unknown: &[String],
    source: &Error,
) -> String {
    let parts = [
        ("committed", committed),
        ("undone", undone),
        (
            "unknown, since the answer to the COMMIT did not come",
            unknown,
        ),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, databases)| !databases.is_empty())
        .map(|(what, databases)| format!("{what}: {}", databases.join(", ")))
        .collect();
    format!(
        "a scope over several databases was not committed on all of them ({}): {source}; look at \
         the databases that are unknown, then write what is missing or take back what is committed",
        parts.join("; ")
    )
}
