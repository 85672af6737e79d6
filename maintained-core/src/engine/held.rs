//! Values that a column cannot hold.
//!
//! A database refuses them, or is made to ([`Dialect::held`], [`Dialect::SET_STRICT`]). A number
//! that is computed here is compared with its column's bounds before it is sent. Either way the
//! error says which field it is, and what to do.

use diesel::result::Error as DieselError;

use crate::declare::arena::Id;
use crate::declare::model::ModelMeta;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::Session;
use crate::wire::Wire;

/// What databases say of a value that a column cannot hold, in English: Diesel hands on no code for
/// it.
const REFUSED: &[&str] = &[
    // `PostgreSQL`, of numbers, dates and times, and `MySQL`, of sums.
    "out of range",
    "numeric field overflow",
    "value too long for type",
    // `MySQL` and `MariaDB`.
    "Out of range value",
    "Data too long for column",
    "Data truncated for column",
    "Incorrect date value",
    "Incorrect time value",
    "Incorrect datetime value",
    // `SQLite`, of sums, and of what `Dialect::held` makes of all numbers.
    "integer overflow",
];

/// The error of a statement that writes columns of a model, or reads what they should be.
pub(crate) fn failed(
    doing: &str,
    meta: &'static ModelMeta,
    columns: &[&'static str],
    source: DieselError,
) -> Error {
    if is_refused(&source) {
        let field = |column: &&'static str| {
            meta.column(column)
                .map_or(*column, |at| meta.columns[at].field)
        };
        return Error::OutOfRange {
            model: meta.name,
            fields: columns.iter().map(field).collect(),
            source,
        };
    }
    Error::Statement {
        action: format!("{doing} {} of `{}`", columns.join(", "), meta.name),
        source,
    }
}

/// Whether the database says that a column cannot hold a value.
pub(crate) fn is_refused(source: &DieselError) -> bool {
    let DieselError::DatabaseError(_, information) = source else {
        return false;
    };
    let message = information.message();
    REFUSED.iter().any(|known| message.contains(known))
}

/// Checks that a whole number that was computed for a row fits into its column.
pub(crate) fn check<C: Wire>(
    session: &Session<'_, C>,
    (model, id): (ModelIndex, Id),
    column: ColumnIndex,
    number: i64,
) -> Result<(), Error> {
    let meta = session.registration(model).meta;
    let column = &meta.columns[column];
    match (column.kind)().bounds.whole() {
        Some([least, greatest]) if number < least || number > greatest => {
            let key = session.describe(model, id);
            let text = format!("{number} is out of range for the row with the key {key}");
            Err(Error::OutOfRange {
                model: meta.name,
                fields: vec![column.field],
                source: DieselError::SerializationError(text.into()),
            })
        }
        _ => Ok(()),
    }
}
