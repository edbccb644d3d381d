//! Roles that one administrator proposes and another grants.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::role_grant::{NewRoleGrant, RoleGrant, RoleGrantDecision};
use alongside_domain::{RoleGrantId, WorkerId};
use alongside_policy::action::{DecideRoleGrant, ListRoleGrants, ProposeRoleGrant};

use crate::Api;
use crate::body::Body;
use crate::headers::{IdempotencyHeader, IdempotencyKey};
use crate::identity::Identity;
use crate::paging::{Listing, PageQuery, listing};
use crate::problem::Answer;

/// The roles that were proposed, newest first, and what became of them. What nobody decides about for 14 days runs out. For administrators and auditors.
#[utoipa::path(get, path = "/v1/role-grants", operation_id = "list_role_grants", tag = "partnership",
    params(PageQuery), responses((status = 200, body = Listing<RoleGrant>, description = "A page.")))]
pub(crate) async fn list(
    api: web::Data<Api>,
    Identity(actor): Identity,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListRoleGrants {}, move |granted| granted.grants(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Propose to another administrator to make a worker safeguarding lead, auditor or administrator. Needs a fresh
/// second factor. The others are told, and one of them has 14 days to decide. For administrators.
#[utoipa::path(post, path = "/v1/workers/{worker}/role-grants", operation_id = "propose_role_grant",
    tag = "partnership", params(("worker" = WorkerId, Path), IdempotencyHeader), request_body = NewRoleGrant,
    responses((status = 201, body = RoleGrant, description = "Proposed; nothing has changed yet.")))]
pub(crate) async fn propose(
    api: web::Data<Api>,
    Identity(actor): Identity,
    request: HttpRequest,
    worker: web::Path<WorkerId>,
    key: IdempotencyKey,
    body: Body<NewRoleGrant>,
) -> Answer {
    body.value.validate()?;
    let (once, new) = (key.once(&request, &body.raw), body.value);
    let action = ProposeRoleGrant { worker: *worker };
    let grant = api.store.act_once(&actor, action, once, move |granted| granted.propose(&new)).await?;
    Ok(HttpResponse::Created().json(grant))
}

/// Give the role that another administrator proposed for somebody else than you, or decline to. Needs a fresh second
/// factor. For administrators.
#[utoipa::path(post, path = "/v1/role-grants/{grant}/decision", operation_id = "decide_role_grant",
    tag = "partnership", params(("grant" = RoleGrantId, Path), IdempotencyHeader), request_body = RoleGrantDecision,
    responses((status = 200, body = RoleGrant, description = "Decided.")))]
pub(crate) async fn decide(
    api: web::Data<Api>,
    Identity(actor): Identity,
    request: HttpRequest,
    grant: web::Path<RoleGrantId>,
    key: IdempotencyKey,
    body: Body<RoleGrantDecision>,
) -> Answer {
    body.value.validate()?;
    let (once, decision) = (key.once(&request, &body.raw), body.value);
    let action = DecideRoleGrant { grant: *grant };
    let grant = api.store.act_once(&actor, action, once, move |granted| granted.decide(&decision)).await?;
    Ok(HttpResponse::Ok().json(grant))
}
