//! Which maintained fields follow from the definitions that the program has.

use std::collections::HashMap;
use std::fmt;

use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::unknown_field;
use crate::operations::definitions::{Definition, definitions};
use crate::operations::table::{self, Recorded};
use crate::session::Session;

/// Which maintained fields follow from the definitions that the program has: made by [`status()`].
///
/// It displays as a table, with a line for each field.
///
/// ```no_run
/// use diesel::prelude::*;
/// use maintained_core::operations::{self, FieldState};
/// use maintained_core::MaintainedConnection;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db")?;
/// for field in operations::status(&mut conn)?.fields {
///     if field.state == FieldState::New {
///         println!("nobody has computed {}::{}", field.model, field.field);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// All fields, by model: those of the program, and those that only the database knows.
    pub fields: Vec<FieldStatus>,
}

/// Whether a maintained field follows from the definition that the program has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldStatus {
    /// The model's name; with that of its table where two models have one name.
    pub model: String,
    /// The field's name.
    pub field: String,
    /// Whether it follows from that definition.
    pub state: FieldState,
}

/// Whether a maintained field follows from the definition that the program has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldState {
    /// It follows from the definition that the program has.
    Current,
    /// It follows from another definition, or is being rebuilt for another one.
    Changed,
    /// The database has heard nothing of it: nobody has computed it for the rows that were there.
    New,
    /// It is being rebuilt, or its rebuild was interrupted.
    Rebuilding {
        /// How far the rebuild is; none where no row is done.
        cursor: Option<String>,
    },
    /// The program has no such field, or not any more. Nothing has to be done.
    Gone,
}

impl Status {
    /// Whether each field of the program follows from its definition.
    ///
    /// ```standalone_crate
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// use maintained::operations;
    ///
    /// operations::set_up(conn)?;
    /// assert!(!operations::status(conn)?.is_current()); // nothing is known of the fields yet
    /// operations::adopt(conn)?;
    /// assert!(operations::status(conn)?.is_current());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.stale().next().is_none()
    }

    /// The fields of the program that do not follow from their definitions.
    fn stale(&self) -> impl Iterator<Item = &FieldStatus> {
        let fields = self.fields.iter();
        fields.filter(|field| !matches!(field.state, FieldState::Current | FieldState::Gone))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |field: &FieldStatus| field.name().chars().count();
        let width = self.fields.iter().map(width).max().unwrap_or(0);
        for (at, field) in self.fields.iter().enumerate() {
            let end = if at > 0 { "\n" } else { "" };
            write!(formatter, "{end}{:width$}  {}", field.name(), field.state)?;
        }
        Ok(())
    }
}

impl FieldStatus {
    fn name(&self) -> String {
        format!("{}::{}", self.model, self.field)
    }
}

impl fmt::Display for FieldState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => formatter.write_str("current"),
            Self::Changed => formatter.write_str("changed"),
            Self::New => formatter.write_str("new"),
            Self::Rebuilding { cursor: None } => formatter.write_str("rebuilding"),
            Self::Rebuilding {
                cursor: Some(cursor),
            } => write!(formatter, "rebuilding, at {cursor}"),
            Self::Gone => formatter.write_str("gone"),
        }
    }
}

/// Compares the definition of each maintained field with the one that the database has recorded.
///
/// A definition is what computes a field: a setter's signature, the columns of its views and its
/// body, or a declared rule. Labels, comments and formatting are no part of it. What its text does
/// not show, say a change to a function that a setter calls, `#[setter(version = 2)]` tells.
///
/// It reads, and writes nothing. It sees no rows that were written behind the library's back.
///
/// ```standalone_crate
/// use diesel::prelude::*;
/// use maintained_core::{MaintainedConnection, operations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
/// operations::set_up(&mut conn)?;
/// let status = operations::status(&mut conn)?;
/// println!("{status}");
/// assert!(status.is_current());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::NotSetUp`] when there is no table `maintained_fields`, and what the database says.
pub fn status<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
) -> C::Answer<'_, Result<Status, Error>> {
    C::answer(async { conn.at_work(&Look).await })
}

/// A look at what the table says.
struct Look;

