//! What happens to every request: an id, a line in the log without anything personal, and headers.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use uuid::Uuid;

use crate::deadline::Deadline;
use crate::rate_limit::Allowance;
use crate::{Api, metrics};

/// The id of a request: the caller's, if it is a UUID, or a new one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// "Not found" is answered on the beat after the request came. Otherwise its time would tell, asked often enough,
/// whether there was something to look up: rows that exist take some microseconds longer to read.
const BEAT: Duration = Duration::from_millis(2);

pub(crate) async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let api = request.app_data::<web::Data<Api>>().cloned();
    let sent = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let id = sent.unwrap_or_else(|| api.as_ref().map_or_else(Uuid::nil, |api| api.store.new_id()));
    let trace = request.headers().get(&TRACEPARENT).filter(|trace| is_traceparent(trace)).cloned();
    request.extensions_mut().insert(RequestId(id));
    if let Some(api) = &api {
        request.extensions_mut().insert(Deadline::after(api.deadline));
    }
    let (method, started) = (request.method().clone(), Instant::now());
    let mut response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    let allowance = response.request().extensions().get::<Allowance>().copied();
    metrics::count(&route, status);
    tracing::info!(
        %method, route, status, request_id = %id, ms = started.elapsed().as_secs_f32() * 1_000.0, "answered"
    );
    decorate(response.headers_mut(), id, trace, allowance);
    if response.status() == StatusCode::NOT_FOUND {
        wait_until(started + until_beat(started.elapsed())).await;
    }
    Ok(response)
}

/// How long after a request its answer leaves, when it is ready this long after it.
fn until_beat(ready: Duration) -> Duration {
    let beats = ready.as_nanos().div_ceil(BEAT.as_nanos()).max(1);
    BEAT.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
}

/// On a thread that sleeps to the microsecond: the timers of the runtime count milliseconds from when they are set, so
/// that what takes longer to look up would still be answered later.
async fn wait_until(moment: Instant) {
    // A thread that could not be had leaves the answer as it is.
    let _ = web::block(move || std::thread::sleep(moment.saturating_duration_since(Instant::now()))).await;
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
    if let Some(Allowance { quota, remaining }) = allowance {
        let policy = HeaderValue::from_str(&format!("\"worker\";q={quota};w=60"));
        let state = HeaderValue::from_str(&format!("\"worker\";r={remaining}"));
        if let (Ok(policy), Ok(state)) = (policy, state) {
            headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
            headers.insert(HeaderName::from_static("ratelimit"), state);
        }
    }
}

fn is_traceparent(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    bytes.len() == 55 && bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ready_between_two_beats_leaves_on_the_second() {
        for ready in [1, 400_000, 1_999_999, 2_000_000] {
            assert_eq!(until_beat(Duration::from_nanos(ready)), BEAT);
        }
        assert_eq!(until_beat(Duration::from_nanos(2_000_001)), 2 * BEAT);
    }
}
