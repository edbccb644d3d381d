//! What happens to every request: an id, a log line without personal data, and headers.

use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use uuid::Uuid;

use crate::edge::connection::{Answering, Connection};
use crate::edge::deadline::Deadline;
use crate::edge::rate_limit::Allowance;
use crate::edge::shared::Edge;
use crate::edge::{beat, metrics};

/// The id of a request. The service makes it, and it is in the log and in the audit. A caller cannot choose it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// When the token of this request expires, in seconds since 1970. For responses that may outlast it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expires(pub(crate) i64);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// "Not found" is sent at the next 2 ms tick after the request arrived. Without this delay, its timing would reveal,
/// after many requests, whether a row exists: rows that exist take some microseconds longer to read.
const BEAT: Duration = Duration::from_millis(2);

pub(crate) async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let edge = request.app_data::<Edge>().cloned();
    let id = edge.as_ref().map_or_else(Uuid::nil, |edge| edge.store.new_id());
    let sent = request.headers().get(&REQUEST_ID).filter(|sent| is_client_id(sent.as_bytes())).cloned();
    let trace = request.headers().get(&TRACEPARENT).filter(|trace| is_traceparent(trace)).cloned();
    request.extensions_mut().insert(RequestId(id));
    if let Some(edge) = &edge {
        request.extensions_mut().insert(Deadline::after(edge.deadline));
    }
    let (method, started) = (request.method().clone(), Instant::now());
    let answering = request.conn_data::<Rc<Connection>>().cloned().map(Connection::answering);
    let mut response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    let allowance = response.request().extensions().get::<Allowance>().copied();
    metrics::count(&route, status);
    tracing::info!(
        %method, route, status, request_id = %id,
        client_request_id = sent.as_ref().and_then(|sent| sent.to_str().ok()),
        ms = started.elapsed().as_secs_f32() * 1_000.0, "answered"
    );
    decorate(response.headers_mut(), id, trace, allowance);
    if let Some(sent) = sent {
        response.headers_mut().insert(CLIENT_REQUEST_ID, sent);
    }
    if response.status() == StatusCode::NOT_FOUND && could_tell(response.request()) {
        beat::wait_until(started + until_beat(started.elapsed())).await;
    }
    Ok(response.map_body(|_, body| Pieces { body: body.boxed(), rest: Bytes::new(), _answering: answering }))
}

/// When a response leaves, counted from the request, if it is ready after this time.
fn until_beat(ready: Duration) -> Duration {
    let beats = ready.as_nanos().div_ceil(BEAT.as_nanos()).max(1);
    BEAT.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
}

/// Whether the timing of a "not found" could reveal a record: if the caller has signed in and the address names
/// something.
fn could_tell(request: &HttpRequest) -> bool {
    request.extensions().get::<Expires>().is_some() && request.match_pattern().is_some()
}

/// The body of a response, in pieces that a slow reader takes one after the other.
struct Pieces {
    body: BoxBody,
    rest: Bytes,
    _answering: Option<Answering>,
}

/// The size of a piece, in bytes.
const PIECE: usize = 8 << 10;

impl MessageBody for Pieces {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        // A stream already comes in pieces.
        let most = if self.size() == BodySize::Stream { self.rest.len() } else { PIECE };
        let piece = most.min(self.rest.len());
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

fn decorate(headers: &mut header::HeaderMap, id: Uuid, trace: Option<HeaderValue>, allowance: Option<Allowance>) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(trace) = trace {
        headers.insert(TRACEPARENT, trace);
    }
    if let Some(Allowance { quota, seconds, remaining }) = allowance {
        let policy = HeaderValue::from_str(&format!("\"worker\";q={quota};w={seconds}"));
        let state = HeaderValue::from_str(&format!("\"worker\";r={remaining}"));
        if let (Ok(policy), Ok(state)) = (policy, state) {
            headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
            headers.insert(HeaderName::from_static("ratelimit"), state);
        }
    }
}

/// Whether the caller's own id may be logged and echoed. A shorter one identifies no request, and could be a child's
/// number: an NHS number has 10 digits, a UPN has 13 characters.
fn is_client_id(id: &[u8]) -> bool {
    (16..=64).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn is_traceparent(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    bytes.len() == 55 && bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_id_is_kept_when_it_is_bounded_and_plain() {
        for kept in ["0192f3a4-0000-7000-8000-000000000001", "01JD3Q8Z7V9K2M4N6P8R0S2T4V", &"a".repeat(64)] {
            assert!(is_client_id(kept.as_bytes()), "{kept}");
        }
        for left in ["", "9990000018", "short", &"a".repeat(65), "with a space inside", "line\nbreak-and-more-of-it"] {
            assert!(!is_client_id(left.as_bytes()), "{left:?}");
        }
    }

    #[test]
    fn what_is_ready_between_two_beats_leaves_on_the_second() {
        for ready in [1, 400_000, 1_999_999, 2_000_000] {
            assert_eq!(until_beat(Duration::from_nanos(ready)), BEAT);
        }
        assert_eq!(until_beat(Duration::from_nanos(2_000_001)), 2 * BEAT);
    }
}
