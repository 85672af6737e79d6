//! Inserts many rows at once, and still knows which one is at fault.

use super::database::Conn;
use super::error::{LoadError, Place, Refusal};

/// Inserts all rows in one write; where the database refuses that, one by one, to learn which are at fault.
///
/// Each row comes with its place in the files. Returns the rows that were inserted, and the others as refusals.
pub(crate) fn insert_all<'n, N, M>(
    conn: &mut Conn,
    news: &'n [(Place, N)],
    insert_many: impl Fn(&mut Conn, Vec<&'n N>) -> Result<Vec<M>, maintained::Error>,
) -> Result<(Vec<M>, Vec<Refusal>), LoadError> {
    let Some((first, _)) = news.first() else {
        return Ok((Vec::new(), Vec::new()));
    };
    match insert_many(conn, news.iter().map(|(_, new)| new).collect()) {
        Ok(rows) => return Ok((rows, Vec::new())),
        Err(error) => match LoadError::at(*first, error) {
            LoadError::Refused(_) => {}
            fatal => return Err(fatal),
        },
    }
    let mut rows = Vec::new();
    let mut refusals = Vec::new();
    for (place, new) in news {
        match insert_many(conn, vec![new]).map_err(|error| LoadError::at(*place, error)) {
            Ok(inserted) => rows.extend(inserted),
            Err(LoadError::Refused(refusal)) => refusals.push(refusal),
            Err(fatal) => return Err(fatal),
        }
    }
    Ok((rows, refusals))
}
