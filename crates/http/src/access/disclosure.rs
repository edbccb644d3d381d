//! Requests to the holder of a withheld recording to disclose it.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::access::disclosure::{
    DisclosureDecision, DisclosureRequest, DisclosureRevocation, NewDisclosureRequest,
};
use alongside_domain::{DisclosureRequestId, EntryId};
use alongside_policy::action::{DecideDisclosure, ListDisclosureRequests, RequestDisclosure, RevokeDisclosure};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// Request access to a withheld recording
///
/// Asks the agency that holds the recording to let you read it. Send the reason; the holder reads it. The author and
/// the safeguarding leads of the holding agency are notified. The request stays open until one of them answers.
#[utoipa::path(post, path = "/v1/recordings/{recording}/disclosure-requests", operation_id = "request_disclosure",
    tag = "disclosure", params(("recording" = EntryId, Path), IdempotencyHeader), request_body = NewDisclosureRequest,
    responses((status = 201, body = DisclosureRequest, description = "Requested. The holder has not answered yet.")))]
pub(crate) async fn request(
    Change { api, actor, once, body: new, .. }: Change<NewDisclosureRequest>,
    recording: web::Path<EntryId>,
) -> Answer {
    new.validate()?;
    let action = RequestDisclosure { entry: *recording };
    let request = api.store.act_once(&actor, action, once, move |granted| granted.request(&new)).await?;
    Ok(HttpResponse::Created().json(request))
}

/// List disclosure requests
///
/// Returns the requests that you made and the requests that you may answer, newest first. Each has its outcome, if the
/// holder has answered. For workers who use records.
#[utoipa::path(get, path = "/v1/disclosure-requests", operation_id = "list_disclosure_requests", tag = "disclosure",
    params(PageQuery),
    responses((status = 200, body = Listing<DisclosureRequest>, description = "A page of requests with their outcomes.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let found = api.store.act(&actor, ListDisclosureRequests {}, move |granted| granted.requests(&page)).await?;
    Ok(listing(&api.store, &request, found, Vec::new()))
}

/// Answer a disclosure request
///
/// Grants the request until `ends_at`, or refuses it, with a reason. For the author of the recording and the
/// safeguarding leads of the agency that holds it, except the worker who made the request. That worker is notified and
/// reads the reason. A request from a worker who has left the agency can only be refused.
#[utoipa::path(post, path = "/v1/disclosure-requests/{request}/decision", operation_id = "decide_disclosure",
    tag = "disclosure", params(("request" = DisclosureRequestId, Path), IdempotencyHeader),
    request_body = DisclosureDecision,
    responses((status = 200, body = DisclosureRequest, description = "Answered.")))]
pub(crate) async fn decide(
    Change { api, actor, once, body: decision, .. }: Change<DisclosureDecision>,
    about: web::Path<DisclosureRequestId>,
) -> Answer {
    decision.validate(api.store.now())?;
    let action = DecideDisclosure { request: *about };
    let request = api.store.act_once(&actor, action, once, move |granted| granted.decide(&decision)).await?;
    Ok(HttpResponse::Ok().json(request))
}

/// Revoke a disclosure
///
/// Ends granted access to a recording at once, with a reason. For the author of the recording and the safeguarding
/// leads of the agency that holds it. The worker who was given access is notified, reads the reason, and can ask again.
#[utoipa::path(post, path = "/v1/disclosure-requests/{request}/revoke", operation_id = "revoke_disclosure",
    tag = "disclosure", params(("request" = DisclosureRequestId, Path), IdempotencyHeader),
    request_body = DisclosureRevocation,
    responses((status = 200, body = DisclosureRequest, description = "Revoked.")))]
pub(crate) async fn revoke(
    Change { api, actor, once, body: revocation, .. }: Change<DisclosureRevocation>,
    about: web::Path<DisclosureRequestId>,
) -> Answer {
    revocation.validate()?;
    let action = RevokeDisclosure { request: *about };
    let request = api.store.act_once(&actor, action, once, move |granted| granted.revoke(&revocation)).await?;
    Ok(HttpResponse::Ok().json(request))
}
