//! Reads the shop's CSV files.
//!
//! A row is a line: a stray quote in one row cannot swallow the rows after it, and each row has a place to report.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder, StringRecord};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::{LoadError, Place, Refusal};

/// A row of `categories.csv`; the categories above stand before the categories below.
#[derive(Debug, Deserialize)]
pub(crate) struct CategoryRow {
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
}

/// A row of `products.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct ProductRow {
    pub(crate) category: String,
    pub(crate) name: String,
    pub(crate) price_cents: i64,
}

/// A row of `customers.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct CustomerRow {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

/// A row of `orders.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderRow {
    pub(crate) customer: String,
    pub(crate) placed_on: String,
}

/// A row of `items.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct ItemRow {
    pub(crate) product: String,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// A line of a file: its first column, and the row or what is malformed about it.
///
/// The first column is read even where the rest is malformed, so that a bad item still refuses its order.
#[derive(Debug)]
pub(crate) struct Line<T> {
    pub(crate) place: Place,
    pub(crate) key: String,
    row: Result<T, String>,
}

impl<T> Line<T> {
    /// The row, if it is well-formed.
    pub(crate) fn row(&self) -> Result<&T, Refusal> {
        self.row
            .as_ref()
            .map_err(|reason| self.refusal(reason.clone()))
    }

    /// Why this line is not loaded.
    pub(crate) fn refusal(&self, reason: String) -> Refusal {
        Refusal {
            place: self.place,
            reason,
        }
    }
}

/// All that is to be loaded.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) categories: Vec<Line<CategoryRow>>,
    pub(crate) products: Vec<Line<ProductRow>>,
    pub(crate) customers: Vec<Line<CustomerRow>>,
    pub(crate) orders: Vec<Line<OrderRow>>,
    /// The items by the number of their order, which is their first column.
    pub(crate) items: HashMap<String, Vec<Line<ItemRow>>>,
    /// The items of orders that are in no line of `orders.csv`.
    pub(crate) orphans: Vec<Refusal>,
    /// How many rows there are.
    pub(crate) rows: usize,
}

impl Shop {
    /// Reads the five files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, LoadError> {
        let categories = read(folder, "categories.csv", &["code", "parent", "name"])?;
        let products = read(
            folder,
            "products.csv",
            &["sku", "category", "name", "price_cents"],
        )?;
        let customers = read(
            folder,
            "customers.csv",
            &["code", "first_name", "last_name"],
        )?;
        let orders: Vec<Line<OrderRow>> =
            read(folder, "orders.csv", &["number", "customer", "placed_on"])?;
        let item_lines = read(
            folder,
            "items.csv",
            &["order", "product", "quantity", "price_cents"],
        )?;

        let rows =
            categories.len() + products.len() + customers.len() + orders.len() + item_lines.len();
        let numbers: HashSet<&str> = orders.iter().map(|order| order.key.as_str()).collect();
        let mut items: HashMap<String, Vec<Line<ItemRow>>> = HashMap::new();
        let mut orphans = Vec::new();
        for line in item_lines {
            if numbers.contains(line.key.as_str()) {
                items.entry(line.key.clone()).or_default().push(line);
            } else {
                let reason = format!("there is no order `{}` in orders.csv", line.key);
                orphans.push(line.row().err().unwrap_or_else(|| line.refusal(reason)));
            }
        }
        Ok(Self {
            categories,
            products,
            customers,
            orders,
            items,
            orphans,
            rows,
        })
    }

    /// The lines of an order's items.
    pub(crate) fn items_of(&self, number: &str) -> &[Line<ItemRow>] {
        self.items.get(number).map_or(&[], Vec::as_slice)
    }
}

fn read<T: DeserializeOwned>(
    folder: &Path,
    file: &'static str,
    columns: &[&str],
) -> Result<Vec<Line<T>>, LoadError> {
    let path = folder.join(file);
    let text = std::fs::read(&path).map_err(|source| LoadError::File {
        path: path.display().to_string(),
        source,
    })?;
    let mut lines = text
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&text)
        .split(|byte| *byte == b'\n');

    let columns = StringRecord::from(columns);
    let header = lines
        .next()
        .and_then(|line| record(line).ok())
        .unwrap_or_default();
    if header != columns {
        return Err(LoadError::Header {
            path: path.display().to_string(),
            found: joined(&header),
            expected: joined(&columns),
        });
    }
    let numbered = lines
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty());
    // The first line is the header.
    let places = numbered.map(|(index, text)| (text, index + 2));
    Ok(places
        .map(|(text, line)| parse(text, Place { file, line }, &columns))
        .collect())
}

fn parse<T: DeserializeOwned>(line: &[u8], place: Place, columns: &StringRecord) -> Line<T> {
    let malformed = |reason| Line {
        place,
        key: first_column(line),
        row: Err(reason),
    };
    let record = match record(line) {
        Ok(record) if record.len() == columns.len() => record,
        Ok(record) => {
            return malformed(format!(
                "{} columns, where {} are expected: {}",
                record.len(),
                columns.len(),
                joined(columns)
            ));
        }
        Err(reason) => return malformed(reason),
    };
    let row = record
        .deserialize(Some(columns))
        .map_err(|error| no_value(&error, &record, columns));
    Line {
        place,
        key: record.get(0).unwrap_or_default().to_owned(),
        row,
    }
}

/// What looks like the first column of a line that is malformed.
fn first_column(line: &[u8]) -> String {
    let text = line.split(|byte| *byte == b',').next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.trim_matches(['"', ' ', '\r']).to_owned()
}

/// The fields of one line.
fn record(line: &[u8]) -> Result<StringRecord, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !line.contains(&b'"') {
        // Most lines: what is not quoted needs no parser.
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
        return text(ByteRecord::from(fields));
    }
    let mut record = ByteRecord::new();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len())
        .from_reader(line);
    match reader.read_byte_record(&mut record) {
        Ok(_) => text(record),
        Err(error) => Err(error.to_string()),
    }
}

fn text(record: ByteRecord) -> Result<StringRecord, String> {
    StringRecord::from_byte_record(record)
        .map_err(|error| format!("column {} is not UTF-8", error.utf8_error().field() + 1))
}

fn no_value(error: &csv::Error, record: &StringRecord, columns: &StringRecord) -> String {
    let ErrorKind::Deserialize { err, .. } = error.kind() else {
        return error.to_string();
    };
    let field = err.field().and_then(|field| usize::try_from(field).ok());
    match field.and_then(|field| Some((columns.get(field)?, record.get(field)?))) {
        Some((column, value)) => format!("`{value}` is no `{column}`: {}", err.kind()),
        None => err.kind().to_string(),
    }
}

fn joined(record: &StringRecord) -> String {
    record.iter().collect::<Vec<_>>().join(",")
}
