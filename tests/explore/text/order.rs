//! One order of the statements of two writes.

use std::fmt;

use super::super::is_waiting;
use super::player::{End, Pause, Player};
use super::stage::Stage;
use super::writes::Write;

/// An order of the statements of two writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Which of the two begins.
    pub first: usize,
    /// How many statements the first one runs before the other one begins.
    pub then: usize,
    /// How many statements the other one runs before the first one goes on: all that it can, unless said.
    pub back: Option<usize>,
}

/// What an order came to.
#[derive(Debug)]
pub struct Result {
    /// How each of the two has ended.
    pub ends: [End; 2],
    /// Whether one waited for the other.
    pub waited: bool,
    /// Whether a write was refused, and was run again by the library.
    pub retried: bool,
    /// The fields that are stale.
    pub stale: Vec<String>,
}

impl Order {
    /// Runs the two writes in this order.
    pub fn run(self, stage: &mut Stage, players: &[Player; 2], pair: [Write; 2]) -> Result {
        stage.restore();
        let [one, other] = [self.first, 1 - self.first];
        let mut waited = false;
        let mut ends = [None; 2];
        players[one].begin(&pair[one], Some(self.then + 1));
        let pause = players[one].until_it_pauses(|_| false);
        if let Pause::Ended(end) = pause {
            ends[one] = Some(end);
        }
        players[other].begin(&pair[other], self.back.map(|back| back + 1));
        let pause =
            players[other].until_it_pauses(|number| is_waiting(&mut stage.observer, number));
        waited |= pause == Pause::Waiting;
        if let Pause::Ended(end) = pause {
            ends[other] = Some(end);
        }
        if pause == Pause::Waiting {
            players[other].go();
        }
        players[one].go();
        if pause == Pause::Held && ends[one].is_none() {
            let pause =
                players[one].until_it_pauses(|number| is_waiting(&mut stage.observer, number));
            waited |= pause == Pause::Waiting;
            if let Pause::Ended(end) = pause {
                ends[one] = Some(end);
            }
        }
        players[other].go();
        let ends = [0, 1].map(|at| ends[at].unwrap_or_else(|| last(&players[at])));
        let retried = [0, 1]
            .iter()
            .any(|&at| ends[at] == End::Done && players[at].progress().refusals > 0);
        Result {
            ends,
            waited,
            retried,
            stale: stage.stale(),
        }
    }
}

/// Waits for a writer that nobody holds any more.
fn last(player: &Player) -> End {
    loop {
        if let Pause::Ended(end) = player.until_it_pauses(|_| false) {
            return end;
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |at| if at == 0 { "A" } else { "B" };
        let (one, other) = (name(self.first), name(1 - self.first));
        write!(formatter, "{one} runs {} statements, {other} ", self.then)?;
        match self.back {
            Some(back) => write!(formatter, "{back}, then {one} goes on, then {other}"),
            None => write!(formatter, "all that it can, then {one} goes on"),
        }
    }
}
