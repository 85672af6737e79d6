//! A set of a model's setters.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

use crate::declare::positions::SetterIndex;
use crate::declare::setter::MAX_SETTERS;

/// A set of a model's setters, by their positions.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct SetterSet(u64);

impl SetterSet {
    /// No setter.
    pub(crate) const NONE: Self = Self(0);
    /// Every setter that a model can have.
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// The set of one setter.
    pub(crate) fn of(setter: SetterIndex) -> Self {
        Self(1 << usize::from(setter))
    }

    /// The setters of a mask, a bit each.
    pub(crate) const fn from_mask(mask: u64) -> Self {
        Self(mask)
    }

    /// This set and one more setter.
    #[must_use]
    pub(crate) fn with(self, setter: SetterIndex) -> Self {
        self | Self::of(setter)
    }

    /// Whether the two sets share a setter.
    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the setter is in the set.
    pub(crate) fn contains(self, setter: SetterIndex) -> bool {
        self.0 >> usize::from(setter) & 1 == 1
    }

    /// Whether the set has no setter.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The setters, in ascending order.
    pub(crate) fn iter(self) -> impl Iterator<Item = SetterIndex> {
        let all = (0..MAX_SETTERS).map(SetterIndex::from);
        all.filter(move |&setter| self.contains(setter))
    }
}

impl FromIterator<SetterIndex> for SetterSet {
    fn from_iter<I: IntoIterator<Item = SetterIndex>>(setters: I) -> Self {
        setters.into_iter().fold(Self::NONE, Self::with)
    }
}

impl FromIterator<Self> for SetterSet {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        sets.into_iter().fold(Self::NONE, BitOr::bitor)
    }
}

impl BitOr for SetterSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SetterSet {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for SetterSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Debug for SetterSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return formatter.write_str("SetterSet::ALL");
        }
        formatter.debug_set().entries(self.iter()).finish()
    }
}
