//! What is known of whether changes become durable.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long what a probe found is repeated.
const FRESH: Duration = Duration::from_millis(500);
/// How long a probe may take. With the above less than two seconds, within which a load balancer is to know.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_200);

/// What the last probe found, and whether another is under way.
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

    /// What is known, where it is fresh.
    pub(crate) fn known(&self) -> Option<bool> {
        self.state().found.filter(|(at, _)| at.elapsed() < FRESH).map(|(_, writes)| writes)
    }
}
