//! How much is explored.

use std::env;
use std::str::FromStr;

/// How much is explored: a sample unless the environment says otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often it is changed from one writer to the other, once or twice.
    pub switches: usize,
    /// `EXPLORE_PAIRS`: how many pairs, at most; which ones follows from a fixed seed.
    pub pairs: usize,
    /// `EXPLORE_ORDERS`: how many orders of a pair, at most.
    pub orders: usize,
    /// `EXPLORE_JOBS`: how many pairs at once.
    pub jobs: usize,
    /// `EXPLORE_PAIR`: the names of the two writes of the only pair, or of the one that all pairs
    /// have in common. Each of their orders is told.
    pub pair: Vec<String>,
}

impl Settings {
    /// What the environment says, or else a sample with so many switches.
    pub fn sample(switches: usize) -> Self {
        let (pairs, orders) = if switches > 1 { (6, 16) } else { (60, 6) };
        let pair = env::var("EXPLORE_PAIR").unwrap_or_default();
        let names = pair.split(',').map(str::trim);
        Self {
            switches,
            pairs: number("EXPLORE_PAIRS", pairs),
            orders: number("EXPLORE_ORDERS", orders),
            jobs: number("EXPLORE_JOBS", 2),
            pair: names
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Whether each order is told.
    pub fn tells(&self) -> bool {
        self.pair.len() == 2
    }
}

fn number<N: FromStr>(name: &str, default: N) -> N {
    env::var(name).map_or(default, |text| {
        let number = text.parse().ok();
        number.unwrap_or_else(|| panic!("{name} is no number: {text}"))
    })
}

/// The address of a server, without which its tests fail.
pub fn address(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the address of a server to test on"))
}

/// A name for a database or schema that no other test has.
pub fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("maintained_explore_{}_{count}", std::process::id())
}
