//! Whether changes become durable, as the last probe found.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long the result of a probe is reused.
const FRESH: Duration = Duration::from_millis(500);
/// How long a probe may take. Together with the above it is less than two seconds, so a load balancer knows within two.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_200);

/// The result of the last probe, and whether another is running.
#[derive(Default)]
pub(crate) struct State {
    found: Option<(Instant, bool)>,
    pub(crate) begun: Option<Instant>,
}

/// The probes of a store.
#[derive(Default)]
pub(crate) struct Health {
    state: Mutex<State>,
    pub(crate) settled: watch::Sender<()>,
}

impl Health {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settle(&self, writes: bool) {
        *self.state() = State { found: Some((Instant::now(), writes)), begun: None };
        self.settled.send_replace(());
    }

    /// The last result, if it is fresh.
    pub(crate) fn known(&self) -> Option<bool> {
        self.state().found.filter(|(at, _)| at.elapsed() < FRESH).map(|(_, writes)| writes)
    }
}
