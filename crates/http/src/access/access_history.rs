//! Who looked, and what one may do oneself.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::ChildId;
use alongside_domain::access::own_access::{Access, AccessEvent};
use alongside_policy::action::{ViewAccessHistory, ViewOwnAccess};

use crate::caller::identity::Caller;
use crate::wire::headers::{PurposeHeader, Why};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// Who looked at the child's record, when and why, refusals included.
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

/// What you may do to the child's record now, and by which rules. Tells nothing of the record.
#[utoipa::path(get, path = "/v1/me/access/{child}", operation_id = "view_own_access", tag = "children",
    params(("child" = ChildId, Path)), responses((status = 200, body = Access, description = "In plain words.")))]
pub(crate) async fn own(Caller { api, actor }: Caller, child: web::Path<ChildId>) -> Answer {
    let access = api.store.act(&actor, ViewOwnAccess { child: *child }, |granted| granted.access()).await?;
    Ok(HttpResponse::Ok().json(access))
}
