//! Messages of errors, and parts of them, that take more than a format string.

pub(super) fn loop_of(model: &str, keys: &[String]) -> String {
    if let [key] = keys {
        return format!(
            "the row of `{model}` with the key {key} references itself, so that its fields cannot be computed: change the reference"
        );
    }
    format!(
        "the rows of `{model}` with the keys {} reference one another in a loop, so that their fields cannot be computed: change one of the references",
        keys.join(", ")
    )
}

pub(super) fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!(", did you mean `{nearest}`?")
    })
}

pub(super) fn unknown_label(label: &str, nearest: Option<&str>, known: &[&str]) -> String {
    let known = list(known);
    match nearest {
        Some(nearest) => format!(
            "no setter has the label `{label}`; did you mean `{nearest}`? The labels are: {known}"
        ),
        None => format!("no setter has the label `{label}`; the labels are: {known}"),
    }
}

pub(super) fn named(model: &str, fields: &[&str]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("`{model}::{field}`"))
        .collect();
    fields.join(" or ")
}

pub(super) fn untracked(
    table: &str,
    model: &str,
    statement: &str,
    columns: &[&str],
    computed: bool,
) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| format!("`{table}.{column}`"))
        .collect();
    let columns = columns.join(", ");
    let anyway = "in `conn.untracked(|conn| ..)` where that is meant";
    if computed {
        return format!(
            "a plain UPDATE sets {columns}, which the library computes: leave it out, or run the \
             statement {anyway}"
        );
    }
    let (written, instead) = match statement {
        "INSERT" => (format!("INSERT into `{table}`"), "insert(conn, ..)"),
        "DELETE" => (format!("DELETE from `{table}`"), "delete_many(conn, &keys)"),
        _ => (format!("UPDATE of {columns}"), "update(conn, key, ..)"),
    };
    format!(
        "a plain {written} would leave fields stale that follow from it: write \
         `{model}::{instead}`, or run the statement in \
         `{model}::track(conn, filter, |conn| ..)`, or {anyway}"
    )
}

fn list(known: &[&str]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}
