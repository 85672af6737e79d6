//! Processes that are killed: the database finds out by itself.

use std::thread;
use std::time::Duration;

use super::super::super::{NAME, is_gone};
use super::super::shop;
use super::victim::{Victim, Word};
use super::{load, loads, strikes, wait_until};
use crate::random::Random;

/// The part of a scope in which a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Body,
    /// The commit included.
    Flush,
}

impl Part {
    fn begins_with(self, word: Word) -> bool {
        match self {
            Self::Body => matches!(word, Word::Body(_)),
            Self::Flush => matches!(word, Word::Flush(_)),
        }
    }

    fn ends_with(self, word: Word) -> bool {
        match self {
            Self::Body => matches!(word, Word::Flush(_)),
            Self::Flush => matches!(word, Word::Done(_)),
        }
    }
}

#[test]
fn process_killed_in_a_scopes_body() {
    kill_in(Part::Body);
}

#[test]
fn process_killed_in_a_scopes_flush() {
    kill_in(Part::Flush);
}

/// Kills processes at any moment of a part of a scope.
fn kill_in(part: Part) {
    let place = shop::stocked();
    let mut conn = place.connect();
    let mut random = Random::new(7);
    let (mut struck, mut tried) = (0, 0);
    let mut longest = 8_000;
    while struck < strikes() {
        tried += 1;
        assert!(tried < 50 * strikes(), "no blow comes in time");
        let mut certain = loads(&mut conn);
        let first = certain.last().map_or(1, |last| last + 1);
        let mut victim = Victim::start(&place.url(), first);
        let Word::Connected(number) = victim.next_word() else {
            panic!("a victim first says its number");
        };
        let mut said = Vec::new();
        for _ in 0..=random.below(3) {
            let parts = std::iter::from_fn(|| Some(victim.next_word()));
            for word in parts {
                said.push(word);
                if part.begins_with(word) {
                    break;
                }
            }
        }
        thread::sleep(Duration::from_micros(random.below(longest)));
        let last_words = victim.kill();
        let is_struck = !last_words.iter().any(|&word| part.ends_with(word));
        if is_struck {
            struck += 1;
        } else {
            longest = longest * 3 / 4 + 100;
        }
        said.extend(last_words);
        wait_until(|| is_gone(&mut conn, number));
        certain.extend(said.iter().filter_map(|word| match word {
            Word::Done(load) => Some(*load),
            _ => None,
        }));
        let left = loads(&mut conn);
        let next = certain.last().map_or(1, |last| last + 1);
        let is_whole = left.strip_prefix(&certain[..]) == Some(&[next]);
        assert!(
            left == certain || is_whole && !(is_struck && part == Part::Body),
            "{left:?} is there after {said:?}"
        );
        // No lock is left behind.
        load(&mut conn, next + 1).unwrap();
    }
    eprintln!("{NAME}: {struck} of {tried} processes were killed in a scope's {part:?}");
}
