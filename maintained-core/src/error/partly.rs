//! Messages for a scope that is committed on some databases only, or has not ended on all of them.

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

/// The message of [`Error::InDoubt`].
pub(super) fn doubt(committed: &[String], in_doubt: &[String], source: &Error) -> String {
    let said = if committed.is_empty() {
        "it is not known whether a scope over several databases is committed".to_owned()
    } else {
        let committed = committed.join(", ");
        format!("a scope over several databases is committed, and has ended on {committed}")
    };
    if in_doubt.is_empty() {
        return format!("{said}: {source}");
    }
    format!(
        "{said} (in doubt: {}): {source}; `recover` commits it there or undoes it, as on all its \
         databases, and until then its rows stay locked",
        in_doubt.join(", ")
    )
}
