//! A child's chronology, across agencies.

use actix_web::{HttpRequest, web};
use alongside_domain::ChildId;
use alongside_domain::chronology::ChronologyEntry;
use alongside_policy::action::ViewChronology;

use crate::caller::identity::Caller;
use crate::wire::headers::{PurposeHeader, Why};
use crate::wire::paging::{HistoricPageQuery, Listing, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// View a child's chronology
///
/// Returns the recordings of every agency that you may read, newest first, now or as known at an instant. Recordings
/// that are withheld from you are named in `_withheld`. For workers involved with the child and others whom the
/// policies allow to read the record.
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
