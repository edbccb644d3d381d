//! Emergency access: begun by the worker who needs it, reviewed by another person.

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

/// Begin emergency access
///
/// Opens the child's record for reading, for one hour. Send a reason from the list and a sentence on what happened.
/// Needs a second factor that was proved in the last five minutes. The workers who answer for the record are notified,
/// and another person reviews the access within two working days. It does not open sealed records, or recordings kept
/// for police or named people.
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

/// Co-sign a colleague's emergency access
///
/// Lets a colleague begin one more emergency access although an earlier one was not reviewed in time. The signature is
/// valid for 30 minutes. For supervisors and safeguarding leads of the colleague's agency.
#[utoipa::path(post, path = "/v1/children/{child}/emergency-cosignatures", operation_id = "cosign_emergency_access",
    tag = "emergency access", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewCosignature,
    responses((status = 204, description = "Co-signed.")))]
pub(crate) async fn cosign(
    Change { api, actor, once, body: new, .. }: Change<NewCosignature>,
    child: web::Path<ChildId>,
) -> Answer {
    let action = CosignEmergencyAccess { child: *child, worker: new.worker_id };
    api.store.act_once(&actor, action, once, |granted| granted.cosign()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List emergency accesses
///
/// Returns emergency accesses with the outcomes of their reviews, newest first, without the children's ids. For
/// safeguarding leads and auditors. The list leaves out accesses by workers whom you manage or who manage you. It also
/// leaves out accesses to the record of a child in your family, and to sealed records that do not name you.
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

/// An emergency access with a page of the views made during it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EmergencyWithLooks {
    #[serde(flatten)]
    emergency: EmergencyInFull,
    /// Each view of this record by the same worker in that hour, newest first, refusals included. That a recording was
    /// refused is shown only to auditors and to callers who may know of the recording.
    looks: Vec<EmergencyLook>,
    /// The cursor of the next page of views; null on the last page.
    next: Option<String>,
}

/// View an emergency access
///
/// Returns the reason, what the worker viewed during the hour, and the outcome of the review, without the child's id.
/// For the worker who made it, and for safeguarding leads and auditors who may review it. Other callers receive 404.
#[utoipa::path(get, path = "/v1/emergency-accesses/{emergency}", operation_id = "view_emergency_access",
    tag = "emergency access", params(("emergency" = EmergencyId, Path), PageQuery),
    responses((status = 200, body = EmergencyWithLooks, description = "The emergency access, with a page of the views made during it.")))]
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

/// Review an emergency access
///
/// Records the outcome of the review and the reasons. For safeguarding leads and auditors. You cannot review your own
/// emergency access, or one made by a worker whom you manage or who manages you.
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
