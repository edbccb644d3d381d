//! Records that are open to named people only.

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

/// View the restriction of a record
///
/// Returns how far the record is closed, the people for whom it is open, and every step that led there. For
/// safeguarding leads whose agency works with the child, or for whom the closed record is open.
#[utoipa::path(get, path = "/v1/children/{child}/restriction", operation_id = "view_restriction", tag = "restrictions",
    params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = RestrictionView, description = "The restriction, with every step, newest first.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewRestriction { child: *child, purpose };
    let view = api.store.act(&actor, action, |granted| granted.restriction()).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Restrict a record to named people
///
/// Restricts the record to the people you name, or changes who they are. For all other callers the record is hidden. At
/// least one of them must be a safeguarding lead, who can open the record again. For safeguarding leads whose agency
/// works with the child, or for whom the closed record is open.
#[utoipa::path(post, path = "/v1/children/{child}/restriction", operation_id = "restrict_record", tag = "restrictions",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewRestriction,
    responses((status = 201, body = RestrictionView, description = "Restricted.")))]
pub(crate) async fn restrict(
    Change { api, actor, once, body: new, .. }: Change<NewRestriction>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = RestrictRecord { child: *child };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.restrict(&new)).await?;
    Ok(HttpResponse::Created().json(view))
}

/// Lift a restriction
///
/// Opens a restricted record again, with a reason. For safeguarding leads for whom the record is open. To open a sealed
/// record, propose to unseal it.
#[utoipa::path(post, path = "/v1/children/{child}/restriction/lift", operation_id = "lift_restriction",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = LiftRestriction,
    responses((status = 200, body = RestrictionView, description = "Open again.")))]
pub(crate) async fn lift(
    Change { api, actor, once, body: lift, .. }: Change<LiftRestriction>,
    child: web::Path<ChildId>,
) -> Answer {
    lift.validate()?;
    let view = api.store.act_once(&actor, Lift { child: *child }, once, move |granted| granted.lift(&lift)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Propose to seal or unseal a record
///
/// Proposes to seal the record, to change the people named on a sealed record, or to unseal it. A second safeguarding
/// lead decides; until then nothing changes. At least two of the people you name must be safeguarding leads, because
/// unsealing takes two. Needs a second factor that was proved in the last five minutes.
#[utoipa::path(post, path = "/v1/children/{child}/sealing-proposals", operation_id = "propose_sealing",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewSealing,
    responses((status = 201, body = RestrictionView, description = "Proposed. Nothing has changed yet.")))]
pub(crate) async fn propose(
    Change { api, actor, once, body: new, .. }: Change<NewSealing>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = ProposeSealing { child: *child };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.propose(&new)).await?;
    Ok(HttpResponse::Created().json(view))
}

/// Decide a sealing proposal
///
/// Approves or declines another lead's proposal. If a named person has left since, or fewer than two named people are
/// still safeguarding leads, the proposal can only be declined. Needs a second factor that was proved in the last five
/// minutes.
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
