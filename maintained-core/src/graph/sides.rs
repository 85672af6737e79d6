//! Which of two rows: where a row has moved, its old parent and its new one. Statements on marks
//! know them in the order of their keys, and the one that moves the row as the old and the new.

use std::ops::{BitAnd, BitOr};

/// None, one or both of two rows at which short ways begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sides(u8);

impl Sides {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const FIRST: Self = Self(1);
    pub(crate) const SECOND: Self = Self(2);
    pub(crate) const BOTH: Self = Self(3);

    /// All sets that are not empty, each at its [`place`](Self::place).
    pub(crate) const SOME: [Self; 3] = [Self::FIRST, Self::SECOND, Self::BOTH];

    pub(crate) fn of(is_there: [bool; 2]) -> Self {
        Self(u8::from(is_there[0]) | u8::from(is_there[1]) << 1)
    }

    /// The set of which a statement tells as the sum of 1 for the first and 2 for the second.
    pub(crate) fn told(sum: i64) -> Self {
        Self(u8::try_from(sum).unwrap_or_default() & 3)
    }

    /// Each of them.
    pub(crate) fn each(self) -> &'static [Self] {
        match self {
            Self::FIRST => &[Self::FIRST],
            Self::SECOND => &[Self::SECOND],
            Self::BOTH => &[Self::FIRST, Self::SECOND],
            _ => &[],
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Those that are not among others.
    pub(crate) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Each one, where the other was.
    pub(crate) fn swapped(self) -> Self {
        Self(self.0 << 1 & 2 | self.0 >> 1)
    }

    /// The place of what belongs to the first, to the second, or to both.
    pub(crate) fn place(self) -> usize {
        usize::from(self.0.saturating_sub(1))
    }

    /// What is added because of them, given what each adds.
    pub(crate) fn amount(self, [first, second]: [i64; 2]) -> i64 {
        match self {
            Self::FIRST => first,
            Self::SECOND => second,
            Self::BOTH => first.wrapping_add(second),
            _ => 0,
        }
    }
}

impl BitAnd for Sides {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Sides {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
