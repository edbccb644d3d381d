//! Who viewed a record, and what the caller may do to it.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::ChildId;
use alongside_domain::access::own_access::{Access, AccessEvent};
use alongside_policy::action::{ViewAccessHistory, ViewOwnAccess};

use crate::caller::identity::Caller;
use crate::wire::headers::{PurposeHeader, Why};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// List the accesses to a child's record
///
/// Returns each access with the worker, the time, the purpose and the outcome, newest first. Refused attempts are
/// included. For workers allocated to the child or in the team, supervisors and safeguarding leads whose agency works
/// with the child, and auditors. This request is audited too.
#[utoipa::path(get, path = "/v1/children/{child}/access-history", operation_id = "view_access_history", tag = "children",
    params(("child" = ChildId, Path), PageQuery, PurposeHeader),
    responses((status = 200, body = Listing<AccessEvent>, description = "A page, newest first.")))]
pub(crate) async fn view(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    child: web::Path<ChildId>,
    Query(query): Query<PageQuery>,
    Why(purpose): Why,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let action = ViewAccessHistory { child: *child, purpose };
    let page = api.store.act(&actor, action, move |granted| granted.accesses(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Check your own access to a child's record
///
/// Lists the actions that you may take on the record now, and the policies that allow or refuse each one. Returns
/// nothing from the record itself.
#[utoipa::path(get, path = "/v1/me/access/{child}", operation_id = "view_own_access", tag = "children",
    params(("child" = ChildId, Path)), responses((status = 200, body = Access, description = "The actions that you may take, and the policies that apply.")))]
pub(crate) async fn own(Caller { api, actor }: Caller, child: web::Path<ChildId>) -> Answer {
    let access = api.store.act(&actor, ViewOwnAccess { child: *child }, |granted| granted.access()).await?;
    Ok(HttpResponse::Ok().json(access))
}
