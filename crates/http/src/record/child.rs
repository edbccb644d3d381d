//! The child's record.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use alongside_domain::ChildId;
use alongside_domain::accounts::worker::Actor;
use alongside_domain::chronology::Overview;
use alongside_domain::record::child::{Candidates, ChildAmendment, ChildSearch, ChildView, NewChild};
use alongside_domain::vocabulary::version::VersionNote;
use alongside_policy::action::{AmendChild, CreateChild, SearchChildren, ViewChild, ViewOverview};
use alongside_storage::{Error, Granted};

use crate::caller::api::Api;
use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader, PurposeHeader, Why};
use crate::wire::paging::{InstantQuery, Listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// The number of concerns in an overview.
const LATEST: u32 = 20;

/// Takes searches from the caller's rate limit.
pub(crate) fn spending(api: &web::Data<Api>, actor: &Actor) -> impl FnMut(u32) -> Result<(), Error> + Send + use<> {
    let (api, worker) = (web::Data::clone(api), actor.worker);
    move |count| api.edge.limits.searches_by(worker, count)
}

fn shown(mut response: actix_web::HttpResponseBuilder, child: &ChildView) -> HttpResponse {
    response.insert_header((header::ETAG, etag(child.version))).json(child)
}

/// Begin a child's record
///
/// Creates a record with the child's name, date of birth and numbers. Each number is compared with the numbers of other
/// children and counts as a search. If another child has one of the numbers, the response is 409 with the candidates.
/// If it is a different child, send the request again with the reason in `new_because`. For workers who use records.
/// The worker who begins the record is allocated to the child for 90 days.
#[utoipa::path(post, path = "/v1/children", operation_id = "create_child", tag = "children", params(IdempotencyHeader),
    request_body = NewChild, responses((status = 201, body = ChildView, description = "The new record.")))]
pub(crate) async fn create(Change { api, actor, once, body: new, .. }: Change<NewChild>) -> Answer {
    new.validate(api.store.now())?;
    let mut spend = spending(&api, &actor);
    let create = move |granted: &mut Granted<'_, CreateChild>| granted.create(&new, &mut spend);
    let child = api.store.act_once(&actor, CreateChild {}, once, create).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/v1/children/{}", child.id)));
    Ok(shown(response, &child))
}

/// Search for a child
///
/// Searches by a number, by a name with a date of birth, or by both. Children who match both come first, then children
/// whom you and your agency work with, then the latest. At most 50 are returned. If there are more, `cut` is true and
/// `remark` says how to narrow the search. Each search counts against a low rate limit.
#[utoipa::path(post, path = "/v1/children/search", operation_id = "search_children", tag = "children", params(PurposeHeader),
    request_body = ChildSearch, responses((status = 200, body = Candidates, description = "The candidates.")))]
pub(crate) async fn search(Caller { api, actor }: Caller, Why(purpose): Why, body: Body<ChildSearch>) -> Answer {
    let compared = u32::from(body.value.identifier.is_some()) + u32::from(body.value.name.is_some());
    api.edge.limits.searches_by(actor.worker, compared.max(1))?;
    body.value.validate(api.store.now())?;
    let search = body.value;
    let found = api.store.act(&actor, SearchChildren { purpose }, move |granted| granted.search(&search)).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// View a child
///
/// Returns the child's identity and details, now or as known at an instant. The ETag is the version to send when you
/// correct them.
#[utoipa::path(get, path = "/v1/children/{child}", operation_id = "view_child", tag = "children",
    params(("child" = ChildId, Path), InstantQuery, PurposeHeader),
    responses((status = 200, body = ChildView, description = "The child.")))]
pub(crate) async fn view(
    Caller { api, actor }: Caller,
    child: web::Path<ChildId>,
    Query(query): Query<InstantQuery>,
    Why(purpose): Why,
) -> Answer {
    let (action, instant) = (ViewChild { child: *child, purpose }, query.as_known_at);
    let child = api.store.act(&actor, action, move |granted| granted.child(instant)).await?;
    Ok(shown(HttpResponse::Ok(), &child))
}

/// List the versions of a child's details
///
/// Returns who wrote each version of the child's details, when and why, oldest first. To read an earlier version, view
/// the child with `as_known_at`.
#[utoipa::path(get, path = "/v1/children/{child}/versions", operation_id = "view_child_versions", tag = "children",
    params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = Listing<VersionNote>, description = "The versions, oldest first.")))]
pub(crate) async fn versions(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewChild { child: *child, purpose };
    let versions = api.store.act(&actor, action, |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(versions)))
}

/// View an overview of a child
///
/// Returns the child's identity and details with the latest 20 concerns. Concerns that are withheld from you are named
/// in `_withheld`. Partner information about the child is included.
#[utoipa::path(get, path = "/v1/children/{child}/overview", operation_id = "view_overview", tag = "children",
    params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = Overview, description = "The overview.")))]
pub(crate) async fn overview(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewOverview { child: *child, purpose };
    let overview = api.store.act(&actor, action, |granted| granted.overview(LATEST)).await?;
    Ok(HttpResponse::Ok().json(overview))
}

/// Correct a child's details
///
/// Replaces the child's details. Send If-Match with the ETag of the version you read. Earlier versions can still be
/// read. Each number that is new to the record is compared with the numbers of other children and counts as a search.
#[utoipa::path(put, path = "/v1/children/{child}", operation_id = "amend_child", tag = "children",
    params(("child" = ChildId, Path), IfMatchHeader), request_body = ChildAmendment,
    responses((status = 200, body = ChildView, description = "Corrected.")))]
pub(crate) async fn amend(
    Caller { api, actor }: Caller,
    child: web::Path<ChildId>,
    IfMatch(expected): IfMatch,
    body: Body<ChildAmendment>,
) -> Answer {
    body.value.validate(api.store.now())?;
    let (action, amendment, mut spend) = (AmendChild { child: *child }, body.value, spending(&api, &actor));
    let amend = move |granted: &mut Granted<'_, AmendChild>| granted.amend(expected, &amendment, &mut spend);
    let child = api.store.act(&actor, action, amend).await?;
    Ok(shown(HttpResponse::Ok(), &child))
}
