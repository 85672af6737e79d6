//! A CSV file. A row is a line: a stray quote in one row cannot swallow the rows after it, and each has a place to report.

use std::path::Path;

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use serde::de::DeserializeOwned;

use super::super::error::{LoadError, Place};

/// The rows of a sheet.
#[derive(Debug)]
pub(crate) struct Sheet<T> {
    pub(crate) name: &'static str,
    pub(crate) records: Vec<Record<T>>,
}

/// Rows of a sheet that are loaded together or not at all: one, unless the sheet is grouped.
#[derive(Debug)]
pub(crate) struct Record<T> {
    pub(crate) place: Place,
    /// The first column, by which rows are grouped.
    key: String,
    /// The rows, or what is malformed about one of them.
    pub(crate) rows: Result<Vec<T>, String>,
}

impl<T: DeserializeOwned> Sheet<T> {
    /// Reads a sheet, whose columns must be these.
    pub(crate) fn read(
        folder: &Path,
        name: &'static str,
        columns: &[&str],
    ) -> Result<Self, LoadError> {
        let path = folder.join(name).with_extension("csv");
        let path_name = || path.display().to_string();
        let text = std::fs::read(&path).map_err(|source| LoadError::File {
            path: path_name(),
            source,
        })?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let mut lines = text.split(|byte| *byte == b'\n');

        let columns = StringRecord::from(columns);
        let header = lines.next().and_then(|line| fields(line).ok());
        let header = header.unwrap_or_default();
        if header != columns {
            return Err(LoadError::Header {
                path: path_name(),
                found: joined(&header),
                expected: joined(&columns),
            });
        }
        let numbered = lines
            .enumerate()
            .filter(|(_, line)| !line.trim_ascii().is_empty());
        // The first line is the header.
        let records = numbered.map(|(index, line)| {
            let place = Place {
                sheet: name,
                line: index + 2,
            };
            record(line, place, &columns)
        });
        Ok(Self {
            name,
            records: records.collect(),
        })
    }
}

impl<T> Sheet<T> {
    /// Puts together the rows with the same first column.
    pub(crate) fn grouped(self) -> Self {
        let mut records: Vec<Record<T>> = Vec::new();
        for record in self.records {
            match records.iter_mut().find(|known| known.key == record.key) {
                Some(known) => known.join(record),
                None => records.push(record),
            }
        }
        Self { records, ..self }
    }
}

impl<T> Record<T> {
    fn join(&mut self, other: Self) {
        match (&mut self.rows, other.rows) {
            (Ok(rows), Ok(more)) => rows.extend(more),
            (Ok(_), Err(reason)) => {
                self.rows = Err(reason);
                self.place = other.place;
            }
            (Err(_), _) => {}
        }
    }
}

fn record<T: DeserializeOwned>(line: &[u8], place: Place, columns: &StringRecord) -> Record<T> {
    let row = fields(line).and_then(|fields| row(&fields, columns));
    Record {
        place,
        key: first_column(line),
        rows: row.map(|row| vec![row]),
    }
}

/// What looks like the first column, of a malformed line as well: so it refuses what it would have been a part of.
fn first_column(line: &[u8]) -> String {
    let text = line.split(|byte| *byte == b',').next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.trim_matches(['"', ' ', '\r']).to_owned()
}

fn row<T: DeserializeOwned>(fields: &StringRecord, columns: &StringRecord) -> Result<T, String> {
    if fields.len() != columns.len() {
        return Err(format!(
            "{} columns, where {} are expected: {}",
            fields.len(),
            columns.len(),
            joined(columns)
        ));
    }
    let row = fields.deserialize(Some(columns));
    row.map_err(|error| no_value(&error, fields, columns))
}

/// The fields of one line.
fn fields(line: &[u8]) -> Result<StringRecord, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut fields = StringRecord::new();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(1))
        .from_reader(line);
    match reader.read_record(&mut fields) {
        Ok(_) => Ok(fields),
        Err(error) => Err(match error.kind() {
            ErrorKind::Utf8 { err, .. } => format!("column {} is not UTF-8", err.field() + 1),
            _ => error.to_string(),
        }),
    }
}

fn no_value(error: &csv::Error, fields: &StringRecord, columns: &StringRecord) -> String {
    let ErrorKind::Deserialize { err, .. } = error.kind() else {
        return error.to_string();
    };
    let field = err.field().and_then(|field| usize::try_from(field).ok());
    match field.and_then(|field| Some((columns.get(field)?, fields.get(field)?))) {
        Some((column, value)) => format!("`{value}` is no `{column}`: {}", err.kind()),
        // A type of the study's own says by itself what it was given.
        None => err.kind().to_string(),
    }
}

fn joined(fields: &StringRecord) -> String {
    fields.iter().collect::<Vec<_>>().join(",")
}
