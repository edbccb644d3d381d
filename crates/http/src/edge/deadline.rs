//! The deadline of a request, whatever it waits for: a queue, a lock, a database that does not respond.
//!
//! It is suspended while a body is received, which has its own limits, and ends with the head of the response, so that
//! a stream can continue.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest};
use tokio::time::sleep_until;

use crate::wire::problem::Problem;

/// The longest time for which the deadline is suspended while a body is received.
const STILL: Duration = Duration::from_secs(3_600);

/// The deadline of a request.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    limit: Duration,
    at: Rc<Cell<Instant>>,
}

impl Deadline {
    /// A deadline this long from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { limit, at: Rc::new(Cell::new(Instant::now() + limit)) }
    }

    /// The deadline of a request, which the edge has set.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// Suspends it until [`Deadline::restart`].
    pub(crate) fn stop(&self) {
        self.at.set(Instant::now() + STILL);
    }

    /// Starts the full time again.
    pub(crate) fn restart(&self) {
        self.at.set(Instant::now() + self.limit);
    }

    async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut over) = (pin!(work), pin!(sleep_until(self.at.get().into())));
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            // The work may have stopped or restarted it.
            let at = self.at.get().into();
            if over.deadline() != at {
                over.as_mut().reset(at);
            }
            over.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}

/// Answers 503 once the deadline has passed. What the request waited for is abandoned, and is not done if it had not
/// begun.
pub(crate) async fn keep(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let asked = request.request().clone();
    let Some(deadline) = Deadline::of(&asked) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    match deadline.within(next.call(request)).await {
        Some(answered) => Ok(answered?.map_into_boxed_body()),
        None => Ok(ServiceResponse::from_err(Problem::TooLate, asked)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::rt::time::sleep;

    const SHORT: Duration = Duration::from_millis(50);

    #[actix_web::test]
    async fn work_that_takes_longer_is_given_up() {
        assert_eq!(Deadline::after(SHORT).within(sleep(SHORT * 4)).await, None);
        assert_eq!(Deadline::after(SHORT * 40).within(sleep(SHORT)).await, Some(()));
    }

    #[actix_web::test]
    async fn a_deadline_stands_still_while_it_is_stopped_and_runs_again_afterwards() {
        let deadline = Deadline::after(SHORT);
        let receives = async {
            deadline.stop();
            sleep(SHORT * 4).await;
            deadline.restart();
        };
        assert_eq!(deadline.within(receives).await, Some(()));
        let receives_and_hangs = async {
            deadline.stop();
            sleep(SHORT * 4).await;
            deadline.restart();
            sleep(SHORT * 40).await;
        };
        assert_eq!(deadline.within(receives_and_hangs).await, None);
    }
}
