//! Referrals between agencies.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::record::entry::New;
use alongside_domain::statutory::referral::{Decision, Outcome, Referral, ReferralView};
use alongside_domain::{ChildId, EntryId};
use alongside_policy::action::{ConcludeReferral, DecideReferral, ListReferrals, Record, View};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

fn shown(mut response: actix_web::HttpResponseBuilder, view: &ReferralView) -> HttpResponse {
    response.insert_header((header::ETAG, etag(view.referral.head.version))).json(view)
}

/// Refer a child
///
/// Asks another agency to assess or help the child. Send the reason, what you ask for, and the concerns that the other
/// agency needs to read. Any worker who uses records may refer any child.
#[utoipa::path(post, path = "/v1/children/{child}/referrals", operation_id = "refer_child", tag = "referrals",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = New<Referral>,
    responses((status = 201, body = ReferralView, description = "Sent.")))]
pub(crate) async fn refer(
    Change { api, actor, once, body: new, .. }: Change<New<Referral>>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = Record::<Referral>::new(*child);
    let view = api.store.act_once(&actor, action, once, move |granted| granted.refer(&new)).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/v1/referrals/{}", view.referral.head.id)));
    Ok(shown(response, &view))
}

/// List referrals
///
/// Returns the referrals sent by and to your agency, newest first. Each has its status and its outcome. For workers who
/// use records.
#[utoipa::path(get, path = "/v1/referrals", operation_id = "list_referrals", tag = "referrals", params(PageQuery),
    responses((status = 200, body = Listing<ReferralView>, description = "A page.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListReferrals {}, move |granted| granted.referrals(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// View a referral
///
/// Returns the referral with its status and outcome. Staff of both agencies can always view it.
#[utoipa::path(get, path = "/v1/referrals/{referral}", operation_id = "view_referral", tag = "referrals",
    params(("referral" = EntryId, Path)), responses((status = 200, body = ReferralView, description = "The referral.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, referral: web::Path<EntryId>) -> Answer {
    let action = View::<Referral>::new(*referral, None);
    let view = api.store.act(&actor, action, |granted| granted.referral()).await?;
    Ok(shown(HttpResponse::Ok(), &view))
}

/// Accept or decline a referral
///
/// Records the decision with its reasons. For supervisors, safeguarding leads and staff on front-door duty of the
/// agency that was asked, except the author of the referral. The worker who accepts is allocated to the child until the
/// outcome is recorded, or for a number of days from the settings. The workers and safeguarding leads who already
/// answer for the child are notified.
#[utoipa::path(post, path = "/v1/referrals/{referral}/decision", operation_id = "decide_referral", tag = "referrals",
    params(("referral" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Decision,
    responses((status = 200, body = ReferralView, description = "Decided.")))]
pub(crate) async fn decide(
    Change { api, actor, once, body: decision, .. }: Change<Decision>,
    referral: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    decision.validate()?;
    let action = DecideReferral { referral: *referral };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.decide(expected, &decision)).await?;
    Ok(shown(HttpResponse::Ok(), &view))
}

/// Record the outcome of a referral
///
/// Records what became of an accepted referral; the agency that sent it can read this. The allocation made by the
/// acceptance ends. If work continues, ask a supervisor to allocate the worker first. For the worker allocated to the
/// child, and for supervisors, safeguarding leads and staff on front-door duty, of the agency that was asked.
#[utoipa::path(post, path = "/v1/referrals/{referral}/outcome", operation_id = "conclude_referral", tag = "referrals",
    params(("referral" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Outcome,
    responses((status = 200, body = ReferralView, description = "Concluded.")))]
pub(crate) async fn conclude(
    Change { api, actor, once, body: outcome, .. }: Change<Outcome>,
    referral: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    outcome.validate()?;
    let action = ConcludeReferral { referral: *referral };
    let view = api.store.act_once(&actor, action, once, move |granted| granted.conclude(expected, &outcome)).await?;
    Ok(shown(HttpResponse::Ok(), &view))
}
