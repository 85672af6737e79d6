//! Whether two values of a field are the same.

/// Two values to compare.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'v, T>(pub &'v T, pub &'v T);

/// Values that may be NaN, which here equals NaN: an unchanged field is unchanged.
pub trait SameFloat {
    /// Whether the values are the same.
    fn is_same(&self) -> bool;
}

/// All other values.
pub trait SameValue {
    /// Whether the values are the same.
    fn is_same(&self) -> bool;
}

macro_rules! same_float {
    ($($float:ty),*) => {
        $(
            impl SameFloat for Pair<'_, $float> {
                #[allow(clippy::float_cmp, reason = "whether a value is the same is asked, not whether it is near")]
                fn is_same(&self) -> bool {
                    self.0 == self.1 || self.0.is_nan() && self.1.is_nan()
                }
            }

            impl SameFloat for Pair<'_, Option<$float>> {
                fn is_same(&self) -> bool {
                    match (self.0, self.1) {
                        (Some(left), Some(right)) => Pair(left, right).is_same(),
                        (left, right) => left.is_none() && right.is_none(),
                    }
                }
            }
        )*
    };
}

same_float!(f32, f64);

impl<T: PartialEq> SameValue for &Pair<'_, T> {
    fn is_same(&self) -> bool {
        self.0 == self.1
    }
}

/// Whether two values are the same. The call finds `SameFloat` first, since that takes one
/// reference less, and `SameValue` where there is no such implementation.
#[doc(hidden)]
#[macro_export]
macro_rules! same {
    ($left:expr, $right:expr) => {{
        use $crate::private::{SameFloat as _, SameValue as _};
        (&$crate::private::Pair(&$left, &$right)).is_same()
    }};
}
