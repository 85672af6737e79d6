//! An explanation as text.

use std::fmt;

use super::{Action, Explanation, Follows, Planned, RowLock, Sent, Way};

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.write)?;
        if self.follows.is_empty() {
            return write!(formatter, "no field follows from it");
        }
        writeln!(formatter, "\nfields that follow:")?;
        for follows in &self.follows {
            writeln!(formatter, "{follows}")?;
        }
        let count = self.statements.len();
        if self.is_one {
            writeln!(
                formatter,
                "\none statement, which does the work of {count}:"
            )?;
        } else {
            write!(formatter, "\nat most {count} statements")?;
            match self.usual() {
                usual if usual < count => writeln!(formatter, ", {usual} as a rule:")?,
                _ => writeln!(formatter, ":")?,
            }
        }
        for (at, statement) in self.statements.iter().enumerate() {
            writeln!(formatter, "  {}. {statement}", at + 1)?;
        }
        if self.locks.is_empty() {
            return write!(formatter, "\nno row is locked on its own");
        }
        write!(formatter, "\nlocks:")?;
        for lock in &self.locks {
            write!(formatter, "\n  {lock}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Follows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |field: &&str| format!("{}::{field}", self.model);
        let fields: Vec<String> = self.fields.iter().map(named).collect();
        write!(formatter, "  {} ({})", fields.join(", "), self.by)?;
        for way in &self.ways {
            write!(formatter, "\n    {way}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "from {}", self.from.join(", "))?;
        if !self.hops.is_empty() {
            write!(formatter, " by {}", self.hops.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            table,
            columns,
            locks,
            each_level,
            sent,
        } = self;
        match action {
            Action::Insert => write!(formatter, "INSERT INTO {table}")?,
            Action::Delete => write!(formatter, "DELETE FROM {table}")?,
            Action::Update => write!(formatter, "UPDATE {table} SET {}", columns.join(", "))?,
            Action::Read => write!(formatter, "SELECT FROM {table}")?,
            Action::LockAhead => write!(formatter, "SELECT")?,
        }
        for (at, lock) in locks.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match action {
                Action::LockAhead => write!(formatter, "{comma} {lock}")?,
                _ => write!(formatter, " {}", lock.lock)?,
            }
        }
        if *each_level {
            write!(formatter, ", for each level of the tree")?;
        }
        match sent {
            Sent::Always => Ok(()),
            Sent::WithLocks => write!(formatter, ", as part of the statement that locks"),
            Sent::IfNotRead => write!(formatter, ", of rows that were not read with their locks"),
            Sent::IfWaited => write!(formatter, ", if others were waited for"),
            Sent::IfLeft => write!(formatter, ", if any are left"),
        }
    }
}

impl fmt::Display for RowLock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.table, self.lock)
    }
}
