//! Emergency access: begun by whoever needs it, reviewed by somebody else.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::access::emergency::{
    Emergency, EmergencyForReview, EmergencyInFull, EmergencyLook, NewCosignature, NewEmergency, NewReview,
};
use alongside_domain::{ChildId, EmergencyId};
use alongside_policy::action::{
    BeginEmergencyAccess, CosignEmergencyAccess, ListEmergencyReviews, ReviewEmergencyAccess, ViewEmergencyAccess,
};
use serde::Serialize;

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::paging::{Listing, PageQuery, listing, next};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// Open a child's record for an hour because it cannot wait. Needs a fresh second factor; those who answer for
/// the record are told, and somebody else reviews it within two working days.
#[utoipa::path(post, path = "/v1/children/{child}/emergency-access", operation_id = "begin_emergency_access",
    tag = "emergency access", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewEmergency,
    responses((status = 201, body = Emergency, description = "Open until `ends_at`.")))]
pub(crate) async fn begin(
    Change { api, actor, once, body: new, .. }: Change<NewEmergency>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate()?;
    let action = BeginEmergencyAccess::new(*child, &new);
    let emergency = api.store.act_once(&actor, action, once, move |granted| granted.begin(&new)).await?;
    Ok(HttpResponse::Created().json(emergency))
}

/// Sign the next emergency access of a colleague whose earlier one was not reviewed in time. Good for half an hour.
#[utoipa::path(post, path = "/v1/children/{child}/emergency-cosignatures", operation_id = "cosign_emergency_access",
    tag = "emergency access", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewCosignature,
    responses((status = 204, description = "Signed.")))]
pub(crate) async fn cosign(
    Change { api, actor, once, body: new, .. }: Change<NewCosignature>,
    child: web::Path<ChildId>,
) -> Answer {
    let action = CosignEmergencyAccess { child: *child, worker: new.worker_id };
    api.store.act_once(&actor, action, once, |granted| granted.cosign()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Emergency accesses, newest first, and what their reviews came to, without the children's ids. One of somebody
/// whom you manage, or who manages you, is not among them, nor one that concerns a child in your family or a sealed
/// record that does not name you.
#[utoipa::path(get, path = "/v1/emergency-accesses", operation_id = "list_emergency_reviews", tag = "emergency access",
    params(PageQuery),
    responses((status = 200, body = Listing<EmergencyForReview>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListEmergencyReviews {}, move |granted| granted.emergencies(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// An emergency access with a page of the looks that were made meanwhile.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EmergencyWithLooks {
    #[serde(flatten)]
    emergency: EmergencyInFull,
    /// Each look of whoever had the access at this record in that hour, newest first, refusals included. That they were
    /// refused a recording is shown to those alone for whom it is there, and to auditors.
    looks: Vec<EmergencyLook>,
    /// Where the next page of looks begins; null on the last.
    next: Option<String>,
}

/// Why an emergency access was begun, what was looked at meanwhile, and what its review came to. For whoever made it,
/// and for whoever may review it; to everybody else it is not there. Without the child's id.
#[utoipa::path(get, path = "/v1/emergency-accesses/{emergency}", operation_id = "view_emergency_access",
    tag = "emergency access", params(("emergency" = EmergencyId, Path), PageQuery),
    responses((status = 200, body = EmergencyWithLooks, description = "With a page of looks.")))]
pub(crate) async fn view(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    emergency: web::Path<EmergencyId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let action = ViewEmergencyAccess { emergency: *emergency };
    let (emergency, looks) = api.store.act(&actor, action, move |granted| granted.emergency(&page)).await?;
    let next = next(&api.store, &request, looks.next);
    Ok(HttpResponse::Ok().json(EmergencyWithLooks { emergency, looks: looks.items, next }))
}

/// Record what the review of an emergency access comes to. Never one's own, nor that of one's manager or staff.
#[utoipa::path(post, path = "/v1/emergency-accesses/{emergency}/review", operation_id = "review_emergency_access",
    tag = "emergency access", params(("emergency" = EmergencyId, Path), IdempotencyHeader), request_body = NewReview,
    responses((status = 204, description = "Reviewed.")))]
pub(crate) async fn review(
    Change { api, actor, once, body: new, .. }: Change<NewReview>,
    emergency: web::Path<EmergencyId>,
) -> Answer {
    new.validate()?;
    let action = ReviewEmergencyAccess { emergency: *emergency };
    api.store.act_once(&actor, action, once, move |granted| granted.review(&new)).await?;
    Ok(HttpResponse::NoContent().finish())
}
