//! Keys that are integers without a gap, which are read as a range.

use diesel::backend::Backend;

use crate::statement::Rows;

/// Whether the rows are integers that follow one another without a gap.
pub(crate) fn are_range<DB: Backend>(rows: &dyn Rows<DB>) -> bool {
    rows.len() > 1 && range_from(rows, 0) == rows.len()
}

/// Where the part ends that begins with a row: at most so many rows of a list, or a longer range.
pub(crate) fn part_from<DB: Backend>(rows: &dyn Rows<DB>, from: usize, most: usize) -> usize {
    let range = range_from(rows, from);
    from + range.max(most.min(rows.len() - from))
}

/// How many rows, from one on, are a range.
fn range_from<DB: Backend>(rows: &dyn Rows<DB>, from: usize) -> usize {
    let mut last = rows.integer(from);
    let follows = |&row: &usize| {
        let next = last.and_then(|last| last.checked_add(1));
        last = rows.integer(row);
        next.is_some() && last == next
    };
    1 + (from + 1..rows.len()).take_while(follows).count()
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use diesel::query_builder::{AstPass, QueryFragment};
    use diesel::result::QueryResult;
    use diesel::sqlite::Sqlite;

    use super::{are_range, part_from};
    use crate::statement::Rows;

    struct Keys(&'static [i64]);

    impl Rows<Sqlite> for Keys {
        fn bind<'b>(&'b self, _: usize, _: usize, _: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
            Ok(())
        }

        fn array(&self, _: Range<usize>, _: usize) -> Option<Box<dyn QueryFragment<Sqlite> + '_>> {
            None
        }

        fn integer(&self, row: usize) -> Option<i64> {
            Some(self.0[row])
        }

        fn len(&self) -> usize {
            self.0.len()
        }
    }

    #[test]
    fn keys_without_a_gap_are_a_range_up_to_the_greatest_integer() {
        for keys in [
            &[-1, 0, 1][..],
            &[i64::MAX - 1, i64::MAX],
            &[i64::MIN, i64::MIN + 1],
        ] {
            assert!(are_range(&Keys(keys)), "{keys:?}");
        }
        for keys in [
            &[1][..],
            &[1, 3],
            &[2, 1],
            &[1, 1],
            &[i64::MAX, i64::MAX],
            &[i64::MAX, i64::MIN],
        ] {
            assert!(!are_range(&Keys(keys)), "{keys:?}");
        }
        let keys = Keys(&[1, 2, 3, 7, i64::MAX - 1, i64::MAX]);
        assert_eq!(
            [0, 1, 3, 4].map(|from| part_from(&keys, from, 1)),
            [3, 3, 4, 6]
        );
        assert_eq!(
            [0, 1, 3, 4].map(|from| part_from(&keys, from, 3)),
            [3, 4, 6, 6]
        );
    }
}
