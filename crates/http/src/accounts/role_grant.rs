//! Roles that one administrator proposes and a second person confirms.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::accounts::role_grant::{
    NewRoleGrant, RoleGrant, RoleGrantChoice, RoleGrantChoices, RoleGrantDecision, TakeUp,
};
use alongside_domain::accounts::worker::Worker;
use alongside_domain::{RoleGrantId, WorkerId};
use alongside_policy::action::{DecideRoleGrant, ListRoleGrants, ProposeRoleGrant, TakeUpRoles};
use serde::Serialize;

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::headers::{IdempotencyHeader, IdempotencyKey};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::{Answer, Problem, ProblemBody};
use crate::wire::query::Query;

/// The roles that were proposed, newest first, and what became of them. What nobody decides about for 14 days runs out.
/// Administrators and auditors see all; supervisors and safeguarding leads see those of their own agency.
#[utoipa::path(get, path = "/v1/role-grants", operation_id = "list_role_grants", tag = "partnership",
    params(PageQuery), responses((status = 200, body = Listing<RoleGrant>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListRoleGrants {}, move |granted| granted.grants(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Propose a role for a worker: any but `board_analyst`. Needs a fresh second factor. Those who may confirm it are
/// notified and have 14 days: another administrator; for a practitioner or supervisor also a safeguarding lead of the
/// agency, and for a practitioner a supervisor of it. For administrators.
#[utoipa::path(post, path = "/v1/workers/{worker}/role-grants", operation_id = "propose_role_grant",
    tag = "partnership", params(("worker" = WorkerId, Path), IdempotencyHeader), request_body = NewRoleGrant,
    responses((status = 201, body = RoleGrant, description = "Proposed; nothing has changed yet.")))]
pub(crate) async fn propose(
    Change { api, actor, once, body: new, .. }: Change<NewRoleGrant>,
    worker: web::Path<WorkerId>,
) -> Answer {
    new.validate()?;
    let action = ProposeRoleGrant { worker: *worker };
    let grant = api.store.act_once(&actor, action, once, move |granted| granted.propose(&new)).await?;
    Ok(HttpResponse::Created().json(grant))
}

/// Confirm that a person works there and needs the role that somebody else proposed, or decline. Needs a fresh second
/// factor. Where an administrator could get into the account, the answer has a `code`: hand it to its owner, who takes
/// the role up with POST /v1/me/roles. Confirm again for another code. For administrators, and for supervisors and
/// safeguarding leads of the agency; never for whoever proposed it, is to have it, or could get into the account.
#[utoipa::path(post, path = "/v1/role-grants/{grant}/decision", operation_id = "decide_role_grant",
    tag = "partnership", params(("grant" = RoleGrantId, Path), IdempotencyHeader), request_body = RoleGrantDecision,
    responses((status = 200, body = RoleGrant, description = "Decided.")))]
pub(crate) async fn decide(
    Change { api, actor, once, body: decision, .. }: Change<RoleGrantDecision>,
    grant: web::Path<RoleGrantId>,
) -> Answer {
    decision.validate()?;
    let action = DecideRoleGrant { grant: *grant };
    let grant = api.store.act_once(&actor, action, once, move |granted| granted.decide(&decision)).await?;
    Ok(HttpResponse::Ok().json(grant))
}

/// What came of one decision of several.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoleGrantOutcome {
    /// The proposal.
    grant_id: RoleGrantId,
    /// The proposal as it stands now, where the decision was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<RoleGrant>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemBody>,
}

/// What came of several decisions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoleGrantOutcomes {
    /// In the order of the decisions.
    outcomes: Vec<RoleGrantOutcome>,
}

/// Decide about up to 100 proposals. Each is decided for itself, as by `decide_role_grant`, and has its outcome in the
/// answer; one that cannot be decided does not hold the others up. Repeated with its Idempotency-Key, the request
/// answers what was decided with the same codes as long as they are good, and decides the rest.
#[utoipa::path(post, path = "/v1/role-grants/decisions", operation_id = "decide_role_grants",
    tag = "partnership", params(IdempotencyHeader), request_body = RoleGrantChoices,
    responses((status = 200, body = RoleGrantOutcomes, description = "The outcome of each.")))]
pub(crate) async fn decide_several(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    key: IdempotencyKey,
    body: Body<RoleGrantChoices>,
) -> Answer {
    body.value.validate()?;
    let mut outcomes = Vec::with_capacity(body.value.decisions.len());
    for RoleGrantChoice { grant_id, decision } in body.value.decisions {
        let once = key.once_of(&request, &grant_id.to_string(), &body.raw);
        let action = DecideRoleGrant { grant: grant_id };
        let decided = api.store.act_once(&actor, action, once, move |granted| granted.decide(&decision)).await;
        let (grant, problem) = match decided.map_err(Problem::from) {
            Ok(grant) => (Some(grant), None),
            Err(problem) if problem.is_about_the_request() => return Err(problem),
            Err(problem) => (None, Some(problem.body())),
        };
        outcomes.push(RoleGrantOutcome { grant_id, grant, problem });
    }
    Ok(HttpResponse::Ok().json(RoleGrantOutcomes { outcomes }))
}

/// Take up the roles that were confirmed for you, with the code from whoever confirmed. Needs a password of your own
/// and a second factor. Your other sessions end, and links with other issuers than that of this session.
#[utoipa::path(post, path = "/v1/me/roles", operation_id = "take_up_roles", tag = "sessions", request_body = TakeUp,
    responses((status = 200, body = Worker, description = "Your account, with the roles.")))]
pub(crate) async fn take_up(Caller { api, actor }: Caller, body: Body<TakeUp>) -> Answer {
    body.value.validate()?;
    let (by, code) = (actor.clone(), body.value);
    let me = api.store.act(&actor, TakeUpRoles {}, move |granted| granted.take_up(&by, &code)).await?;
    Ok(HttpResponse::Ok().json(me))
}
