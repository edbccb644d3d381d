//! The catalogue of indicators.

use actix_web::HttpResponse;
use alongside_domain::record::catalogue::Catalogue;
use serde::Deserialize;

use crate::caller::identity::Caller;
use crate::wire::problem::{Answer, Problem};
use crate::wire::query::Query;

/// The edition of the catalogue.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditionQuery {
    /// The edition, such as the `catalogue_version` of an observation. The current edition if left out.
    #[param(example = "2026-11", required = false, nullable = false, max_length = 20)]
    edition: Option<String>,
}

/// List the indicators
///
/// Returns one edition of the catalogue of indicators. Earlier editions can still be read. The catalogue contains
/// nothing about a child.
#[utoipa::path(get, path = "/v1/indicators", operation_id = "list_indicators", tag = "observations",
    params(EditionQuery), responses((status = 200, body = Catalogue, description = "The edition.")))]
pub(crate) async fn list(_: Caller, Query(query): Query<EditionQuery>) -> Answer {
    let catalogue = Catalogue::edition(query.edition.as_deref());
    let unknown = || Problem::query("edition", format!("must be one of {}", Catalogue::editions()));
    Ok(HttpResponse::Ok().json(catalogue.ok_or_else(unknown)?))
}
