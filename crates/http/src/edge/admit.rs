//! Admits requests, with the places of [`admission`](crate::edge::admission).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest};
use alongside_domain::WorkerId;

use crate::edge::address;
use crate::edge::admission::{Class, Place};
use crate::edge::shared::Edge;
use crate::wire::problem::Problem;

/// The class of a request, which [`admit`] determined.
fn class(request: &HttpRequest) -> Class {
    request.extensions().get().copied().unwrap_or(Class::Ordinary)
}

/// Admits a request, or makes it wait. A request with a body gets its place when the body is received, so that a slow
/// client occupies no place.
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
    let Ok(edge) = Edge::of(request) else { return class };
    let rare = class != Class::Urgent || edge.limits.urgent_from(address::of(request, &edge.proxies));
    if rare { class } else { Class::Ordinary }
}

/// Whether the handler reads a body that has not arrived yet.
fn brings_body(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let reads = ![Method::GET, Method::HEAD, Method::DELETE].contains(request.method());
    reads && (length || headers.contains_key(header::TRANSFER_ENCODING))
}

async fn enter(request: &HttpRequest) -> Result<Option<Place>, Problem> {
    Ok(Some(Edge::of(request)?.admission.enter().await?))
}

/// The body has been received: an ordinary request needs its place now.
pub(crate) async fn received(request: &HttpRequest) -> Result<(), Problem> {
    if class(request) == Class::Ordinary {
        demote(request).await?;
    }
    Ok(())
}

/// The worker is known: a worker who is urgent all the time is no longer treated as urgent.
pub(crate) async fn identified(request: &HttpRequest, worker: WorkerId) -> Result<(), Problem> {
    if class(request) == Class::Urgent && !Edge::of(request)?.limits.urgent_by(worker) {
        demote(request).await?;
    }
    Ok(())
}

/// Makes a request wait like an ordinary one.
pub(crate) async fn demote(request: &HttpRequest) -> Result<(), Problem> {
    let has_place = request.extensions().contains::<Place>();
    if !has_place && let Some(place) = enter(request).await? {
        request.extensions_mut().insert(place);
    }
    Ok(())
}
