//! The brackets that are open, and the moments at which they look at their rows.
//!
//! A bracket brings to light what statements have done that the library has not made: it compares
//! images of its rows. It holds them as they were at the latest *moment*: at its entry, at its
//! exit, and whenever the caller's own statements and what the library does take turns. Before the
//! caller's, what hangs on the rows by now has to be known, since it may go without a trace. Before
//! the library's, what the statements have done gets its marks: a flush must not read a state of
//! which nothing is known afterwards, and a write may take a row out of the filter.

use std::collections::BTreeSet;

use diesel::query_builder::QueryFragment;

use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::engine::cascade::Hanging;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Choice, ModelIndex};
use crate::marks::mode::Mode;
use crate::report::{FlushReport, Work};
use crate::rows::select::Found;
use crate::session::{Session, reading};
use crate::sql::statement::Statement;
use crate::sql::{Dialect, Kept};

/// The brackets of a connection, outermost first.
pub(crate) struct Brackets<C: Wrapped>(Vec<Bracket<C>>);

/// A bracket that is open.
struct Bracket<C: Wrapped> {
    model: ModelIndex,
    filter: Kept<C::Db>,
    choice: Choice,
    /// What is known, by the level in which it became so.
    held: Vec<Held<C>>,
}

/// What a bracket has come to know in a level, which is forgotten when that is undone.
struct Held<C: Wrapped> {
    depth: usize,
    since: Since,
    /// The images of the latest moment, if it was in this level.
    images: Option<Hanging<C>>,
}

/// What has happened since the latest moment.
#[derive(Debug, Clone, Copy, Default)]
struct Since {
    /// Whether the caller has sent a statement of its own.
    statements: bool,
    /// Whether the library has changed rows on which the bracket looks: by writes, by flushes, by
    /// brackets inside.
    writes: bool,
}

/// Whose move is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The caller's: a statement of its own.
    Caller,
    /// The library's: a write, a flush, the entry of another bracket.
    Library,
}

impl Since {
    /// Whether a bracket has to look at its rows first.
    fn calls_for_a_moment(self, next: Next) -> bool {
        match next {
            Next::Caller => self.writes,
            Next::Library => self.statements,
        }
    }
}

impl<C: Wrapped> Brackets<C> {
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether a bracket around rows of a model is open.
    pub(super) fn are_around(&self, model: ModelIndex) -> bool {
        self.0.iter().any(|bracket| bracket.model == model)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the caller has sent statements of which the marks are not yet there.
    pub(super) fn are_behind(&self) -> bool {
        self.0.iter().any(|it| it.since().statements)
    }

    /// Drops the brackets that were opened after there were so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The innermost level has ended: what has become known in it is known in the level outside.
    pub(super) fn release(&mut self, depth: usize) {
        self.0.iter_mut().for_each(|it| it.release(depth));
    }

    /// The innermost level was undone.
    pub(super) fn rollback(&mut self, depth: usize) {
        for bracket in &mut self.0 {
            bracket.held.retain(|held| held.depth <= depth);
        }
    }
}

impl<C: Wrapped> Bracket<C> {
    fn since(&self) -> Since {
        self.held.last().map(|held| held.since).unwrap_or_default()
    }

    fn images(&self) -> Option<&Hanging<C>> {
        self.held.iter().rev().find_map(|held| held.images.as_ref())
    }

    /// What becomes known in a level.
    fn at(&mut self, depth: usize) -> &mut Held<C> {
        let since = self.since();
        if self.held.last().is_none_or(|held| held.depth < depth) {
            let images = None;
            self.held.push(Held {
                depth,
                since,
                images,
            });
        }
        let last = self.held.len() - 1;
        &mut self.held[last]
    }

    fn release(&mut self, depth: usize) {
        if let Some(inner) = self.held.pop_if(|held| held.depth > depth) {
            let outer = self.at(depth);
            outer.since = inner.since;
            if inner.images.is_some() {
                outer.images = inner.images;
            }
        }
    }

    /// Looks at the rows, and holds them as they are.
    async fn look(
        &mut self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        let roots = matching(session, self.model, &*self.filter, Lock::Update).await?;
        let matched = roots.ids.clone();
        let now = match self.images() {
            Some(images) => images.anew(session, self.model, roots).await?,
            None => Hanging::on(session, self.model, roots).await?,
        };
        // Where only the library has changed rows, its writes have left the marks.
        if self.since().statements {
            self.leave_marks(session, marking, &now, &matched);
        }
        let held = self.at(depth);
        held.since = Since::default();
        held.images = Some(now);
        Ok(())
    }

    /// Looks at the rows for the last time.
    async fn look_back(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let Some(images) = self.images().filter(|_| self.since().statements) else {
            return Ok(());
        };
        let mut now = images.again(session).await?;
        let found = matching(session, self.model, &*self.filter, Lock::None).await?;
        let matched = found.ids.clone();
        now.add(self.model, found);
        self.leave_marks(session, marking, &now, &matched);
        Ok(())
    }

