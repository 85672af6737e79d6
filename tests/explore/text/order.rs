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
    /// How many statements the other one runs before the first one goes on: all that it can, unless
    /// said.
    pub back: Option<usize>,
}

/// What an order came to.
#[derive(Debug)]
pub struct Came {
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
    pub fn run(self, stage: &mut Stage, players: &[Player; 2], pair: [Write; 2]) -> Came {
        stage.restore();
        let [one, other] = [self.first, 1 - self.first];
        let mut race = Race {
            stage,
            players,
            ends: [None, None],
            waited: false,
        };
        players[one].begin(&pair[one], Some(self.then + 1));
        race.until_it_pauses(one);
        players[other].begin(&pair[other], self.back.map(|back| back + 1));
        match race.until_it_pauses(other) {
            Pause::Held => {
                players[one].go();
                race.until_it_pauses(one);
            }
            // Once it has its lock it is not held again.
            Pause::Waiting | Pause::Ended(_) => {}
        }
        race.end()
    }
}

/// Two writers under way.
struct Race<'r> {
    stage: &'r mut Stage,
    players: &'r [Player; 2],
    ends: [Option<End>; 2],
    waited: bool,
}

impl Race<'_> {
    /// Waits until a writer is held, has ended, or waits for the other one.
    fn until_it_pauses(&mut self, at: usize) -> Pause {
        if let Some(end) = &self.ends[at] {
            return Pause::Ended(end.clone());
        }
        let observer = &mut self.stage.observer;
        let pause = self.players[at].until_it_pauses(|number| is_waiting(observer, number));
        match &pause {
            Pause::Ended(end) => self.ends[at] = Some(end.clone()),
            Pause::Waiting => self.waited = true,
            Pause::Held => {}
        }
        pause
    }

    /// Lets both go on to their ends, and looks at what is left.
    fn end(self) -> Came {
        for player in self.players {
            player.go();
        }
        let ends = [0, 1].map(|at| {
            let end = self.ends[at].clone();
            end.unwrap_or_else(|| self.players[at].end())
        });
        let mut both = ends.iter().zip(self.players);
        let retried = both.any(|(end, player)| *end == End::Done && player.progress().refusals > 0);
        Came {
            ends,
            waited: self.waited,
            retried,
            stale: self.stage.stale(),
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
