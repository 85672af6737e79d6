//! Rows that are kept as they came, to be read once more by whoever wants other columns of them.

use std::fmt;
use std::ops::Range;

use diesel::backend::Backend;
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};

use crate::declare::positions::ColumnIndex;

/// A database whose values can be kept as they came.
pub trait Values: Backend {
    /// What has to be known of a value beside its bytes.
    type Type: Copy + Send + Sync + 'static;

    /// A value's bytes, and its type.
    fn parts<'v>(value: &'v Self::RawValue<'_>) -> (&'v [u8], Self::Type);

    /// The value with these bytes.
    fn value<'v>(bytes: &'v [u8], of: &'v Self::Type) -> Self::RawValue<'v>;
}

/// Rows that are kept as they came: all of one width, their values' bytes one behind another.
pub struct KeptRows<DB: Values> {
    width: usize,
    bytes: Vec<u8>,
    /// Of each row its values, in order; none where one is null.
    values: Vec<Option<(Range<usize>, DB::Type)>>,
}

impl<DB: Values> KeptRows<DB> {
    pub(super) fn keep<'conn>(&mut self, row: &impl Row<'conn, DB>, from: usize, width: usize) {
        self.width = width;
        for at in from..from + width {
            let field = row.get(at);
            let value = field.as_ref().and_then(|field| field.value());
            let kept = value.map(|value| {
                let (bytes, of) = DB::parts(&value);
                let begin = self.bytes.len();
                self.bytes.extend_from_slice(bytes);
                (begin..self.bytes.len(), of)
            });
            self.values.push(kept);
        }
    }

    pub(super) fn row<'k>(&'k self, row: usize, columns: &'k [ColumnIndex]) -> KeptRow<'k, DB> {
        KeptRow {
            bytes: &self.bytes,
            values: &self.values[row * self.width..][..self.width],
            columns,
        }
    }
}

impl<DB: Values> Default for KeptRows<DB> {
    fn default() -> Self {
        Self {
            width: 0,
            bytes: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<DB: Values> fmt::Debug for KeptRows<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptRows")
            .field("width", &self.width)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// Some columns of a row that is kept.
pub struct KeptRow<'k, DB: Values> {
    bytes: &'k [u8],
    values: &'k [Option<(Range<usize>, DB::Type)>],
    columns: &'k [ColumnIndex],
}

/// A value of such a row.
pub struct KeptField<'k, DB: Values> {
    value: Option<(&'k [u8], &'k DB::Type)>,
}

impl<DB: Values> RowSealed for KeptRow<'_, DB> {}

impl<DB: Values> RowIndex<usize> for KeptRow<'_, DB> {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.columns.len()).then_some(index)
    }
}

/// Columns are known by their places only.
impl<DB: Values> RowIndex<&str> for KeptRow<'_, DB> {
    fn idx(&self, _: &str) -> Option<usize> {
        None
    }
}

impl<'k, DB: Values> Row<'k, DB> for KeptRow<'k, DB> {
    type Field<'f>
        = KeptField<'f, DB>
    where
        'k: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.columns.len()
    }

    fn get<'f, I>(&'f self, index: I) -> Option<Self::Field<'f>>
    where
        'k: 'f,
        Self: RowIndex<I>,
    {
        let column = self.columns[self.idx(index)?].number();
        let value = self.values.get(column)?.as_ref();
        Some(KeptField {
            value: value.map(|(bytes, of)| (&self.bytes[bytes.clone()], of)),
        })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

impl<'k, DB: Values> Field<'k, DB> for KeptField<'k, DB> {
    fn field_name(&self) -> Option<&str> {
        None
    }

    fn value(&self) -> Option<DB::RawValue<'_>> {
        self.value.map(|(bytes, of)| DB::value(bytes, of))
    }
}

impl<DB: Values> fmt::Debug for KeptRow<'_, DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptRow")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl<DB: Values> fmt::Debug for KeptField<'_, DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptField").finish_non_exhaustive()
    }
}

#[cfg(feature = "postgres")]
impl Values for diesel::pg::Pg {
    /// The number of the type.
    type Type = std::num::NonZeroU32;

    fn parts<'v>(value: &'v diesel::pg::PgValue<'_>) -> (&'v [u8], Self::Type) {
        (value.as_bytes(), value.get_oid())
    }

    fn value<'v>(bytes: &'v [u8], of: &'v Self::Type) -> diesel::pg::PgValue<'v> {
        diesel::pg::PgValue::new(bytes, of)
    }
}

#[cfg(feature = "mysql")]
impl Values for diesel::mysql::Mysql {
    type Type = diesel::mysql::MysqlType;

    fn parts<'v>(value: &'v diesel::mysql::MysqlValue<'_>) -> (&'v [u8], Self::Type) {
        (value.as_bytes(), value.value_type())
    }

    fn value<'v>(bytes: &'v [u8], of: &'v Self::Type) -> diesel::mysql::MysqlValue<'v> {
        diesel::mysql::MysqlValue::new(bytes, *of)
    }
}
