//! Asking the holder of a confidence to share one recording.

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

/// Ask the holder to let you read a recording that is withheld from you. Its author and the safeguarding leads of its
/// agency are told.
#[utoipa::path(post, path = "/v1/recordings/{recording}/disclosure-requests", operation_id = "request_disclosure",
    tag = "disclosure", params(("recording" = EntryId, Path), IdempotencyHeader), request_body = NewDisclosureRequest,
    responses((status = 201, body = DisclosureRequest, description = "Asked; it waits for an answer.")))]
pub(crate) async fn request(
    Change { api, actor, once, body: new, .. }: Change<NewDisclosureRequest>,
    recording: web::Path<EntryId>,
) -> Answer {
    new.validate()?;
    let action = RequestDisclosure { entry: *recording };
    let request = api.store.act_once(&actor, action, once, move |granted| granted.request(&new)).await?;
    Ok(HttpResponse::Created().json(request))
}

/// The requests that you made and those that you may answer, newest first.
#[utoipa::path(get, path = "/v1/disclosure-requests", operation_id = "list_disclosure_requests", tag = "disclosure",
    params(PageQuery),
    responses((status = 200, body = Listing<DisclosureRequest>, description = "With what became of them.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let found = api.store.act(&actor, ListDisclosureRequests {}, move |granted| granted.requests(&page)).await?;
    Ok(listing(&api.store, &request, found, Vec::new()))
}

/// Grant a request for a time, or refuse it. Whoever asked is told, and reads why. Nothing is granted to somebody who
/// no longer works where they asked.
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

/// Take back what was granted, before its end and at once. For those who may grant it. Whoever asked is told, reads
/// why, and can ask again.
#[utoipa::path(post, path = "/v1/disclosure-requests/{request}/revoke", operation_id = "revoke_disclosure",
    tag = "disclosure", params(("request" = DisclosureRequestId, Path), IdempotencyHeader),
    request_body = DisclosureRevocation,
    responses((status = 200, body = DisclosureRequest, description = "Taken back.")))]
pub(crate) async fn revoke(
    Change { api, actor, once, body: revocation, .. }: Change<DisclosureRevocation>,
    about: web::Path<DisclosureRequestId>,
) -> Answer {
    revocation.validate()?;
    let action = RevokeDisclosure { request: *about };
    let request = api.store.act_once(&actor, action, once, move |granted| granted.revoke(&revocation)).await?;
    Ok(HttpResponse::Ok().json(request))
}
