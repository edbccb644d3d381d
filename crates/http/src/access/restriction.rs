//! Records that are closed to all but named people.

use actix_web::{HttpResponse, web};
use alongside_domain::access::restriction::{
    LiftRestriction, NewRestriction, NewSealing, RestrictionView, SealingDecision,
};
use alongside_domain::{ChildId, ProposalId};
use alongside_policy::action::{
    DecideSealing, LiftRestriction as Lift, ProposeSealing, RestrictRecord, ViewRestriction,
};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::{IdempotencyHeader, PurposeHeader, Why};
use crate::wire::problem::Answer;

/// How far the record is closed, for whom it is open, and how it came to be so. For safeguarding leads.
#[utoipa::path(get, path = "/v1/children/{child}/restriction", operation_id = "view_restriction", tag = "restrictions",
    params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = RestrictionView, description = "With every step, newest first.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewRestriction { child: *child, purpose };
    let view = api.store.act(&actor, action, |granted| granted.restriction()).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Close a record to all but the people you name, or name others. For everybody else the child is not there. At least
/// one of those you name is a safeguarding lead, who can open the record again.
#[utoipa::path(post, path = "/v1/children/{child}/restriction", operation_id = "restrict_record", tag = "restrictions",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewRestriction,
    responses((status = 201, body = RestrictionView, description = "Closed.")))]
pub(crate) async fn restrict(
    Change { api, actor, once, body: new, .. }: Change<NewRestriction>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = RestrictRecord { child: *child };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.restrict(&new)).await?;
    Ok(HttpResponse::Created().json(view))
}

/// Open a restricted record again.
#[utoipa::path(post, path = "/v1/children/{child}/restriction/lift", operation_id = "lift_restriction",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = LiftRestriction,
    responses((status = 200, body = RestrictionView, description = "Open.")))]
pub(crate) async fn lift(
    Change { api, actor, once, body: lift, .. }: Change<LiftRestriction>,
    child: web::Path<ChildId>,
) -> Answer {
    lift.validate()?;
    let view = api.store.act_once(&actor, Lift { child: *child }, once, move |granted| granted.lift(&lift)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Propose to somebody else to seal the record, to name others for a sealed one, or to unseal it. At least two of those
/// you name are safeguarding leads, since unsealing takes two. Needs a fresh second factor.
#[utoipa::path(post, path = "/v1/children/{child}/sealing-proposals", operation_id = "propose_sealing",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewSealing,
    responses((status = 201, body = RestrictionView, description = "Proposed; nothing has changed yet.")))]
pub(crate) async fn propose(
    Change { api, actor, once, body: new, .. }: Change<NewSealing>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = ProposeSealing { child: *child };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.propose(&new)).await?;
    Ok(HttpResponse::Created().json(view))
}

/// Approve or decline another lead's proposal. What names somebody who has left meanwhile, or too few who still lead,
/// can only be declined. Needs a fresh second factor.
#[utoipa::path(post, path = "/v1/sealing-proposals/{proposal}/decision", operation_id = "decide_sealing",
    tag = "restrictions", params(("proposal" = ProposalId, Path), IdempotencyHeader), request_body = SealingDecision,
    responses((status = 200, body = RestrictionView, description = "Decided.")))]
pub(crate) async fn decide(
    Change { api, actor, once, body: decision, .. }: Change<SealingDecision>,
    proposal: web::Path<ProposalId>,
) -> Answer {
    decision.validate()?;
    let action = DecideSealing { proposal: *proposal };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.decide(&decision)).await?;
    Ok(HttpResponse::Ok().json(view))
}
