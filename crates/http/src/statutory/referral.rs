//! Referrals from agency to agency.

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

/// Ask another agency for help for the child, with the concerns that go with it.
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

/// The referrals to and from your agency, newest first.
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

/// A referral with its status and outcome. Both agencies always see it.
#[utoipa::path(get, path = "/v1/referrals/{referral}", operation_id = "view_referral", tag = "referrals",
    params(("referral" = EntryId, Path)), responses((status = 200, body = ReferralView, description = "The referral.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, referral: web::Path<EntryId>) -> Answer {
    let action = View::<Referral>::new(*referral, None);
    let view = api.store.act(&actor, action, |granted| granted.referral()).await?;
    Ok(shown(HttpResponse::Ok(), &view))
}

/// Accept or decline. For supervisors, safeguarding leads and staff on front-door duty of the agency that was asked,
/// and not for the author of the referral. The worker who accepts is allocated to the child until the
/// outcome is recorded, or for the days that a setting names. The workers and
/// safeguarding leads who answer for the child already are notified.
#[utoipa::path(post, path = "/v1/referrals/{referral}/decision", operation_id = "decide_referral", tag = "referrals",
    params(("referral" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Decision,
    responses((status = 200, body = ReferralView, description = "Answered.")))]
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

/// Record what became of an accepted referral. The agency that sent it reads this. The allocation that the acceptance
/// made ends with it: if work goes on, ask a supervisor to allocate the worker first. For the worker allocated to the
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
