//! A set of a model's columns.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

use crate::declare::positions::ColumnIndex;

/// How many columns a model may have: as many as Diesel's largest tables.
pub const MAX_COLUMNS: usize = 128;

/// A set of a model's columns, by their positions in the model's struct.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ColumnSet(u128);

impl ColumnSet {
    /// No column.
    pub const NONE: Self = Self(0);
    /// Every column that a model can have.
    pub const ALL: Self = Self(u128::MAX);

    /// The set of one column.
    #[must_use]
    pub const fn of(column: ColumnIndex) -> Self {
        Self(1 << column.number())
    }

    /// This set and one more column.
    #[must_use]
    pub const fn with(self, column: ColumnIndex) -> Self {
        Self(self.0 | 1 << column.number())
    }

    /// The columns of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two sets share a column.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the column is in the set.
    #[must_use]
    pub const fn contains(self, column: ColumnIndex) -> bool {
        self.0 >> column.number() & 1 == 1
    }

    /// Whether the set has no column.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every column of another set is in this one.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// How many columns the set has.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The columns, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = ColumnIndex> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            // Of an empty set this is 128, which is no column.
            let column = rest.trailing_zeros() as usize;
            // Takes the lowest column out.
            rest &= rest.wrapping_sub(1);
            (column < MAX_COLUMNS).then_some(ColumnIndex::at(column))
        })
    }
}

impl BitOr for ColumnSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for ColumnSet {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.union(other);
    }
}

impl BitAnd for ColumnSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Debug for ColumnSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return formatter.write_str("ColumnSet::ALL");
        }
        let numbers = self.iter().map(ColumnIndex::number);
        formatter.debug_set().entries(numbers).finish()
    }
}
