//! Roles that one administrator proposes and a second person confirms.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::accounts::role_grant::{
    NewRoleGrant, RoleGrant, RoleGrantChoice, RoleGrantChoices, RoleGrantDecision, TakeUp,
};
use alongside_domain::accounts::worker::Worker;
use alongside_domain::{RoleGrantId, WorkerId};
use alongside_policy::action::{DecideRoleGrant, ListRoleGrants, ProposeRoleGrant, TakeUpRoles};
use serde::Serialize;

use crate::accounts::worker;
use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::headers::{IdempotencyHeader, IdempotencyKey};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::{Answer, Problem, ProblemBody};
use crate::wire::query::Query;

/// List role proposals
///
/// Returns the proposed roles and their outcomes, newest first. A proposal that is not decided in 14 days expires.
/// Administrators and auditors see all of them. Supervisors and safeguarding leads see their own agency's.
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

/// Propose a role for a worker
///
/// Proposes any role except `board_analyst`. Needs a second factor that was proved in the last five minutes. The people
/// who may confirm it are notified and have 14 days: another administrator, a safeguarding lead of the agency for a
/// practitioner or supervisor, and a supervisor of the agency for a practitioner. For administrators.
#[utoipa::path(post, path = "/v1/workers/{worker}/role-grants", operation_id = "propose_role_grant",
    tag = "partnership", params(("worker" = WorkerId, Path), IdempotencyHeader), request_body = NewRoleGrant,
    responses((status = 201, body = RoleGrant, description = "Proposed. Nothing has changed yet.")))]
pub(crate) async fn propose(
    Change { api, actor, once, body: new, .. }: Change<NewRoleGrant>,
    worker: web::Path<WorkerId>,
) -> Answer {
    new.validate()?;
    let action = ProposeRoleGrant { worker: *worker };
    let grant = api.store.act_once(&actor, action, once, move |granted| granted.propose(&new)).await?;
    Ok(HttpResponse::Created().json(grant))
}

/// Decide a role proposal
///
/// Confirms that the worker works there and needs the role, or declines it. Needs a second factor that was proved in
/// the last five minutes. If an administrator could get into the account, the response has a `code`. Give the code to
/// the account's owner, who takes up the role with POST /v1/me/roles. Confirm again to get another code.
///
/// For administrators, and for supervisors and safeguarding leads of the agency. You cannot decide a role that you
/// proposed, a role for yourself, or a role for an account that you could get into.
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

/// The outcome of one decision in a request with several.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoleGrantOutcome {
    /// The proposal.
    grant_id: RoleGrantId,
    /// The proposal after the decision; absent when the decision was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<RoleGrant>,
    /// Why the decision was not made; absent when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemBody>,
}

/// The outcomes of several decisions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoleGrantOutcomes {
    /// One outcome for each decision, in the order of the request.
    outcomes: Vec<RoleGrantOutcome>,
}

/// Decide several role proposals
///
/// Decides up to 100 proposals. Each decision follows the rules of `decide_role_grant` and has its own outcome in the
/// response. A decision that cannot be made does not stop the others. If you repeat the request with its
/// Idempotency-Key, decisions that were already made are returned again, with the same codes while those are valid. The
/// rest are decided.
#[utoipa::path(post, path = "/v1/role-grants/decisions", operation_id = "decide_role_grants",
    tag = "partnership", params(IdempotencyHeader), request_body = RoleGrantChoices,
    responses((status = 200, body = RoleGrantOutcomes, description = "The outcome of each decision.")))]
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

/// Take up confirmed roles
///
/// Takes up the roles that were confirmed for you, with the code from the person who confirmed them. You need a
/// password that you chose yourself, and a second factor. Your other sessions end, and links to issuers other than the
/// one of this session are removed.
#[utoipa::path(post, path = "/v1/me/roles", operation_id = "take_up_roles", tag = "sessions", request_body = TakeUp,
    responses((status = 200, body = Worker, description = "Your account with the roles.")))]
pub(crate) async fn take_up(Caller { api, actor }: Caller, body: Body<TakeUp>) -> Answer {
    body.value.validate()?;
    let (by, code) = (actor.clone(), body.value);
    let me = api.store.act(&actor, TakeUpRoles {}, move |granted| granted.take_up(&by, &code)).await?;
    Ok(worker::shown(&mut HttpResponse::Ok(), &me))
}