    /// Leaves the marks of what the caller's statements have done since the latest moment.
    fn leave_marks(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        now: &Hanging<C>,
        matched: &[Id],
    ) {
        if let Some(images) = self.images()
            && let Some(mut recorder) = marking.recorder(session)
        {
            images.record(&mut recorder, now);
            images.record_new(&mut recorder, now, self.model, matched);
        }
    }
}

/// The rows that a filter matches, ordered by key.
pub(crate) async fn matching<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    filter: &(dyn QueryFragment<C::Db> + Sync),
    lock: Lock,
) -> Result<Found<C::Db>, Error> {
    let registration = session.registration(model);
    let mut statement = Statement::new("SELECT ");
    statement.made(registration.selection);
    for name in registration.key_names() {
        statement.text(", ").name(name);
    }
    statement
        .text(" FROM ")
        .made(registration.table)
        .text(" WHERE ")
        .borrowed(filter);
    statement
        .text(" ORDER BY ")
        .names(registration.key_names())
        .text(C::Db::lock(session.strength(lock)));
    let mut ids = Vec::new();
    let mut rows = (registration.new_rows)();
    let read = session
        .load(statement, &mut |row, arenas| {
            rows.read(row, 0)?;
            let arena = arenas.get_mut(model);
            ids.push((registration.read_key)(row, registration.width, arena)?);
            Ok(())
        })
        .await;
    read.map_err(|source| reading(registration.meta.name, source))?;
    Ok(Found { ids, rows })
}

/// Which of its looks a bracket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Further,
    Last,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Opens a bracket in the level that is open, and looks at its rows.
    pub(crate) async fn open_bracket(
        &mut self,
        model: ModelIndex,
        filter: Kept<C::Db>,
    ) -> Result<(), Error> {
        self.before_change().await?;
        self.state.brackets.0.push(Bracket {
            model,
            filter,
            choice: self.choice(),
            held: Vec::new(),
        });
        // The images know their rows by ids.
        self.state.pending.hold_ids();
        let innermost = self.state.brackets.len() - 1;
        self.look(innermost, Look::Further).await
    }

    /// Closes the innermost bracket. To those around it, what was done in it is a change by the
    /// library.
    pub(crate) async fn close_bracket(&mut self) -> Result<(), Error> {
        let Some(innermost) = self.state.brackets.len().checked_sub(1) else {
            return Ok(());
        };
        self.look(innermost, Look::Last).await?;
        match self.state.brackets.0.pop() {
            Some(it) => self.note_write(it.model),
            None => Ok(()),
        }
    }

    /// Lets the brackets look at their rows, if need be, before the caller's own statement is run.
    pub(crate) async fn before_statement(&mut self) -> Result<(), Error> {
        if self.state.brackets.is_empty() {
            return Ok(());
        }
        self.look_before(Next::Caller).await?;
        let depth = self.state.pending.depth();
        for bracket in &mut self.state.brackets.0 {
            bracket.at(depth).since.statements = true;
        }
        Ok(())
    }

    /// Lets the brackets look at their rows, if need be, before the library changes any, or works
    /// marks off.
    pub(crate) async fn before_change(&mut self) -> Result<(), Error> {
        self.look_before(Next::Library).await
    }

    async fn look_before(&mut self, next: Next) -> Result<(), Error> {
        for at in 0..self.state.brackets.len() {
            if self.state.brackets.0[at].since().calls_for_a_moment(next) {
                self.look(at, Look::Further).await?;
            }
        }
        Ok(())
    }

    /// Lets a bracket look at its rows.
    async fn look(&mut self, at: usize, look: Look) -> Result<(), Error> {
        let depth = self.state.pending.depth();
        let mut counted = Work::default();
        let (mut session, rest) = self.session(&mut counted)?;
        let bracket = &mut rest.brackets.0[at];
        let mut marking = Marking {
            pending: rest.pending,
            choice: bracket.choice.clone(),
            mode: Mode::Buffered,
            counts: rest.counts,
        };
        let looked = match look {
            Look::Further => bracket.look(&mut session, &mut marking, depth).await,
            Look::Last => bracket.look_back(&mut session, &mut marking).await,
        };
        self.noting(looked).await
    }

    /// A write of the library's has changed rows of a model, and may have taken along what hangs on
    /// them.
    pub(crate) fn note_write(&mut self, model: ModelIndex) -> Result<(), Error> {
        self.note_changes(|catalog| catalog.graph.models[model].below.clone())
    }

    /// A flush has changed rows.
    pub(super) fn note_flush(&mut self, report: &FlushReport) -> Result<(), Error> {
        self.note_changes(|catalog| {
            let models = &catalog.graph.models;
            let changed = |model: &ModelIndex| report.model(models[*model].meta.name).changed > 0;
            models.keys().filter(changed).collect()
        })
    }

    fn note_changes(
        &mut self,
        changed: impl FnOnce(&Catalog<C::Db>) -> BTreeSet<ModelIndex>,
    ) -> Result<(), Error> {
        if self.state.brackets.is_empty() {
            return Ok(());
        }
        let catalog = Catalog::get()?;
        let changed = changed(catalog);
        let models = &catalog.graph.models;
        let depth = self.state.pending.depth();
        for bracket in &mut self.state.brackets.0 {
            if !models[bracket.model].below.is_disjoint(&changed) {
                bracket.at(depth).since.writes = true;
            }
        }
        Ok(())
    }
}
