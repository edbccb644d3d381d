//! Time, from an injected clock.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// An instant in UTC, to the microsecond: the precision that both databases keep.
pub type At = DateTime<Utc>;

/// Gives the time. Injected; a lint forbids the system clock everywhere else.
pub trait Clock: Send + Sync {
    /// The current instant, truncated to the microsecond.
    fn now(&self) -> At;
}

/// Truncates an instant to the microsecond, so that the response equals what is read back later.
pub fn to_microseconds(at: At) -> At {
    at.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(at)
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> At {
        to_microseconds(Utc::now())
    }
}
