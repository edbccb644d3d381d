//! Is it running, and can it work?

use actix_web::{HttpResponse, web};

use crate::caller::api::Api;
use crate::wire::problem::Answer;

/// The process runs.
#[utoipa::path(get, path = "/health/live", operation_id = "live", tag = "health", security(()),
    responses((status = 204, description = "The process runs.")))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The database answers.
#[utoipa::path(get, path = "/health/ready", operation_id = "ready", tag = "health", security(()),
    responses((status = 204, description = "Requests can be answered.")))]
pub(crate) async fn ready(api: web::Data<Api>) -> Answer {
    api.store.ready().await?;
    Ok(HttpResponse::NoContent().finish())
}
