//! The lines of documentation in a Rust file.

/// How many lines of documentation there are, and how many of them are too long.
#[derive(Debug, Default)]
pub(super) struct Share {
    pub(super) all: usize,
    pub(super) long: usize,
}

impl Share {
    /// Adds the lines of a file.
    pub(super) fn add(&mut self, text: &str, width: usize) {
        let lines = text.lines().filter(|line| {
            let line = line.trim_start();
            (line.starts_with("///") && !line.starts_with("////")) || line.starts_with("//!")
        });
        for line in lines {
            self.all += 1;
            self.long += usize::from(line.chars().count() > width);
        }
    }

    /// How many of a hundred lines are too long.
    pub(super) fn percent(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody writes so many lines")]
        let share = self.long as f64 / self.all.max(1) as f64;
        100.0 * share
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn documentation_counts_and_comments_do_not() {
        let mut share = Share::default();
        share.add(
            "/// short\n//! longer than ten\n// a comment that is long\n//// none\nfn f() {}",
            10,
        );
        assert_eq!((share.all, share.long), (2, 1));
        assert!((share.percent() - 50.0).abs() < f64::EPSILON);
    }
}