impl<C: Wrapped> Task<C> for Look {
    type Output = Status;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Status, Error> {
        let definitions = definitions(&session.catalog.graph)?;
        let recorded = table::read(session).await?;
        Ok(compare(definitions, recorded))
    }
}

fn compare(definitions: Vec<Definition>, recorded: Vec<Recorded>) -> Status {
    let by_name = |it: Recorded| ((it.model.clone(), it.field.clone()), it);
    let mut recorded: HashMap<_, _> = recorded.into_iter().map(by_name).collect();
    let mut fields = Vec::new();
    for Definition { model, field, hash } in definitions {
        let known = recorded.remove(&(model.clone(), field.to_owned()));
        fields.push(FieldStatus {
            model,
            field: field.to_owned(),
            state: match known {
                None => FieldState::New,
                Some(known) if known.hash != hash => FieldState::Changed,
                Some(known) if known.is_current => FieldState::Current,
                Some(Recorded { cursor, .. }) => FieldState::Rebuilding { cursor },
            },
        });
    }
    fields.extend(recorded.into_keys().map(|(model, field)| FieldStatus {
        model,
        field,
        state: FieldState::Gone,
    }));
    fields.sort_by(|one, other| (&one.model, &one.field).cmp(&(&other.model, &other.field)));
    Status { fields }
}

/// Makes sure that each maintained field follows from its definition: for the start of a program.
///
/// ```no_run
/// use diesel::prelude::*;
/// use maintained_core::{MaintainedConnection, operations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db")?;
/// operations::ensure_current(&mut conn)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::NotCurrent`], which lists the others, [`Error::NotSetUp`] when there is no table
/// `maintained_fields`, and what the database says.
pub fn ensure_current<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
) -> C::Answer<'_, Result<(), Error>> {
    C::answer(async {
        let status = conn.at_work(&Look).await?;
        let stale = status.stale();
        let fields: Vec<String> = stale
            .map(|field| format!("`{}` ({})", field.name(), field.state))
            .collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(Error::NotCurrent { fields })
        }
    })
}

/// Records that a field follows from its definition, though nobody has looked.
///
/// ```no_run
/// use diesel::prelude::*;
/// use maintained_core::{MaintainedConnection, operations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db")?;
/// operations::mark_current(&mut conn, "Order", "total_cents")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::UnknownField`] when the program has no such field, [`Error::NotSetUp`] when there is no
/// table `maintained_fields`, and what the database says.
pub fn mark_current<'c, C: Wrapped>(
    conn: &'c mut MaintainedConnection<C>,
    model: &'c str,
    field: &'c str,
) -> C::Answer<'c, Result<(), Error>> {
    C::answer(record(conn, Record::One { model, field }))
}

/// Records that each field follows from its definition, though nobody has looked: for a database
/// that is known to be right.
///
/// Tables that were just made are right, and so is a database that only ever this version of the
/// program has written. It is all or nothing. Fields that the program does not have stay as they
/// are, for another program may have them.
///
/// ```standalone_crate
/// use diesel::prelude::*;
/// use maintained_core::{MaintainedConnection, operations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
/// operations::set_up(&mut conn)?;
/// operations::adopt(&mut conn)?;
/// operations::ensure_current(&mut conn)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::NotSetUp`] when there is no table `maintained_fields`, and what the database says.
pub fn adopt<C: Wrapped>(conn: &mut MaintainedConnection<C>) -> C::Answer<'_, Result<(), Error>> {
    C::answer(record(conn, Record::All))
}

async fn record<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    record: Record<'_>,
) -> Result<(), Error> {
    let level = conn.level().await?;
    let recorded = level.conn.at_work(&record).await;
    level.end(recorded).await
}

/// The fields that are said to follow from their definitions.
#[derive(Clone, Copy)]
enum Record<'r> {
    All,
    One { model: &'r str, field: &'r str },
}

impl<C: Wrapped> Task<C> for Record<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<(), Error> {
        let graph = &session.catalog.graph;
        let mut definitions = definitions(graph)?;
        if let Self::One { model, field } = *self {
            definitions.retain(|it| it.model == model && it.field == field);
            if definitions.is_empty() {
                return Err(unknown_field(graph, &format!("{model}::{field}")));
            }
        }
        table::record(session, &definitions).await
    }
}
