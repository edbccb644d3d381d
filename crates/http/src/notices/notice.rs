//! The caller's notices.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::NoticeId;
use alongside_domain::notices::notice::Notice;
use alongside_policy::action::{AcknowledgeNotice, ListNotices};

use crate::caller::identity::Caller;
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// List your notices
///
/// Returns the notices that were sent to you, newest first. Notices stay in the list after you acknowledge them.
#[utoipa::path(get, path = "/v1/notices", operation_id = "list_notices", tag = "notices", params(PageQuery),
    responses((status = 200, body = Listing<Notice>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListNotices {}, move |granted| granted.notices(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Acknowledge a notice
///
/// Marks the notice as read. A second acknowledgement changes nothing.
#[utoipa::path(post, path = "/v1/notices/{notice}/acknowledgement", operation_id = "acknowledge_notice",
    tag = "notices", params(("notice" = NoticeId, Path)),
    responses((status = 204, description = "Acknowledged.")))]
pub(crate) async fn acknowledge(Caller { api, actor }: Caller, notice: web::Path<NoticeId>) -> Answer {
    api.store.act(&actor, AcknowledgeNotice { notice: *notice }, |granted| granted.acknowledge()).await?;
    Ok(HttpResponse::NoContent().finish())
}
