//! Observations of indicators, with how recent they are.

use actix_web::{HttpRequest, web};
use alongside_domain::record::entry::{Amendment, Entry, New, Withdrawal};
use alongside_domain::record::observation::{Observation, Recency};
use alongside_domain::vocabulary::version::VersionNote;
use alongside_domain::{At, ChildId, EntryId};
use serde::Serialize;

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::record::entry::{self, Shown};
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader, PurposeHeader, Why};
use crate::wire::paging::{HistoricPageQuery, InstantQuery, Listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// An observation with the time since the indicator was last noticed, counted from now or from the instant asked for.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ObservationView {
    #[serde(flatten)]
    entry: Entry<Observation>,
    /// How recent the observation is. Computed at each request.
    recency: Recency,
}

impl Shown for Observation {
    const PLURAL: &'static str = "observations";
    type View = ObservationView;

    fn shown(entry: Entry<Self>, now: At) -> ObservationView {
        let last = entry.content.last_noticed.unwrap_or(entry.head.occurred);
        ObservationView { recency: Recency::of(last.may_last_until(), now), entry }
    }

    fn completed(self) -> Self {
        self.pinned()
    }
}

/// Record an indicator that was observed
///
/// With what was seen and how often, and the code of the indicator from the catalogue. For workers who are involved with
/// the child.
#[utoipa::path(post, path = "/v1/children/{child}/observations", operation_id = "observe_indicator", tag = "observations",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = New<Observation>,
    responses((status = 201, body = ObservationView, description = "Recorded.")))]
pub(crate) async fn record(change: Change<New<Observation>>, child: web::Path<ChildId>) -> Answer {
    entry::record(change, *child).await
}

/// List the child's observations
///
/// Newest first, as they are now or as they were known at an instant. The answer names what is withheld from you.
#[utoipa::path(get, path = "/v1/children/{child}/observations", operation_id = "list_observations", tag = "observations",
    params(("child" = ChildId, Path), HistoricPageQuery, PurposeHeader),
    responses((status = 200, body = Listing<ObservationView>, description = "A page, and what is withheld.")))]
pub(crate) async fn list(
    caller: Caller,
    request: HttpRequest,
    child: web::Path<ChildId>,
    Query(query): Query<HistoricPageQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::list::<Observation>(&caller, &request, *child, purpose, &query).await
}

/// View an observation
///
/// As it is now or as it was known at an instant.
#[utoipa::path(get, path = "/v1/observations/{observation}", operation_id = "view_observation", tag = "observations",
    params(("observation" = EntryId, Path), InstantQuery, PurposeHeader),
    responses((status = 200, body = ObservationView, description = "What you may see of it.")))]
pub(crate) async fn view(
    caller: Caller,
    observation: web::Path<EntryId>,
    Query(query): Query<InstantQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::view::<Observation>(&caller, *observation, purpose, &query).await
}

/// List the versions of an observation
///
/// Who wrote each version, when and why, oldest first.
#[utoipa::path(get, path = "/v1/observations/{observation}/versions", operation_id = "view_observation_versions", tag = "observations",
    params(("observation" = EntryId, Path), PurposeHeader),
    responses((status = 200, body = Listing<VersionNote>, description = "Oldest first.")))]
pub(crate) async fn versions(caller: Caller, observation: web::Path<EntryId>, Why(purpose): Why) -> Answer {
    entry::versions::<Observation>(&caller, *observation, purpose).await
}

/// Correct an observation
///
/// The earlier version is kept and can still be read. Send the ETag of the version you have read as If-Match.
#[utoipa::path(put, path = "/v1/observations/{observation}", operation_id = "amend_observation", tag = "observations",
    params(("observation" = EntryId, Path), IfMatchHeader), request_body = Amendment<Observation>,
    responses((status = 200, body = ObservationView, description = "Corrected.")))]
pub(crate) async fn amend(
    caller: Caller,
    observation: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
    body: Body<Amendment<Observation>>,
) -> Answer {
    entry::amend(&caller, *observation, expected, body).await
}

/// Withdraw an observation
///
/// For a recording that was a mistake. It can still be read, with the reason. Send the ETag of the version you have read
/// as If-Match.
#[utoipa::path(post, path = "/v1/observations/{observation}/withdraw", operation_id = "withdraw_observation", tag = "observations",
    params(("observation" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Withdrawal,
    responses((status = 200, body = ObservationView, description = "Withdrawn.")))]
pub(crate) async fn withdraw(
    change: Change<Withdrawal>,
    observation: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    entry::withdraw::<Observation>(change, *observation, expected).await
}
