//! The catalogue of indicators.

use actix_web::HttpResponse;
use alongside_domain::catalogue::Catalogue;

use crate::identity::Identity;

/// The catalogue of indicators, with its edition. It is about no child.
#[utoipa::path(get, path = "/v1/indicators", operation_id = "list_indicators", tag = "observations",
    responses((status = 200, body = Catalogue, description = "The present edition.")))]
pub(crate) async fn list(_: Identity) -> HttpResponse {
    HttpResponse::Ok().json(Catalogue::current())
}
