//! What happens to every request: an id, a line in the log without anything personal, and headers.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use uuid::Uuid;

use crate::rate_limit::Allowance;
use crate::{Api, metrics};

/// The id of a request: the caller's, if it is a UUID, or a new one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub(crate) async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let api = request.app_data::<web::Data<Api>>().cloned();
    let sent = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let id = sent.unwrap_or_else(|| api.as_ref().map_or_else(Uuid::nil, |api| api.store.new_id()));
    let trace = request.headers().get(&TRACEPARENT).filter(|trace| is_traceparent(trace)).cloned();
    request.extensions_mut().insert(RequestId(id));
    let (method, started) = (request.method().clone(), std::time::Instant::now());
    let mut response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16();
    let allowance = response.request().extensions().get::<Allowance>().copied();
    metrics::count(&route, status);
    tracing::info!(
        %method, route, status, request_id = %id, ms = started.elapsed().as_secs_f32() * 1_000.0, "answered"
    );
    decorate(response.headers_mut(), id, trace, allowance);
    Ok(response)
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
