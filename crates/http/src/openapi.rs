//! The OpenAPI document, built from the handlers. The problems that every operation can return are added here, once.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
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

/// Adds the problems that any operation can return, those that need a sign-in, and those of operations that change
/// data.
struct Problems;

const ANY: &[(&str, &str)] = &[
    ("400", "The request has the wrong form."),
    ("404", "Not found, or the caller does not have access to it."),
    ("405", "The method is not allowed here. `Allow` lists the methods that are."),
    (
        "429",
        "Too many requests: wait for the seconds in Retry-After. Or, if `type` is `/problems/confirmation-needed`, \
         your access today was unusual: ask a supervisor or safeguarding lead of your agency to confirm it.",
    ),
    ("500", "An internal error. Give your administrator the X-Request-ID of the response."),
    (
        "503",
        "The service is not available, and nothing was disclosed. Try again after the seconds in Retry-After. If \
         `type` is `/problems/too-late`, a change may have been stored: send it again with the same Idempotency-Key.",
    ),
];
const ACTOR: &[(&str, &str)] = &[
    ("401", "Not signed in, or the access token is no longer valid."),
    (
        "403",
        "The recording is withheld, or the caller may view this but not do it. Or the sign-in is not complete: \
         `type` is then `/problems/own-password-needed` or `/problems/second-factor-needed`.",
    ),
];
const CHANGE: &[(&str, &str)] =
    &[("409", "The request conflicts with the current state of the record. `detail` says how.")];
const BODY: &[(&str, &str)] = &[
    ("408", "The body arrived too slowly."),
    ("412", "The record has changed since the version in If-Match. Fetch it again."),
    ("413", "The body is too large."),
    ("415", "The body is not JSON."),
    ("428", "If-Match is missing."),
];

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let reads = item.get.iter_mut().map(|operation| (operation, &[][..]));
            let changing = [&mut item.post, &mut item.put, &mut item.delete].into_iter().flatten();
            for (operation, changes) in reads.chain(changing.map(|operation| (operation, CHANGE))) {
                let body = if operation.request_body.is_some() { BODY } else { &[] };
                let invalid = &[("422", "Some fields cannot be accepted. `errors` lists them.")];
                for (status, description) in ANY.iter().chain(ACTOR).chain(changes).chain(body).chain(invalid) {
                    let content =
                        Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name("Problem"))));
                    let response = ResponseBuilder::new()
                        .description(*description)
                        .content("application/problem+json", content)
                        .build();
                    operation.responses.responses.insert((*status).to_owned(), RefOr::T(response));
                }
            }
        }
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
    Problems.modify(&mut document);
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
