//! Integers without a gap: the keys of rows that were loaded together.
//!
//! A range is one look-up in an index, and has two parameters instead of thousands.

use diesel::backend::Backend;

use crate::sql::statement::Rows;

/// Whether the rows are integers that follow one another without a gap.
pub(crate) fn are_range<DB: Backend>(rows: &dyn Rows<DB>) -> bool {
    rows.len() > 1 && range_from(rows, 0) == rows.len()
}

/// Where the part that begins with the row `from` ends: behind the range there, or behind `most`
/// rows if that is further.
pub(crate) fn part_from<DB: Backend>(rows: &dyn Rows<DB>, from: usize, most: usize) -> usize {
    let range = range_from(rows, from);
    from + range.max(most.min(rows.len() - from))
}

/// How many rows, beginning with `from`, follow one another without a gap: at least that one.
fn range_from<DB: Backend>(rows: &dyn Rows<DB>, from: usize) -> usize {
    let Some(first) = rows.integer(from) else {
        return 1;
    };
    let next = (from + 1..rows.len()).zip(1..);
    let follows = |&(row, by): &(usize, i64)| {
        let expected = first.checked_add(by);
        expected.is_some() && rows.integer(row) == expected
    };
    1 + next.take_while(follows).count()
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::ops::Range;

    use diesel::query_builder::{AstPass, QueryFragment};
    use diesel::result::QueryResult;
    use diesel::sqlite::Sqlite;

    use super::{are_range, part_from};
    use crate::declare::positions::ColumnIndex;
    use crate::sql::statement::Rows;

    struct Keys(Vec<Option<i64>>);

    impl Rows<Sqlite> for Keys {
        fn bind<'b>(
            &'b self,
            _: usize,
            _: ColumnIndex,
            _: AstPass<'_, 'b, Sqlite>,
        ) -> QueryResult<()> {
            Ok(())
        }

        fn array(
            &self,
            _: Range<usize>,
            _: ColumnIndex,
        ) -> Option<Box<dyn QueryFragment<Sqlite> + Send + Sync + '_>> {
            None
        }

        fn integer(&self, row: usize) -> Option<i64> {
            self.0[row]
        }

        fn len(&self) -> usize {
            self.0.len()
        }
    }

    fn keys(keys: impl IntoIterator<Item = i64>) -> Keys {
        Keys(keys.into_iter().map(Some).collect())
    }

    #[test]
    fn a_range_has_no_gap_and_no_end_beyond_the_integers() {
        assert!(are_range(&keys(-2..3)));
        assert!(are_range(&keys([i64::MAX - 1, i64::MAX])));
        assert!(!are_range(&keys([i64::MAX, i64::MAX])));
        assert!(!are_range(&keys([1, 2, 4])));
        assert!(!are_range(&keys([2, 1])));
        assert!(!are_range(&keys([7])), "one row is looked up by its key");
        assert!(!are_range(&Keys(vec![None, None])));
    }

    #[test]
    fn a_part_is_a_list_of_at_most_so_many_rows_or_a_longer_range() {
        let keys = keys([1, 2, 3, 4, 9, 11, 13]);
        assert_eq!(part_from(&keys, 0, 2), 4);
        assert_eq!(part_from(&keys, 0, 5), 5);
        assert_eq!(part_from(&keys, 4, 2), 6);
        assert_eq!(part_from(&keys, 6, 2), 7);
    }
}
