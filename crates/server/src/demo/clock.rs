//! The clock of a story: the seeder sets it, and each reading moves it a little.

use std::sync::atomic::{AtomicI64, Ordering};

use alongside_domain::{At, Clock};
use chrono::DateTime;

/// Gives the time of the story.
pub(super) struct StoryClock {
    microseconds: AtomicI64,
}

impl StoryClock {
    /// A clock that is set to `at`.
    pub(super) fn new(at: At) -> Self {
        Self { microseconds: AtomicI64::new(at.timestamp_micros()) }
    }

    /// Moves forward to `at`, and never back.
    pub(super) fn move_to(&self, at: At) {
        self.microseconds.fetch_max(at.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> At {
        // Each reading moves it a millisecond, so that no two events have the same time and ids keep their order.
        let microseconds = self.microseconds.fetch_add(1_000, Ordering::SeqCst);
        DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
    }
}
