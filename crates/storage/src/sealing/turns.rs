//! Turns at hashing, which takes tens of milliseconds of a core and 46 MiB. Sign-ins from known addresses go first, one
//! network after another. A few others wait behind them, and the rest are turned away at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::database::error::Error;

/// How many hashes are computed at once.
const AT_ONCE: usize = 2;
/// How many of these may be for unknown addresses. So a place for known addresses is always free, or soon will be.
const UNKNOWN_AT_ONCE: usize = 1;
/// How many from unknown addresses may wait: about a second's work.
const UNKNOWN_WAITING: usize = 16;
/// How many may wait from one known network, and from all.
const WAITING_FROM_ONE: usize = 64;
const WAITING: usize = 512;

/// The place of a hash in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Among the first. Hashes with the same key share one turn in each round.
    Known(String),
    /// Behind all others.
    Unknown,
}

/// The right to compute one hash, until this is dropped.
pub(crate) struct Turn {
    turns: Turns,
    is_known: bool,
    is_taken: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_taken {
            self.turns.end(self.is_known);
        }
    }
}

#[derive(Default)]
struct Queue {
    running: usize,
    unknown_running: usize,
    known: HashMap<String, VecDeque<Sender<Turn>>>,
    /// The keys with waiting hashes, the next one first.
    round: VecDeque<String>,
    known_waiting: usize,
    unknown: VecDeque<Sender<Turn>>,
}

impl Queue {
    fn begin(&mut self, is_known: bool) -> bool {
        let free = self.running < AT_ONCE && (is_known || self.unknown_running < UNKNOWN_AT_ONCE);
        if free {
            self.running += 1;
            self.unknown_running += usize::from(!is_known);
        }
        free
    }

    fn end(&mut self, is_known: bool) {
        self.running -= 1;
        self.unknown_running -= usize::from(!is_known);
    }

    fn queue(&mut self, line: Line) -> Option<Receiver<Turn>> {
        let (sender, turn) = oneshot::channel();
        match line {
            Line::Known(key) => {
                let same = self.known.entry(key.clone()).or_default();
                if self.known_waiting >= WAITING || same.len() >= WAITING_FROM_ONE {
                    return None;
                }
                if same.is_empty() {
                    self.round.push_back(key);
                }
                same.push_back(sender);
                self.known_waiting += 1;
            }
            Line::Unknown if self.unknown.len() >= UNKNOWN_WAITING => return None,
            Line::Unknown => self.unknown.push_back(sender),
        }
        Some(turn)
    }

    /// The next hash, if there is a place.
    fn next(&mut self) -> Option<(Sender<Turn>, bool)> {
        if let Some(key) = self.round.front().cloned() {
            if !self.begin(true) {
                return None;
            }
            self.round.pop_front();
            let same = self.known.get_mut(&key);
            let sender = same.and_then(VecDeque::pop_front);
            if self.known.get(&key).is_some_and(|same| !same.is_empty()) {
                self.round.push_back(key);
            } else {
                self.known.remove(&key);
            }
            self.known_waiting -= 1;
            return sender.map(|sender| (sender, true));
        }
        if self.unknown.is_empty() || !self.begin(false) {
            return None;
        }
        self.unknown.pop_front().map(|sender| (sender, false))
    }
}

/// The line. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<Queue>>);

impl Turns {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Turned away at once where too many wait already.
    pub(crate) async fn take(&self, line: Line) -> Result<Turn, Error> {
        let is_known = line != Line::Unknown;
        let turn = {
            let mut waiting = self.lock();
            if waiting.begin(is_known) {
                return Ok(Turn { turns: self.clone(), is_known, is_taken: true });
            }
            waiting.queue(line).ok_or(Error::Unavailable)?
        };
        turn.await.map_err(|_| Error::Unavailable)
    }

    fn end(&self, is_known: bool) {
        self.lock().end(is_known);
        loop {
            // A separate statement, so that the lock is not held while a turn is handed over or dropped.
            let next = self.lock().next();
            let Some((sender, is_known)) = next else { return };
            if let Err(mut turn) = sender.send(Turn { turns: self.clone(), is_known, is_taken: true }) {
                // The waiting caller has gone.
                turn.is_taken = false;
                self.lock().end(is_known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Waits = Pin<Box<dyn Future<Output = Result<Turn, Error>>>>;

    fn waits(turns: &Turns, line: Line) -> Waits {
        let turns = turns.clone();
        let mut waits: Waits = Box::pin(async move { turns.take(line).await });
        assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        waits
    }

    fn got(waits: &mut Waits) -> Option<Turn> {
        match waits.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn.expect("a turn")),
            Poll::Pending => None,
        }
    }

    fn at_once(turns: &Turns, line: Line) -> Result<Turn, Error> {
        match std::pin::pin!(turns.take(line)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it waits"),
        }
    }

    fn office() -> Line {
        Line::Known("192.0.2.7".to_owned())
    }

    #[test]
    fn one_place_stays_free_for_known_addresses_however_many_unknown_ones_wait() {
        let turns = Turns::default();
        let _guess = at_once(&turns, Line::Unknown).expect("a turn");
        let _waiting: Vec<_> = (0..UNKNOWN_WAITING).map(|_| waits(&turns, Line::Unknown)).collect();
        assert!(at_once(&turns, Line::Unknown).is_err(), "turned away at once");
        at_once(&turns, office()).expect("a turn at once");
    }

    #[test]
    fn known_addresses_go_first_and_one_network_does_not_delay_another() {
        let turns = Turns::default();
        let (first, second) = (at_once(&turns, office()).expect("a turn"), at_once(&turns, office()).expect("a turn"));
        let mut guess = waits(&turns, Line::Unknown);
        let mut crowd: Vec<_> = (0..WAITING_FROM_ONE).map(|_| waits(&turns, office())).collect();
        assert!(at_once(&turns, office()).is_err(), "one network has its share");
        let mut home = waits(&turns, Line::Known("198.51.100.9".to_owned()));
        drop(first);
        let one = got(&mut crowd[0]).expect("a turn");
        drop(second);
        let other = got(&mut home).expect("the other network is next");
        assert!(got(&mut crowd[1]).is_none() && got(&mut guess).is_none());
        drop((one, other));
        drop(crowd);
        assert!(got(&mut guess).is_some(), "when no known one waits");
    }

    #[test]
    fn a_caller_who_leaves_the_queue_frees_their_place() {
        let turns = Turns::default();
        let held = [at_once(&turns, office()).expect("a turn"), at_once(&turns, office()).expect("a turn")];
        drop((0..10).map(|_| waits(&turns, office())).collect::<Vec<_>>());
        drop((0..10).map(|_| waits(&turns, Line::Unknown)).collect::<Vec<_>>());
        drop(held);
        let waiting = turns.lock();
        assert_eq!((waiting.running, waiting.unknown_running, waiting.known_waiting), (0, 0, 0));
        assert!(waiting.known.is_empty() && waiting.round.is_empty() && waiting.unknown.is_empty());
    }
}
