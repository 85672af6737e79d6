//! Foreign keys, as types.

use crate::declare::key::Key;
use crate::declare::model::Model;
use crate::declare::positions::RelationIndex;

/// `Self` has a foreign key to `Parent`, in the Diesel column `Via`.
#[diagnostic::on_unimplemented(
    message = "`{Via}` is no foreign key of `{Self}` to `{Parent}`",
    note = "declare it on `{Self}` with `#[diesel(belongs_to({Parent}))]`, or with `#[maintained(belongs_to({Parent}, foreign_key = ..))]`"
)]
pub trait References<Parent: Model, Via>: Model {
    /// The column: where it is no foreign key, nothing that is asked of it is reported once more.
    type Column;
    /// The foreign key's position in
    /// [`ModelMeta::relations`](crate::declare::model::ModelMeta::relations).
    const INDEX: RelationIndex;
    /// Whether the foreign key can be null.
    const NULLABLE: bool;

    /// The key of the parent that this row names.
    fn foreign_key(&self) -> Option<&Parent::Key>;
}

/// `Self` has a foreign key to `Parent` that is meant where none is named.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no foreign key to `{Parent}`",
    label = "`{Self}` does not belong to `{Parent}`",
    note = "a reference reads the parent that the row's foreign key names, a slice reads the children whose foreign key names the row",
    note = "declare the foreign key with `#[diesel(belongs_to({Parent}))]` on `{Self}`",
    note = "what is further off is read along with what names it: `&[(&Child, &ItsParent)]`"
)]
pub trait BelongsTo<Parent: Model>: References<Parent, <Self as BelongsTo<Parent>>::Via> {
    /// The Diesel column of the foreign key.
    type Via;
}

/// `Self` has a foreign key to `Parent`. A rule goes from the rows of `Parent` to those of `Self`,
/// on its way to rows that are further off.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no foreign key to `{Parent}`",
    label = "`{Self}` does not belong to `{Parent}`",
    note = "a rule goes from rows to their children: declare the foreign key with `#[diesel(belongs_to({Parent}))]` on `{Self}`",
    note = "where the rows of `{Parent}` are links to those of `{Self}` (a many-to-many), what lies beyond them takes a setter in place of a rule: `fn field(links: &[(&Through<{Parent}>, &{Self})]) -> ..`"
)]
pub trait BelongsFurther<Parent: Model>:
    References<Parent, <Self as BelongsFurther<Parent>>::Via>
{
    /// The Diesel column of the foreign key.
    type Via;
}

/// `Column` is a foreign key of the model.
pub trait ForeignKeyColumn<Column>: Model {
    /// The model whose rows it names.
    type Parent: Model;
    /// The foreign key's position in
    /// [`ModelMeta::relations`](crate::declare::model::ModelMeta::relations).
    const RELATION: RelationIndex;
}

/// A field that holds a foreign key to rows with the key `K`: `K` or `Option<K>`.
#[diagnostic::on_unimplemented(
    message = "a foreign key of type `{Self}` cannot name a row with the key `{K}`",
    note = "give the field the parent's key type, or an `Option` of it"
)]
pub trait ForeignKeyField<K> {
    /// The key that it names.
    fn as_key(&self) -> Option<&K>;
}

impl<K: Key> ForeignKeyField<K> for K {
    fn as_key(&self) -> Option<&K> {
        Some(self)
    }
}

impl<K: Key> ForeignKeyField<K> for Option<K> {
    fn as_key(&self) -> Option<&K> {
        self.as_ref()
    }
}
