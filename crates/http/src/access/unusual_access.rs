//! Workers whose access was unusual, and the confirmation that their work needs it.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::audit::activity::{NewConfirmation, UnusualAccess};
use alongside_policy::action::{ConfirmUnusualAccess, ListUnusualAccess};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// List unusual access
///
/// Returns each worker and day with unusual access, newest first: what was counted, the threshold, whether the worker
/// has to wait, and who confirmed it. Auditors see every agency. Supervisors and safeguarding leads see their own
/// agency's other staff.
#[utoipa::path(get, path = "/v1/audit/unusual", operation_id = "list_unusual_access", tag = "audit",
    params(PageQuery), responses((status = 200, body = Listing<UnusualAccess>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListUnusualAccess {}, move |granted| granted.unusual(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Confirm a colleague's unusual access
///
/// Confirms that the colleague's work needs the unusual access of today. The colleague can continue at once, until
/// midnight UTC. For supervisors and safeguarding leads of the worker's agency. You cannot confirm your own access.
#[utoipa::path(post, path = "/v1/workers/{worker}/unusual-access/confirmation", operation_id = "confirm_unusual_access",
    tag = "audit", params(("worker" = WorkerId, Path), IdempotencyHeader), request_body = NewConfirmation,
    responses((status = 200, body = Listing<UnusualAccess>, description = "The unusual access of today, confirmed.")))]
pub(crate) async fn confirm(
    Change { api, actor, once, body: new, .. }: Change<NewConfirmation>,
    worker: web::Path<WorkerId>,
) -> Answer {
    new.validate()?;
    let action = ConfirmUnusualAccess { worker: *worker };
    let confirmed = api.store.act_once(&actor, action, once, move |granted| granted.confirm(&new)).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(confirmed)))
}
