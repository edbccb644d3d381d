//! The child's story, across agencies.

use actix_web::{HttpRequest, web};
use alongside_domain::ChildId;
use alongside_domain::chronology::ChronologyEntry;
use alongside_policy::action::ViewChronology;

use crate::caller::identity::Caller;
use crate::wire::headers::{PurposeHeader, Why};
use crate::wire::paging::{HistoricPageQuery, Listing, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// Everything on the child's record that you may read, newest first; the rest is named in `_withheld`.
#[utoipa::path(get, path = "/v1/children/{child}/chronology", operation_id = "view_chronology", tag = "children",
    params(("child" = ChildId, Path), HistoricPageQuery, PurposeHeader),
    responses((status = 200, body = Listing<ChronologyEntry>, description = "A page.")))]
pub(crate) async fn view(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    child: web::Path<ChildId>,
    Query(query): Query<HistoricPageQuery>,
    Why(purpose): Why,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let action = ViewChronology { child: *child, purpose };
    let found = api.store.act(&actor, action, move |granted| granted.chronology(&page)).await?;
    Ok(listing(&api.store, &request, found.page, found.withheld))
}
