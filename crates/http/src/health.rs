//! Health checks: is the process running, and can it answer requests?

use actix_web::{HttpResponse, web};

use crate::caller::api::Api;
use crate::wire::problem::Answer;

/// Check that the process is running
///
/// Returns 204 while the process runs. No sign-in is needed.
#[utoipa::path(get, path = "/health/live", operation_id = "live", tag = "health", security(()),
    responses((status = 204, description = "The process is running.")))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Check that requests can be answered
///
/// Returns 204 while the database answers, and 503 otherwise. No sign-in is needed.
#[utoipa::path(get, path = "/health/ready", operation_id = "ready", tag = "health", security(()),
    responses((status = 204, description = "Requests can be answered.")))]
pub(crate) async fn ready(api: web::Data<Api>) -> Answer {
    api.store.ready().await?;
    Ok(HttpResponse::NoContent().finish())
}
