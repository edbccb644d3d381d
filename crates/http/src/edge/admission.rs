//! Admission when more requests arrive than can be answered. There is a fixed number of places for ordinary requests.
//! The others wait for a place for one second, the newest first, and then get 503. Urgent requests need no place, as
//! long as they are rare.
//!
//! Waiting costs almost nothing: only the first line of the request has been read. A client that retries at once is
//! slowed down by the wait; an immediate refusal would not slow it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::rt::time::timeout;
use tokio::sync::oneshot;

use crate::wire::problem::Problem;

/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(1);
/// How many requests may wait. When there are more, the oldest is refused.
const WAITING: usize = 8_192;

/// The class of a request, from its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Costs nothing.
    Free,
    /// A child may come to harm while it waits.
    Urgent,
    Ordinary,
}

impl Class {
    /// Urgent are the operations that storage also puts first, and the requests that a sign-in for them needs.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let of_a_child = |what: &str| {
            let rest = path.strip_prefix("/v1/children/").and_then(|rest| rest.split_once('/'));
            rest.is_some_and(|(_, rest)| rest == what)
        };
        match path {
            "/health/live" | "/health/ready" => Self::Free,
            _ if method != Method::POST => Self::Ordinary,
            "/v1/sessions" | "/v1/sessions/refresh" | "/v1/sessions/current/second-factor" => Self::Urgent,
            _ if ["concerns", "emergency-access", "emergency-cosignatures"].into_iter().any(of_a_child) => Self::Urgent,
            _ => Self::Ordinary,
        }
    }
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// The places of this process.
#[derive(Debug)]
pub(crate) struct Admission {
    places: usize,
    state: Mutex<State>,
}

/// A place. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Admission>);

impl Drop for Place {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.state();
            let mut newest = std::iter::from_fn(|| state.waiting.pop_back());
            let next = newest.find(|waiting| !waiting.is_closed());
            if next.is_none() {
                state.inside = state.inside.saturating_sub(1);
            }
            next
        };
        // If the request has just stopped waiting, the place comes back here and is dropped.
        if let Some(next) = next {
            drop(next.send(Self(Arc::clone(&self.0))));
        }
    }
}

impl Admission {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { places: places.max(1), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, at once or within a second.
    pub(crate) async fn enter(self: &Arc<Self>) -> Result<Place, Problem> {
        let turn = {
            let mut state = self.state();
            if state.inside < self.places {
                state.inside += 1;
                return Ok(Place(Arc::clone(self)));
            }
            if state.waiting.len() >= WAITING {
                state.waiting.pop_front();
            }
            let (place, turn) = oneshot::channel();
            state.waiting.push_back(place);
            turn
        };
        match timeout(WAIT, turn).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Problem::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::rt::spawn;

    #[test]
    fn what_is_urgent_is_seen_from_the_first_line() {
        let of = |path: &str| Class::of(&Method::POST, path);
        for urgent in ["/v1/children/1/concerns", "/v1/children/1/emergency-access", "/v1/sessions"] {
            assert_eq!(of(urgent), Class::Urgent, "{urgent}");
            assert_eq!(Class::of(&Method::GET, urgent), Class::Ordinary, "{urgent}");
        }
        for ordinary in
            ["/v1/children/1/contacts", "/v1/children/1/2/concerns", "/v1/concerns", "/v1/children/concerns"]
        {
            assert_eq!(of(ordinary), Class::Ordinary, "{ordinary}");
        }
        assert_eq!(Class::of(&Method::GET, "/health/ready"), Class::Free);
    }

    #[actix_web::test]
    async fn a_place_goes_to_the_newest_who_still_waits_and_none_is_lost() {
        let admission = Admission::new(1);
        let first = admission.enter().await.ok();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let admission = Arc::clone(&admission);
                spawn(async move { admission.enter().await })
            })
            .collect();
        while admission.state().waiting.len() < 3 {
            actix_web::rt::task::yield_now().await;
        }
        waiting[2].abort();
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        drop(first);
        let [oldest, newest, gone] = <[_; 3]>::try_from(waiting).expect("three");
        assert!(gone.await.is_err());
        let place = newest.await.expect("no panic").expect("a place");
        assert!(matches!(oldest.await.expect("no panic"), Err(Problem::Busy)), "the oldest waits a second for nothing");
        drop(place);
        assert!(admission.enter().await.is_ok());
        assert_eq!(admission.state().inside, 0);
    }
}
