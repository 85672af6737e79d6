//! What is done to maintained fields in production: which of them follow from another definition.

mod definitions;
mod status;
mod table;

pub use self::status::{
    FieldState, FieldStatus, Status, adopt, ensure_current, mark_current, status,
};
pub use self::table::{migrations, schema, set_up};
