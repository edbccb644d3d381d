//! The OpenAPI document, built from the handlers. The problems that every operation can return are added here, once.

mod duplicates;
mod responses;

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::routes::Handlers;
use crate::wire::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Alongside",
        description = "One shared child record for social care, police and health.",
        contact(name = "The maintainers of Alongside"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/")),
    tags(
        (name = "audit", description = "Unusual access, and its confirmation."),
        (name = "children", description = "Children and their details: begin a record, search, view, correct."),
        (name = "concerns", description = "Accounts of why a child may be at risk."),
        (name = "contacts", description = "Meetings and calls with a child."),
        (name = "disclosure", description = "Requests to read a withheld recording, and their answers."),
        (name = "emergency access", description = "An hour of access in an emergency, and its review."),
        (name = "health", description = "Whether the service runs and is ready."),
        (name = "involvements", description = "Which workers are related to a child, how, and until when."),
        (name = "notices", description = "Notices to the caller, and the suppression of notices of police access."),
        (name = "observations", description = "Indicators that were observed, and the catalogue of indicators."),
        (name = "partner information", description = "Lines that police release about recordings that they keep."),
        (name = "partnership", description = "Agencies, accounts, roles and sessions of the partnership."),
        (name = "referrals", description = "Requests to another agency, and the front door that decides about them."),
        (name = "restrictions", description = "Records that are closed to all but named people, and conflicts."),
        (name = "sessions", description = "Signing in, second factors, passwords, and the caller's own sessions."),
        (name = "statistics", description = "Counts in which no child can be identified.")
    ),
    components(schemas(ProblemBody)),
    security(("bearer" = []))
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// An example of each request body, by the name of its operation. A test sends every example.
struct Examples;

const EXAMPLES: &str = include_str!("../../../openapi/examples.json");

impl Modify for Examples {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let examples: HashMap<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
        for item in document.paths.paths.values_mut() {
            for operation in [&mut item.post, &mut item.put].into_iter().flatten() {
                let example = operation.operation_id.as_ref().and_then(|name| examples.get(name));
                if let Some(RefOr::T(body)) = &mut operation.request_body {
                    for content in body.content.values_mut() {
                        if let RefOr::T(content) = content {
                            content.example = example.cloned();
                        }
                    }
                }
            }
        }
    }
}

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut document = Document::openapi().merge_from(Handlers::openapi());
    Bearer.modify(&mut document);
    responses::complete(&mut document);
    Examples.modify(&mut document);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    duplicates::refer(&mut document);
    serde_json::to_string_pretty(&document).unwrap_or_default()
});

/// The document as it is served and as it is stored in `openapi/openapi.json`.
pub fn document() -> String {
    format!("{}\n", *TEXT)
}

pub(crate) async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

/// Redirects `/docs` to the page.
pub(crate) async fn to_human_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((actix_web::http::header::LOCATION, "/docs/")).finish()
}

/// The page for people. Everything that it loads is inside the program.
pub(crate) fn human_page() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"))
}
