//! The batches of a pass, handed out to one job or several, and what has come of them.

use std::collections::{BTreeMap, BTreeSet};

use super::batches::Cursor;
use super::report::{Progress, Report, Settled};

/// How far a pass is, and what it has come to.
#[derive(Debug)]
pub(super) struct Line {
    /// The last row that was handed out.
    next: Option<Cursor>,
    is_over: bool,
    /// Whether the database can be written, as far as is known.
    pub(super) may_write: bool,
    /// How many batches were handed out.
    count: usize,
    /// The batches that are not done yet.
    open: BTreeSet<usize>,
    /// The last rows of batches that are done, where one before them is not.
    done: BTreeMap<usize, Cursor>,
    /// The row up to which all batches are done.
    safe: Option<Cursor>,
    pub(super) report: Report,
    pub(super) progress: Progress,
    /// How many differences are kept.
    keep: usize,
}

/// How many batches may be handed out beyond one that is not done: after a crash they are done once
/// more.
const AHEAD: usize = 8;

/// What a job does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It reads the batch behind a row; the first, where there is none.
    Behind(Option<Cursor>),
    /// It waits for another job, whose batch takes long.
    Wait,
    /// It ends.
    End,
}

/// A batch that was handed out.
#[derive(Debug)]
pub(super) struct Batch {
    number: usize,
    /// The last row before it.
    pub(super) after: Option<Cursor>,
    /// Its last row.
    pub(super) last: Cursor,
}

impl Line {
    /// A pass that begins behind a row.
    pub(super) fn new(
        after: Option<Cursor>,
        (report, progress): (Report, Progress),
        keep: usize,
    ) -> Self {
        Self {
            next: after.clone(),
            is_over: false,
            may_write: true,
            count: 0,
            open: BTreeSet::new(),
            done: BTreeMap::new(),
            safe: after,
            report,
            progress,
            keep,
        }
    }

    /// What a job does next.
    pub(super) fn next(&self) -> Next {
        let oldest = self.open.first();
        if self.is_over {
            Next::End
        } else if oldest.is_some_and(|oldest| self.count - oldest >= AHEAD) {
            Next::Wait
        } else {
            Next::Behind(self.next.clone())
        }
    }

    /// Takes a batch that was read behind a row; none where another job has taken it meanwhile.
    pub(super) fn take(&mut self, after: Option<Cursor>, last: Option<Cursor>) -> Option<Batch> {
        if self.is_over || self.next != after {
            return None;
        }
        let Some(last) = last else {
            self.is_over = true;
            return None;
        };
        self.next = Some(last.clone());
        self.count += 1;
        self.open.insert(self.count);
        Some(Batch {
            number: self.count,
            after,
            last,
        })
    }

    /// The row up to which all is done, once this batch is.
    pub(super) fn safe_with(&self, batch: &Batch) -> Option<Cursor> {
        if self.open.first() == Some(&batch.number) {
            Some(batch.last.clone())
        } else {
            self.safe.clone()
        }
    }

    /// A batch is done.
    pub(super) fn done(&mut self, batch: Batch, seen: usize, settled: Settled) {
        self.open.remove(&batch.number);
        self.done.insert(batch.number, batch.last);
        // Up to the last batch before the oldest one that is open, all is done.
        let first = self.open.first().copied().unwrap_or(usize::MAX);
        let later = self.done.split_off(&first);
        let before = std::mem::replace(&mut self.done, later);
        if let Some((_, last)) = before.into_iter().next_back() {
            self.safe = Some(last);
        }
        let report = &mut self.report;
        report.batches += 1;
        report.seen += seen;
        report.differing += settled.differing;
        report.written += settled.written;
        report.unverified += settled.unverified;
        let room = self.keep.saturating_sub(report.differences.len());
        let kept = settled.differences.into_iter().take(room);
        report.differences.extend(kept);
        report.failures.extend(settled.failures);
        self.progress.seen += seen;
        self.progress.differing = report.differing;
        self.progress.written = report.written;
    }

    /// No more batches are handed out.
    pub(super) fn stop(&mut self) {
        self.is_over = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let progress = Progress {
            model: "Order",
            fields: Vec::new(),
            seen: 0,
            rows: 0,
            differing: 0,
            written: 0,
        };
        Line::new(None, (Report::default(), progress), 10)
    }

    fn behind(line: &Line) -> Option<Cursor> {
        match line.next() {
            Next::Behind(after) => after,
            other => panic!("{other:?}"),
        }
    }

    fn take(line: &mut Line, last: &str) -> Batch {
        let after = behind(line);
        line.take(after, Some(last.to_owned())).unwrap()
    }

    #[test]
    fn a_batch_is_safe_once_all_before_it_are_done() {
        let mut line = line();
        let [one, two, three] = ["10", "20", "30"].map(|last| take(&mut line, last));
        assert_eq!(line.safe_with(&two), None);
        line.done(two, 10, Settled::default());
        assert_eq!(line.safe_with(&three), None);
        assert_eq!(line.safe_with(&one).as_deref(), Some("10"));
        line.done(one, 10, Settled::default());
        assert_eq!(line.safe.as_deref(), Some("20"));
        assert_eq!(line.safe_with(&three).as_deref(), Some("30"));
        line.done(three, 10, Settled::default());
        assert_eq!(line.safe.as_deref(), Some("30"));
    }

    #[test]
    fn no_batch_is_taken_twice() {
        let mut line = line();
        let seen_by_both = behind(&line);
        assert!(
            line.take(seen_by_both.clone(), Some("10".to_owned()))
                .is_some()
        );
        assert!(line.take(seen_by_both, Some("10".to_owned())).is_none());
        let rest = behind(&line);
        assert_eq!(rest.as_deref(), Some("10"));
        assert!(line.take(rest, None).is_none());
        assert_eq!(line.next(), Next::End);
    }

    #[test]
    fn no_batch_is_handed_out_after_a_failure() {
        let mut line = line();
        take(&mut line, "10");
        line.stop();
        assert_eq!(line.next(), Next::End);
        assert!(
            line.take(Some("10".to_owned()), Some("20".to_owned()))
                .is_none()
        );
    }

    #[test]
    fn nobody_runs_far_ahead_of_a_batch_that_takes_long() {
        let mut line = line();
        let slow = take(&mut line, "10");
        for at in 0..AHEAD {
            let batch = take(&mut line, &format!("2{at}"));
            line.done(batch, 10, Settled::default());
        }
        assert_eq!(line.next(), Next::Wait);
        line.done(slow, 10, Settled::default());
        assert_eq!(line.next(), Next::Behind(Some(format!("2{}", AHEAD - 1))));
    }
}
