//! What an exploration came to.

use std::fmt;
use std::time::Duration;

/// How many wrong orders are told one by one.
const MOST_TOLD: usize = 20;

/// What the orders of a pair of writes came to.
#[derive(Debug, Clone, Default)]
pub struct OfPair {
    pub names: [&'static str; 2],
    pub orders: usize,
    /// In how many orders a write was refused, and the caller was told so.
    pub refused: usize,
    /// In how many orders a write was refused, and run again by the library.
    pub retried: usize,
    /// In how many orders a write waited for the other one.
    pub waited: usize,
    /// In how many orders a write came too late.
    pub missed: usize,
    /// In how many orders a write failed for another reason.
    pub failed: usize,
    /// After how many orders a field was stale.
    pub stale: usize,
    /// The orders after which a field was stale, or in which a write failed, and how.
    pub wrong: Vec<String>,
}

/// What all pairs came to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Where, and how.
    pub title: String,
    pub pairs: Vec<OfPair>,
    pub took: Duration,
}

impl Figures {
    /// Every order after which a field was stale, or in which a write failed.
    pub fn wrong(&self) -> Vec<String> {
        let wrong = self.pairs.iter().flat_map(|pair| {
            let [a, b] = pair.names;
            let told = move |it| format!("A {a}, B {b}: {it}");
            pair.wrong.iter().map(told)
        });
        wrong.collect()
    }

    /// After how many orders a field was stale.
    pub fn stale(&self) -> usize {
        self.sum(|it| it.stale)
    }

    fn sum(&self, count: impl Fn(&OfPair) -> usize) -> usize {
        self.pairs.iter().map(count).sum()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders = self.sum(|it| it.orders);
        let refused = self.sum(|it| it.refused);
        let mut worst: Vec<&OfPair> = self.pairs.iter().collect();
        worst.retain(|it| it.refused > 0 || it.retried > 0 || !it.wrong.is_empty());
        worst.sort_by_key(|it| (it.wrong.len(), it.refused, it.retried));
        writeln!(
            formatter,
            "{}: {} pairs, {orders} orders in {:.1} s, stale in {}, failed in {}, refused in {refused} ({}) of {} pairs, \
             run again by the library in {}, waited in {}, too late in {}",
            self.title,
            self.pairs.len(),
            self.took.as_secs_f64(),
            self.stale(),
            self.sum(|it| it.failed),
            share(refused, orders),
            worst.iter().filter(|it| it.refused > 0).count(),
            self.sum(|it| it.retried),
            self.sum(|it| it.waited),
            self.sum(|it| it.missed),
        )?;
        for pair in worst.iter().rev() {
            let [a, b] = pair.names;
            writeln!(
                formatter,
                "  {:>5} of {:>5} refused ({:>6}), {:>4} run again, {:>3} stale: {a},{b}",
                pair.refused,
                pair.orders,
                share(pair.refused, pair.orders),
                pair.retried,
                pair.stale,
            )?;
        }
        for wrong in self.wrong().iter().take(MOST_TOLD) {
            writeln!(formatter, "  {wrong}")?;
        }
        Ok(())
    }
}

/// A share in tenths of a percent.
fn share(part: usize, whole: usize) -> String {
    let thousandths = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}
