//! Names of tables and columns.

use crate::spoken::Spelling;
use crate::spoken::words::Word;

/// A name with the names that stand before it: in a form that can be compared, or as the database
/// knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The schema of a table, the table of a column.
    pub(crate) qualifier: Option<String>,
    pub(crate) name: String,
}

impl Name {
    /// The name that some words begin with, and how many they are.
    pub(super) fn at(words: &[Word<'_>], spelling: Spelling) -> Option<(Self, usize)> {
        let mut parts = vec![words.first()?.as_name(spelling)?];
        let mut read = 1;
        while let [Word::Mark('.'), next, ..] = words[read..] {
            let Some(part) = next.as_name(spelling) else {
                break;
            };
            parts.push(part);
            read += 2;
        }
        let name = parts.pop()?;
        let qualifier = parts.pop();
        Some((Self { qualifier, name }, read))
    }

    /// What the database knows, in a form that can be compared.
    pub(crate) fn comparable(&self, spelling: Spelling) -> Self {
        let comparable = |part: &String| spelling.comparable(part);
        Self {
            qualifier: self.qualifier.as_ref().map(comparable),
            name: comparable(&self.name),
        }
    }

    /// Whether two names of tables can be of one table: a schema that is not told may be any.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        let same_schema = match (&self.qualifier, &other.qualifier) {
            (Some(schema), Some(other)) => schema == other,
            _ => true,
        };
        same_schema && self.name == other.name
    }
}
