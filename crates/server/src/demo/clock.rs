//! The clock of a story: it stands where the seeding puts it, and moves a little at every look.

use std::sync::atomic::{AtomicI64, Ordering};

use alongside_domain::{At, Clock};
use chrono::DateTime;

/// Tells the time of the story.
pub(super) struct StoryClock {
    microseconds: AtomicI64,
}

impl StoryClock {
    /// A clock that stands at `at`.
    pub(super) fn new(at: At) -> Self {
        Self { microseconds: AtomicI64::new(at.timestamp_micros()) }
    }

    /// Moves forward to `at`; never back.
    pub(super) fn move_to(&self, at: At) {
        self.microseconds.fetch_max(at.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> At {
        // A millisecond a look, so that no two things happen at once and ids keep their order.
        let microseconds = self.microseconds.fetch_add(1_000, Ordering::SeqCst);
        DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
    }
}
