//! All orders of all pairs, by several explorers at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use maintained::Isolation;

use super::super::{Conn, NAME};
use super::gate::Progress;
use super::order::{Came, Order};
use super::player::{End, Player};
use super::stage::Stage;
use super::writes::{self, Write};
use crate::figures::{Figures, OfPair};
use crate::random::Random;
use crate::settings::Settings;

/// What the sample of pairs follows from; that of a pair's orders follows from its names.
const SEED: u64 = 11;

/// After how many pairs one is told how far it is.
const BETWEEN_NOTES: usize = 100;

/// Whether rows are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    On,
    Off,
}

/// Whether fields from which nothing else follows go by short ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    Short,
    General,
}

/// What the connections of an exploration have in common, and what they write.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub level: Isolation,
    pub locking: Locking,
    pub ways: Ways,
    pub writes: fn() -> Vec<Write>,
}

impl Terms {
    /// All writes but those of sums, as users make them.
    pub fn usual(level: Isolation) -> Self {
        Self {
            level,
            locking: Locking::On,
            ways: Ways::Short,
            writes: writes::all,
        }
    }
}

/// Runs the orders of the pairs that are wanted.
pub fn explore(terms: Terms, settings: &Settings) -> Figures {
    let begin = Instant::now();
    let pairs = pairs(&(terms.writes)(), settings);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|threads| {
        for _ in 0..settings.jobs.clamp(1, pairs.len()) {
            threads.spawn(|| {
                let mut explorer = Explorer::new(terms, settings);
                while let Some(&pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let figures = explorer.explore(pair);
                    let mut found = found.lock().unwrap();
                    found.push(figures);
                    if found.len() % BETWEEN_NOTES == 0 {
                        eprintln!("{NAME}: {} of {} pairs", found.len(), pairs.len());
                    }
                }
            });
        }
    });
    let mut pairs = found.into_inner().unwrap();
    pairs.sort_by_key(|pair: &OfPair| pair.names);
    let figures = Figures {
        title: format!(
            "{NAME}, {:?}, locking {:?}, ways: {:?}, switches: {}",
            terms.level, terms.locking, terms.ways, settings.switches
        ),
        pairs,
        took: begin.elapsed(),
    };
    eprintln!("{figures}");
    figures
}

/// The pairs that are wanted.
fn pairs(writes: &[Write], settings: &Settings) -> Vec<[Write; 2]> {
    for name in &settings.pair {
        let known = writes.iter().any(|write| write.name == name);
        let names: Vec<&str> = writes.iter().map(|write| write.name).collect();
        assert!(
            known,
            "there is no write `{name}`, but {}",
            names.join(", ")
        );
    }
    let is_wanted = |pair: &[Write; 2]| match settings.pair.as_slice() {
        [] => true,
        [one] => pair.iter().any(|write| write.name == one),
        [one, other, ..] => {
            let [a, b] = pair.map(|write| write.name);
            [a, b] == [one, other] || [b, a] == [one, other]
        }
    };
    let pairs = writes
        .iter()
        .enumerate()
        .flat_map(|(at, &one)| writes[at..].iter().map(move |&other| [one, other]));
    sample(pairs.filter(is_wanted).collect(), settings.pairs, SEED)
}

/// Some of all, in their order, which follow from a seed.
fn sample<T>(mut all: Vec<T>, most: usize, seed: u64) -> Vec<T> {
    let mut random = Random::new(seed);
    while all.len() > most {
        let at = random.below(all.len() as u64);
        all.remove(usize::try_from(at).unwrap());
    }
    all
}

/// Two writers, and what they write on.
struct Explorer<'s> {
    settings: &'s Settings,
    stage: Stage,
    players: [Player; 2],
}

impl<'s> Explorer<'s> {
    fn new(terms: Terms, settings: &'s Settings) -> Self {
        let stage = Stage::new();
        let player = |_| {
            let mut conn = Conn::new(stage.place.connect());
            conn.set_isolation(terms.level).unwrap();
            conn.set_retries(0);
            if terms.locking == Locking::Off {
                conn.switch_off_locks();
            }
            if terms.ways == Ways::General {
                conn.switch_off_short_ways();
            }
            Player::new(conn, settings.tells())
        };
        let players = [0, 1].map(player);
        Self {
            settings,
            stage,
            players,
        }
    }

    /// Runs the orders of a pair that are wanted.
    fn explore(&mut self, pair: [Write; 2]) -> OfPair {
        let counts = [0, 1].map(|at| self.statements(at, &pair[at]));
        let mut figures = OfPair {
            names: pair.map(|write| write.name),
            ..OfPair::default()
        };
        let seed = pair
            .map(|write| write.name)
            .concat()
            .bytes()
            .map(u64::from)
            .sum();
        for order in sample(self.orders(counts), self.settings.orders, seed) {
            let came = order.run(&mut self.stage, &self.players, pair);
            if self.settings.tells() {
                eprintln!("{order}: {came:?}");
            }
            count(&mut figures, order, came);
        }
        figures
    }

    /// How many statements a write sends when it is alone.
    fn statements(&mut self, at: usize, write: &Write) -> usize {
        let progress = alone(&mut self.stage, &self.players[at], write);
        if self.settings.tells() {
            eprintln!("{}:", write.name);
            for (number, text) in (1..).zip(progress.texts) {
                eprintln!("  {number} {text}");
            }
        }
        progress.statements
    }

    /// The orders with as many switches as are wanted, from the numbers of the writers' statements.
    ///
    /// An order in which a writer runs not a single statement, or all of them, is one with fewer
    /// switches. Those with none are among those with one.
    fn orders(&self, counts: [usize; 2]) -> Vec<Order> {
        let orders = [0, 1].into_iter().flat_map(|first| {
            let [one, other] = [counts[first], counts[1 - first]];
            let two = self.settings.switches > 1;
            (1..=if two { one - 1 } else { one }).flat_map(move |then| {
                let backs = if two {
                    (1..other).map(Some).collect()
                } else {
                    vec![None]
                };
                backs
                    .into_iter()
                    .map(move |back| Order { first, then, back })
            })
        });
        orders.collect()
    }
}

/// Counts what an order came to.
fn count(figures: &mut OfPair, order: Order, came: Came) {
    let Came { ends, stale, .. } = came;
    let has_failed = ends.iter().any(|end| matches!(end, End::Failed(_)));
    figures.orders += 1;
    figures.refused += usize::from(ends.contains(&End::Refused));
    figures.missed += usize::from(ends.contains(&End::Missed));
    figures.retried += usize::from(came.retried);
    figures.waited += usize::from(came.waited);
    figures.failed += usize::from(has_failed);
    figures.stale += usize::from(!stale.is_empty());
    if has_failed || !stale.is_empty() {
        let told = format!("{order}: stale: [{}], {ends:?}", stale.join(", "));
        figures.wrong.push(told);
    }
}

/// Runs a write alone, and says what it has sent.
pub fn alone(stage: &mut Stage, player: &Player, write: &Write) -> Progress {
    stage.restore();
    player.begin(write, None);
    assert_eq!(player.end(), End::Done, "{} alone", write.name);
    assert_eq!(stage.stale(), Vec::<String>::new(), "{} alone", write.name);
    player.progress()
}
