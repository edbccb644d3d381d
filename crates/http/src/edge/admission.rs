//! Who comes in when more ask than can be answered. Ordinary requests have so many places; the others wait for one for
//! a second, the newest first, and are then answered 503. What is urgent needs no place, as long as it stays rare.
//!
//! Waiting costs next to nothing: nothing is looked at yet but the first line. And a client that tries again at once is
//! slowed by it, which an answer at once would not do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::rt::time::timeout;
use actix_web::{HttpMessage as _, HttpRequest, web};
use alongside_domain::WorkerId;
use tokio::sync::oneshot;

use crate::wire::problem::Problem;
use crate::{Api, edge::address};

/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(1);
/// How many wait. The oldest makes room for another.
const WAITING: usize = 8_192;

/// What a request is, as far as its first line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Costs nothing.
    Free,
    /// A child may come to harm while it waits.
    Urgent,
    Ordinary,
}

impl Class {
    /// The operations that storage puts first too, and what is needed to sign in for them.
    fn of(method: &Method, path: &str) -> Self {
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

/// A place, which somebody else has as soon as this is dropped.
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
        // Should it have stopped waiting just now, the place comes back and is dropped in its turn.
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
    async fn enter(self: &Arc<Self>) -> Result<Place, Problem> {
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

fn api(request: &HttpRequest) -> Result<&web::Data<Api>, Problem> {
    request.app_data::<web::Data<Api>>().ok_or(Problem::Internal)
}

/// The class of a request, which [`admit`] found.
fn class(request: &HttpRequest) -> Class {
    request.extensions().get().copied().unwrap_or(Class::Ordinary)
}

/// Lets a request in, or has it wait. One that brings a body gets its place when that is received: a slow sender keeps
/// nobody out.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let class = classify(request.request());
    request.extensions_mut().insert(class);
    let place =
        if class == Class::Ordinary && !brings_body(&request) { enter(request.request()).await } else { Ok(None) };
    match place {
        Ok(place) => {
            let answered = next.call(request).await?;
            drop(place);
            Ok(answered.map_into_left_body())
        }
        Err(problem) => Ok(request.error_response(problem).map_into_right_body()),
    }
}

fn classify(request: &HttpRequest) -> Class {
    let class = Class::of(request.method(), request.path());
    let Ok(api) = api(request) else { return class };
    let rare = class != Class::Urgent || api.limits.urgent_from(address::of(request, &api.proxies));
    if rare { class } else { Class::Ordinary }
}

/// Whether the handler reads a body that has not come yet.
fn brings_body(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let reads = ![Method::GET, Method::HEAD, Method::DELETE].contains(request.method());
    reads && (length || headers.contains_key(header::TRANSFER_ENCODING))
}

async fn enter(request: &HttpRequest) -> Result<Option<Place>, Problem> {
    Ok(Some(api(request)?.admission.enter().await?))
}

/// The body is there: an ordinary request needs its place now.
pub(crate) async fn received(request: &HttpRequest) -> Result<(), Problem> {
    if class(request) == Class::Ordinary {
        demote(request).await?;
    }
    Ok(())
}

/// The worker is known: who is urgent all the time is not urgent any more.
pub(crate) async fn identified(request: &HttpRequest, worker: WorkerId) -> Result<(), Problem> {
    if class(request) == Class::Urgent && !api(request)?.limits.urgent_by(worker) {
        demote(request).await?;
    }
    Ok(())
}

/// Has a request wait like an ordinary one.
pub(crate) async fn demote(request: &HttpRequest) -> Result<(), Problem> {
    let has_place = request.extensions().contains::<Place>();
    if !has_place && let Some(place) = enter(request).await? {
        request.extensions_mut().insert(place);
    }
    Ok(())
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
