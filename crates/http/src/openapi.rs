//! The OpenAPI document, built from the handlers. The problems that every operation can return are added here, once.

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
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/")),
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
    document.to_pretty_json().unwrap_or_default()
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
