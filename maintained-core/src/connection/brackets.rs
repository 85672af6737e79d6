//! The brackets that are open, and the moments at which they look at their rows.
//!
//! A bracket brings to light what statements have done that the library has not made: it compares images of its rows. It
//! holds them as they were at the latest *moment*: at its entry, at its exit, and whenever the caller's own statements and what the
//! library does take turns. Before the caller's, what hangs on the rows by now has to be known, since it may go without
//! a trace. Before the library's, what the statements have done gets its marks: a flush must not read a state of which nothing is
//! known afterwards, and a write may take a row out of the filter.

use std::collections::BTreeSet;

use diesel::query_builder::QueryFragment;

use crate::arena::Id;
use crate::backend::kept::Kept;
use crate::backend::{Database, Lock};
use crate::cascade::Hanging;
use crate::connection::{MaintainedConnection, Marking};
use crate::error::Error;
use crate::graph::{Choice, ModelIndex};
use crate::mode::Mode;
use crate::model::Model;
use crate::registry::Catalog;
use crate::report::{FlushReport, Work};
use crate::session::{Found, Session, reading};
use crate::statement::Statement;

/// The brackets of a connection, outermost first.
pub(crate) struct Brackets<C: Database>(Vec<Bracket<C>>);

/// A bracket that is open.
struct Bracket<C: Database> {
    model: ModelIndex,
    filter: Kept<C::Backend>,
    choice: Choice,
    /// What is known, by the level in which it became so.
    held: Vec<Held<C>>,
}

/// What a bracket has come to know in a level, which is forgotten when that is undone.
struct Held<C: Database> {
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
    /// Whether the library has changed rows on which the bracket looks: by writes, by flushes, by brackets inside.
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

impl<C: Database> Brackets<C> {
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether a bracket around rows of a model is open.
    pub(super) fn are_around(&self, model: ModelIndex) -> bool {
        self.0.iter().any(|bracket| bracket.model == model)
    }

    fn is_empty(&self) -> bool {
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

impl<C: Database> Bracket<C> {
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
    fn look(
        &mut self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        let roots = matching(session, self.model, &*self.filter, Lock::Update)?;
        let matched = roots.ids.clone();
        let now = match self.images() {
            Some(images) => images.anew(session, self.model, roots)?,
            None => Hanging::on(session, self.model, roots)?,
        };
        // What the library has done has left its marks.
        if self.since().statements {
            self.settle(session, marking, &now, &matched);
        }
        let held = self.at(depth);
        held.since = Since::default();
        held.images = Some(now);
        Ok(())
    }

    /// Looks at the rows for the last time.
    fn look_back(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let Some(images) = self.images().filter(|_| self.since().statements) else {
            return Ok(());
        };
        let mut now = images.again(session)?;
        let found = matching(session, self.model, &*self.filter, Lock::None)?;
        let matched = found.ids.clone();
        now.add(self.model, found);
        self.settle(session, marking, &now, &matched);
        Ok(())
    }

    /// Leaves the marks of what has happened since the latest moment.
    fn settle(
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
pub(crate) fn matching<C: Database>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    filter: &dyn QueryFragment<C::Backend>,
    lock: Lock,
) -> Result<Found<C>, Error> {
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
        .text(C::lock(session.strength(lock)));
    let mut ids = Vec::new();
    let mut rows = (registration.new_rows)();
    let read = session.load(statement, &mut |row, arenas| {
        rows.read(row)?;
        let arena = arenas.get_mut(model);
        ids.push((registration.read_key)(row, registration.width, arena)?);
        Ok(())
    });
    read.map_err(|source| reading(registration.meta.name, source))?;
    Ok(Found { ids, rows })
}

/// A bracket that looks at its rows.
type Look<C> =
    fn(&mut Bracket<C>, &mut Session<'_, C>, &mut Marking<'_>, usize) -> Result<(), Error>;

impl<C: Database> MaintainedConnection<C> {
    /// Opens a bracket in the level that is open, and looks at its rows.
    pub(crate) fn open_bracket(
        &mut self,
        model: ModelIndex,
        filter: Kept<C::Backend>,
    ) -> Result<(), Error> {
        self.before_change()?;
        self.state.brackets.0.push(Bracket {
            model,
            filter,
            choice: self.choice(),
            held: Vec::new(),
        });
        self.state.pending.hold_ids();
        let innermost = self.state.brackets.len() - 1;
        self.look(|at, _| at == innermost, Bracket::look)
    }

    /// Closes the innermost bracket. To those around it, what was done in it is a change by the library.
    pub(crate) fn close_bracket(&mut self) -> Result<(), Error> {
        let innermost = self.state.brackets.len().saturating_sub(1);
        let look_back: Look<C> = |bracket, session, marking, _| bracket.look_back(session, marking);
        self.look(|at, _| at == innermost, look_back)?;
        match self.state.brackets.0.pop() {
            Some(it) => self.note_changes(|known| Ok(known.graph.models[it.model].below.clone())),
            None => Ok(()),
        }
    }

    /// Lets the brackets look at their rows, if need be, before the caller's own statement is run.
    pub(crate) fn before_statement(&mut self) -> Result<(), Error> {
        if self.state.brackets.is_empty() {
            return Ok(());
        }
        self.look_before(Next::Caller)?;
        let depth = self.state.pending.depth();
        for bracket in &mut self.state.brackets.0 {
            bracket.at(depth).since.statements = true;
        }
        Ok(())
    }

    /// Lets the brackets look at their rows, if need be, before the library changes any, or works marks off.
    pub(crate) fn before_change(&mut self) -> Result<(), Error> {
        self.look_before(Next::Library)
    }

    fn look_before(&mut self, next: Next) -> Result<(), Error> {
        self.look(|_, since| since.calls_for_a_moment(next), Bracket::look)
    }

    /// Lets some of the brackets look at their rows, by their place and by what has happened since the latest moment.
    fn look(&mut self, which: impl Fn(usize, Since) -> bool, look: Look<C>) -> Result<(), Error> {
        let depth = self.state.pending.depth();
        for at in 0..self.state.brackets.len() {
            if !which(at, self.state.brackets.0[at].since()) {
                continue;
            }
            let mut counted = Work::default();
            let (mut session, rest) = self.session(&mut counted)?;
            let bracket = &mut rest.brackets.0[at];
            let mut marking = Marking {
                pending: rest.pending,
                choice: bracket.choice.clone(),
                mode: Mode::Buffered,
                counts: rest.counts,
            };
            let looked = look(bracket, &mut session, &mut marking, depth);
            self.noting(looked)?;
        }
        Ok(())
    }

    /// A write of the library's has changed rows of a model, and may have taken along what hangs on them.
    pub(crate) fn note_write<M: Model>(&mut self) -> Result<(), Error> {
        self.note_changes(|catalog| {
            let model = catalog.index_of::<M>()?;
            Ok(catalog.graph.models[model].below.clone())
        })
    }

    /// A flush has changed rows.
    pub(super) fn note_flush(&mut self, report: &FlushReport) -> Result<(), Error> {
        self.note_changes(|catalog| {
            let models = &catalog.graph.models;
            let changed = |model: &ModelIndex| report.model(models[*model].meta.name).changed > 0;
            Ok((0..models.len()).filter(changed).collect())
        })
    }

    fn note_changes(
        &mut self,
        changed: impl FnOnce(&Catalog<C>) -> Result<BTreeSet<ModelIndex>, Error>,
    ) -> Result<(), Error> {
        if self.state.brackets.is_empty() {
            return Ok(());
        }
        let catalog = Catalog::get()?;
        let changed = changed(catalog)?;
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
