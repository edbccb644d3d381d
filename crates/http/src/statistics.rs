//! Counts for a board.

use actix_web::HttpResponse;
use alongside_domain::statistics::{ConcernCount, Period};
use alongside_domain::vocabulary::calendar::Month;
use alongside_policy::action::ViewConcernCounts;
use serde::Deserialize;

use crate::caller::identity::Caller;
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// The period to count.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// The first month, written YYYY-MM.
    #[param(example = "2026-01", inline)]
    from: Month,
    /// The last month, written YYYY-MM.
    #[param(example = "2026-06", inline)]
    to: Month,
}

/// View counts of concerns
///
/// Returns the concerns recorded in each month, by agency and form of exploitation. Counts below ten are withheld; the
/// others are rounded to five. For board analysts.
#[utoipa::path(get, path = "/v1/statistics/concerns", operation_id = "view_concern_counts", tag = "statistics",
    params(PeriodQuery), responses((status = 200, body = Listing<ConcernCount>, description = "The counts. The response always has the same months, agencies and forms.")))]
pub(crate) async fn concerns(Caller { api, actor }: Caller, Query(query): Query<PeriodQuery>) -> Answer {
    let period = Period::new(query.from, query.to, api.store.now())?;
    let counts = api.store.act(&actor, ViewConcernCounts {}, move |granted| granted.counts(&period)).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(counts)))
}
