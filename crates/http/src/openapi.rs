//! The OpenAPI document, from the handlers. What every operation can answer is added here, once.

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

/// The problems that any operation can answer, those that need a sign-in, and those that change something.
struct Problems;

const ANY: &[(&str, &str)] = &[
    ("400", "The request has the wrong form."),
    ("404", "There is nothing here for you."),
    ("405", "Another method is needed."),
    (
        "429",
        "Too many requests; wait as Retry-After says. Or unusually much today: `type` is \
         `/problems/confirmation-needed`, and a supervisor or safeguarding lead of your agency confirms it.",
    ),
    ("500", "Something is broken."),
    (
        "503",
        "Nothing was disclosed. Try again after Retry-After, and send a change again with the same \
         Idempotency-Key: where `type` is `/problems/too-late`, it may have been made.",
    ),
];
const ACTOR: &[(&str, &str)] = &[
    ("401", "Not signed in."),
    (
        "403",
        "It exists and is withheld; it is for others to do; or the sign-in is not complete yet: `type` is \
         `/problems/own-password-needed` or `/problems/second-factor-needed`.",
    ),
];
const CHANGE: &[(&str, &str)] = &[("409", "It contradicts what is recorded.")];
const BODY: &[(&str, &str)] = &[
    ("408", "The body came too slowly."),
    ("412", "It was changed in the meantime."),
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
                let invalid = &[("422", "Some fields cannot be accepted.")];
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

/// An example of each body, by the name of its operation. A test sends every one of them.
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

/// The document as it is served and kept in `openapi/openapi.json`.
pub fn document() -> String {
    format!("{}\n", *TEXT)
}

pub(crate) async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

/// `/docs` leads to the page.
pub(crate) async fn to_human_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((actix_web::http::header::LOCATION, "/docs/")).finish()
}

/// The page for people, with everything it needs inside the program.
pub(crate) fn human_page() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"))
}
