//! Time, passed in.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// An instant in UTC, to the microsecond: the precision that both databases keep.
pub type At = DateTime<Utc>;

/// Tells the time. Injected; a lint forbids the system clock everywhere else.
pub trait Clock: Send + Sync {
    /// The present instant, truncated to the microsecond.
    fn now(&self) -> At;
}

/// Cuts an instant to the microsecond, so that what is answered equals what is read back.
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
