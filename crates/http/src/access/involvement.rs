//! Workers' involvements with a child.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use alongside_domain::access::involvement::{ClaimDuty, EndInvolvement, Involvement, NewInvolvement, RenewInvolvement};
use alongside_domain::{ChildId, InvolvementId};
use alongside_policy::action::{
    ClaimDuty as Claim, EndInvolvement as End, ListInvolvements, RenewInvolvement as Renew, StartInvolvement,
};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader, PurposeHeader, Why};
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;

/// List the workers involved with a child
///
/// Returns current and past involvements, latest first. For workers who may read the child's record.
#[utoipa::path(get, path = "/v1/children/{child}/involvements", operation_id = "list_involvements", tag = "involvements",
    params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = Listing<Involvement>, description = "The team around the child.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ListInvolvements { child: *child, purpose };
    let involvements = api.store.act(&actor, action, |granted| granted.involvements()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(involvements)))
}

/// Involve a worker with a child
///
/// Starts an involvement that ends at `ends_at`. The allocated worker may involve others, until their own allocation
/// ends at the latest. Supervisors and safeguarding leads may involve their own agency's staff. You cannot involve
/// yourself. When the worker is from another agency, the workers who answer for the child are notified.
#[utoipa::path(post, path = "/v1/children/{child}/involvements", operation_id = "start_involvement", tag = "involvements",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewInvolvement,
    responses((status = 201, body = Involvement, description = "Started.")))]
pub(crate) async fn start(
    Change { api, actor, once, body: new, .. }: Change<NewInvolvement>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = StartInvolvement { child: *child, worker: new.worker_id };
    let involvement = api.store.act_once(&actor, action, once, move |granted| granted.start(&new)).await?;
    Ok(HttpResponse::Created().insert_header((header::ETAG, etag(involvement.version))).json(involvement))
}

/// Claim duty for a child
///
/// Declares you the duty worker for this child for twelve hours, with a reason. Your agency must already work with the
/// child. The workers in charge are notified.
#[utoipa::path(post, path = "/v1/children/{child}/duty", operation_id = "claim_duty", tag = "involvements",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = ClaimDuty,
    responses((status = 201, body = Involvement, description = "On duty until `ends_at`.")))]
pub(crate) async fn claim(
    Change { api, actor, once, body: claim, .. }: Change<ClaimDuty>,
    child: web::Path<ChildId>,
) -> Answer {
    claim.validate()?;
    let action = Claim { child: *child };
    let involvement = api.store.act_once(&actor, action, once, move |granted| granted.claim(&claim)).await?;
    Ok(HttpResponse::Created().insert_header((header::ETAG, etag(involvement.version))).json(involvement))
}

/// End an involvement
///
/// Ends it now, with a reason. For the worker themselves, the allocated worker, and supervisors and safeguarding leads
/// of the worker's agency.
#[utoipa::path(post, path = "/v1/involvements/{involvement}/end", operation_id = "end_involvement", tag = "involvements",
    params(("involvement" = InvolvementId, Path), IfMatchHeader, IdempotencyHeader), request_body = EndInvolvement,
    responses((status = 200, body = Involvement, description = "Ended.")))]
pub(crate) async fn end(
    Change { api, actor, once, body: end, .. }: Change<EndInvolvement>,
    involvement: web::Path<InvolvementId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    end.validate()?;
    let action = End { involvement: *involvement };
    let involvement = api.store.act_once(&actor, action, once, move |granted| granted.end(expected, &end)).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(involvement.version))).json(involvement))
}

/// Renew an involvement
///
/// Sets a later end, with a reason. For supervisors and safeguarding leads of the worker's agency. You cannot renew
/// your own involvement.
#[utoipa::path(post, path = "/v1/involvements/{involvement}/renewal", operation_id = "renew_involvement",
    tag = "involvements", params(("involvement" = InvolvementId, Path), IfMatchHeader, IdempotencyHeader),
    request_body = RenewInvolvement, responses((status = 200, body = Involvement, description = "Renewed.")))]
pub(crate) async fn renew(
    Change { api, actor, once, body: new, .. }: Change<RenewInvolvement>,
    involvement: web::Path<InvolvementId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    new.validate(api.store.now())?;
    let action = Renew { involvement: *involvement };
    let involvement = api.store.act_once(&actor, action, once, move |granted| granted.renew(expected, &new)).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(involvement.version))).json(involvement))
}
