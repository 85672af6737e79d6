//! An uploaded CSV file, row by row as it comes.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use csv_async::{AsyncReaderBuilder, Error, ErrorKind, Position, Trim};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio_util::io::StreamReader;

use super::answer::Failure;
use super::request::{Line, Row};

/// A client that sends nothing for so long has gone: its scope must not keep others waiting.
const PATIENCE: Duration = Duration::from_secs(30);

type Read = (Result<Line, Error>, Position);

/// The rows of an upload.
pub(crate) struct Rows(Pin<Box<dyn Stream<Item = Read> + Send>>);

impl Rows {
    /// The rows of a request's body, of which no more is kept than the row that is read.
    pub(crate) fn of(body: Body) -> Self {
        let bytes = body.into_data_stream().map_err(io::Error::other);
        let reader = AsyncReaderBuilder::new()
            .trim(Trim::All)
            .create_deserializer(StreamReader::new(bytes));
        Self(reader.into_deserialize_with_pos().boxed())
    }

    /// The next row; none at the end of the upload.
    pub(crate) async fn next(&mut self) -> Option<Result<Row, Failure>> {
        let Ok(next) = tokio::time::timeout(PATIENCE, self.0.next()).await else {
            let why = format!("nothing has come for {} seconds", PATIENCE.as_secs());
            return Some(Err(Failure::Upload(why)));
        };
        let (line, position) = next?;
        let line = match line {
            Ok(line) => Ok(line),
            Err(error) if matches!(error.kind(), ErrorKind::Io(_)) => {
                return Some(Err(Failure::Upload(error.to_string())));
            }
            Err(error) => Err(error.to_string()),
        };
        let number = position.line();
        Some(Ok(Row { number, line }))
    }
}
