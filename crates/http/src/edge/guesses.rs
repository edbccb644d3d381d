//! Delays after wrong guesses. Each wrong guess beyond the first few doubles the wait, up to a maximum. So few guesses
//! are ever compared, however many addresses they come from, and no worker is locked out for good.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use alongside_domain::At;
use chrono::Duration;

use crate::wire::problem::Problem;

/// Above this many entries, those without a current wait are dropped.
const KEPT: usize = 10_000;
/// After this long without a guess, earlier wrong guesses no longer count.
const QUIET: Duration = Duration::hours(1);

#[derive(Clone, Copy)]
struct Wrong {
    count: u32,
    last: At,
    until: At,
}

impl Wrong {
    /// The time until another guess is compared. A clock that was set back must not make it longer.
    fn wait(&self, longest: Duration, now: At) -> Option<Duration> {
        let wait = self.until - now;
        (wait > Duration::zero() && wait <= longest).then_some(wait)
    }
}

struct Known {
    wrong: HashMap<String, Wrong>,
    room: usize,
}

/// Wrong guesses, by what is guessed at.
pub(crate) struct Guesses {
    free: u32,
    longest: Duration,
    known: Mutex<Known>,
}

impl Guesses {
    /// This many guesses a minute are free; then the waits double up to the maximum.
    pub(crate) fn new(free: u32, longest: Duration) -> Self {
        let known = Known { wrong: HashMap::new(), room: KEPT };
        Self { free: free.max(1), longest, known: Mutex::new(known) }
    }

    /// Whether a guess is compared now.
    pub(crate) fn check(&self, key: &str, now: At) -> Result<(), Problem> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.may(known.wrong.get(key), now)
    }

    /// Whether a guess is compared now. It counts as wrong until [`Guesses::take_back`].
    pub(crate) fn admit(&self, key: &str, now: At) -> Result<(), Problem> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.may(known.wrong.get(key), now)?;
        if known.wrong.len() >= known.room {
            known.wrong.retain(|_, wrong| wrong.count >= self.free && now - wrong.last < QUIET);
            known.room = KEPT.max(known.wrong.len() * 2);
        }
        let wrong = known.wrong.entry(key.to_owned()).or_insert(Wrong { count: 0, last: now, until: now });
        if now - wrong.last >= QUIET {
            wrong.count = 0;
        }
        wrong.count = wrong.count.saturating_add(1);
        (wrong.last, wrong.until) = (now, now + self.wait_after(wrong.count));
        Ok(())
    }

    /// The guess was right, or was never compared.
    pub(crate) fn take_back(&self, key: &str, now: At) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wrong) = known.wrong.get_mut(key) {
            (wrong.count, wrong.until) = (wrong.count.saturating_sub(1), now);
        }
    }

    fn may(&self, wrong: Option<&Wrong>, now: At) -> Result<(), Problem> {
        match wrong.and_then(|wrong| wrong.wait(self.longest, now)) {
            Some(wait) => Err(Problem::TooMany { wait: u64::try_from(wait.num_seconds()).unwrap_or_default() + 1 }),
            None => Ok(()),
        }
    }

    /// With five free guesses a minute, the fifth wrong guess is followed by 12 seconds, the sixth by 24.
    fn wait_after(&self, count: u32) -> Duration {
        let Some(doublings) = count.checked_sub(self.free) else { return Duration::zero() };
        let first = Duration::milliseconds(60_000 / i64::from(self.free));
        let times = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
        first.checked_mul(times).unwrap_or(self.longest).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> At {
        chrono::DateTime::from_timestamp(second, 0).expect("an instant")
    }

    fn wait(guesses: &Guesses, now: i64) -> Option<u64> {
        match guesses.admit("amira.dunn", at(now)) {
            Err(Problem::TooMany { wait }) => Some(wait),
            _ => None,
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let guesses = Guesses::new(5, Duration::minutes(15));
        let (mut now, mut waits) = (0, Vec::new());
        while waits.len() < 9 {
            if let Some(wait) = wait(&guesses, now) {
                waits.push(wait - 1);
                now += i64::try_from(wait).expect("seconds");
            }
        }
        assert_eq!(waits, [12, 24, 48, 96, 192, 384, 768, 900, 900]);
    }

    #[test]
    fn a_quiet_hour_is_forgotten_and_a_clock_set_back_keeps_nobody_out() {
        let guesses = Guesses::new(1, Duration::minutes(15));
        assert_eq!(wait(&guesses, 100_000), None);
        assert!(wait(&guesses, 100_000).is_some());
        assert_eq!(wait(&guesses, 90_000), None, "set back");
        let guesses = Guesses::new(5, Duration::minutes(15));
        (0..5).for_each(|_| assert_eq!(wait(&guesses, 0), None));
        (0..5).for_each(|_| assert_eq!(wait(&guesses, 3_600), None));
    }

    #[test]
    fn many_names_do_not_make_one_forgotten_that_is_being_guessed() {
        let guesses = Guesses::new(2, Duration::minutes(15));
        (0..2).for_each(|_| assert_eq!(wait(&guesses, 0), None));
        for other in 0..3 * KEPT {
            assert!(guesses.admit(&other.to_string(), at(1)).is_ok());
        }
        assert!(wait(&guesses, 1).is_some());
        let kept = guesses.known.lock().expect("a lock").wrong.len();
        assert!(kept <= KEPT, "{kept}");
    }
}
