//! Positions: each kind is a type of its own, so that none is taken for another.
//!
//! A position is a plain number in memory, and is hashed as one. Lists that are looked up by it are
//! [`TiVec`](typed_index_collections::TiVec) and [`TiSlice`](typed_index_collections::TiSlice).

/// Declares a kind of position, whose default is the first.
macro_rules! position {
    ($(#[$doc:meta])* $visible:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible struct $name(usize);

        impl From<usize> for $name {
            fn from(at: usize) -> Self {
                Self(at)
            }
        }

        impl From<$name> for usize {
            fn from(position: $name) -> Self {
                position.0
            }
        }
    };
}

position! {
    /// A model's position in the graph, and in all that is kept for each model.
    pub(crate) ModelIndex
}

position! {
    /// The position, among the slots of a model, of what a row of it can be marked for.
    pub(crate) SlotIndex
}

position! {
    /// A unit's position in the order of computing.
    pub(crate) UnitIndex
}

position! {
    /// The position of a layer of marks: of those left under one choice of labels.
    pub(crate) LayerIndex
}

position! {
    /// A setter's position among those of its model: functions first, and then what the fields that
    /// the database computes stand for.
    pub SetterIndex
}

position! {
    /// A relation's position among those of its model: of a foreign key.
    pub RelationIndex
}

position! {
    /// A column's position among those of its rows: of a model, of a new row, or, where values are
    /// bound, of these.
    pub ColumnIndex
}

/// Lets constants and patterns say a position, for what the derive generates.
macro_rules! constant {
    ($name:ident) => {
        impl $name {
            /// The position with this number.
            #[must_use]
            pub const fn at(number: usize) -> Self {
                Self(number)
            }

            /// The position's number.
            #[must_use]
            pub const fn number(self) -> usize {
                self.0
            }
        }
    };
}

constant!(RelationIndex);
constant!(ColumnIndex);
constant!(SetterIndex);

impl ColumnIndex {
    /// So many columns, beginning with the first.
    pub(crate) fn first(count: usize) -> impl Iterator<Item = Self> {
        (0..count).map(Self)
    }
}
