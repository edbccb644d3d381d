//! Front-door duties.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::FrontDoorDutyId;
use alongside_domain::statutory::front_door::{FrontDoorDuty, NewFrontDoorDuty};
use alongside_policy::action::{EndFrontDoorDuty, GiveFrontDoorDuty, ListFrontDoorDuties};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::{IdempotencyHeader, IdempotencyKey};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// List front-door duties
///
/// Returns the front-door duties of your agency, past and planned, latest start first. Auditors see those of every
/// agency.
#[utoipa::path(get, path = "/v1/front-door-duties", operation_id = "list_front_door_duties", tag = "referrals",
    params(PageQuery), responses((status = 200, body = Listing<FrontDoorDuty>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListFrontDoorDuties {}, move |granted| granted.duties(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// Give front-door duty to a colleague
///
/// Puts a colleague on front-door duty for at most 14 days. Until it ends, they accept and decline the referrals that
/// were sent to your agency. For supervisors and safeguarding leads. You cannot give duty to yourself. The colleague
/// and the safeguarding leads of the agency are notified.
#[utoipa::path(post, path = "/v1/front-door-duties", operation_id = "give_front_door_duty", tag = "referrals",
    params(IdempotencyHeader), request_body = NewFrontDoorDuty,
    responses((status = 201, body = FrontDoorDuty, description = "Given.")))]
pub(crate) async fn give(Change { api, actor, once, body: new, .. }: Change<NewFrontDoorDuty>) -> Answer {
    new.validate(api.store.now())?;
    let action = GiveFrontDoorDuty { worker: new.worker_id };
    let duty = api.store.act_once(&actor, action, once, move |granted| granted.give_duty(&new)).await?;
    Ok(HttpResponse::Created().json(duty))
}

/// End a front-door duty
///
/// Ends the duty now. For the worker on duty, and for supervisors and safeguarding leads of the agency.
#[utoipa::path(post, path = "/v1/front-door-duties/{duty}/end", operation_id = "end_front_door_duty", tag = "referrals",
    params(("duty" = FrontDoorDutyId, Path), IdempotencyHeader),
    responses((status = 200, body = FrontDoorDuty, description = "Ended.")))]
pub(crate) async fn end(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    duty: web::Path<FrontDoorDutyId>,
    key: IdempotencyKey,
) -> Answer {
    let once = key.once(&request, &[]);
    let action = EndFrontDoorDuty { duty: *duty };
    let duty = api.store.act_once(&actor, action, once, |granted| granted.end_duty()).await?;
    Ok(HttpResponse::Ok().json(duty))
}
