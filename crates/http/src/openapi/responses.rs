//! What the responses of every operation have in common: the problems that can occur, and the headers.

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Content, Header, HeaderBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema};

/// When a problem can occur.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// The operation is not a health check.
    Limited,
    /// The operation takes a query, a header or a body.
    Formed,
    /// The operation needs a signed-in caller, or signs one in.
    SignedIn,
    /// The operation needs a signed-in caller.
    Permitted,
    /// The operation changes something for a signed-in caller.
    Changing,
    /// The operation takes a body.
    WithBody,
    /// The operation takes a body, a key or a query that the domain checks.
    Checked,
    /// The operation takes the version that was read.
    WithVersion,
}

const PROBLEMS: &[(&str, When, &str)] = &[
    ("400", When::Formed, "The request has the wrong form."),
    ("401", When::SignedIn, "Not signed in, or the access token is no longer valid."),
    (
        "403",
        When::Permitted,
        "The recording is withheld, or the caller may view this but not do it. Or the sign-in is not complete: \
         `type` is then `/problems/own-password-needed` or `/problems/second-factor-needed`.",
    ),
    ("404", When::Permitted, "Not found, or the caller does not have access to it."),
    ("408", When::WithBody, "The body arrived too slowly."),
    ("409", When::Changing, "The request conflicts with the current state of the record. `detail` says how."),
    ("412", When::WithVersion, "The record has changed since the version in If-Match. Fetch it again."),
    ("413", When::WithBody, "The body is too large."),
    ("415", When::WithBody, "The body is not JSON."),
    ("422", When::Checked, "Some fields cannot be accepted. `errors` lists them."),
    ("428", When::WithVersion, "If-Match is missing."),
    (
        "429",
        When::Limited,
        "Too many requests: wait for the seconds in Retry-After. Or, if `type` is `/problems/confirmation-needed`, \
         your access today was unusual: ask a supervisor or safeguarding lead of your agency to confirm it.",
    ),
    ("500", When::Always, "An internal error. Give your administrator the X-Request-ID of the response."),
    (
        "503",
        When::Always,
        "The service is not available, and nothing was disclosed. Try again after the seconds in Retry-After. If \
         `type` is `/problems/too-late`, a change may have been stored: send it again with the same Idempotency-Key.",
    ),
];

/// Schemas with a version, whose responses carry it as ETag.
const VERSIONED: &[&str] = &[
    "Agency",
    "ChildView",
    "Entry_Concern",
    "Entry_Contact",
    "Involvement",
    "ObservationView",
    "ReferralView",
    "Worker",
];

/// Adds to each operation the problems that can occur, and to each response its headers. A problem is described once, as a
/// component.
pub(crate) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (status, _, description) in PROBLEMS {
        let problem = RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"));
        let response = ResponseBuilder::new().description(*description);
        let mut response = response.content("application/problem+json", Content::new(Some(problem))).build();
        describe_headers(status, &mut response, true);
        components.responses.insert(component(status), RefOr::T(response));
    }
    for (path, item) in &mut document.paths.paths {
        let health = path.starts_with("/health/");
        let reads = item.get.iter_mut().map(|operation| (operation, false));
        let changes = [&mut item.post, &mut item.put, &mut item.delete].into_iter().flatten();
        for (operation, changes) in reads.chain(changes.map(|operation| (operation, true))) {
            let occurs = occurrence(operation, health, changes);
            for (status, ..) in PROBLEMS.iter().filter(|(_, when, _)| occurs(*when)) {
                let problem = RefOr::Ref(Ref::from_response_name(component(status)));
                operation.responses.responses.insert((*status).to_owned(), problem);
            }
            let identified = needs_sign_in(operation);
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe_headers(status, response, identified);
                }
            }
        }
    }
}

/// The name of the component that describes a problem with this status.
fn component(status: &str) -> String {
    format!("Problem{status}")
}

fn needs_sign_in(operation: &Operation) -> bool {
    // An operation that anybody may call says so with an empty requirement.
    operation.security.is_none()
}

fn occurrence(operation: &Operation, health: bool, changes: bool) -> impl Fn(When) -> bool + use<> {
    let parameters = || {
        let all = operation.parameters.iter().flatten();
        all.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
    };
    let takes = |name: &str| parameters().any(|parameter| parameter.name == name);
    let body = operation.request_body.is_some();
    let formed = body || parameters().any(|parameter| !is_in_path(parameter));
    let queried = parameters().any(is_needed_query);
    let (identified, keyed, versioned) = (needs_sign_in(operation), takes("Idempotency-Key"), takes("If-Match"));
    move |when| match when {
        When::Always => true,
        When::Limited => !health,
        When::Formed => formed,
        When::SignedIn => identified || body,
        When::Permitted => identified,
        When::Changing => identified && changes,
        When::WithBody => body,
        When::Checked => body || keyed || queried,
        When::WithVersion => versioned,
    }
}

fn is_in_path(parameter: &Parameter) -> bool {
    matches!(parameter.parameter_in, utoipa::openapi::path::ParameterIn::Path)
}

fn is_needed_query(parameter: &Parameter) -> bool {
    matches!(parameter.parameter_in, utoipa::openapi::path::ParameterIn::Query)
        && matches!(parameter.required, utoipa::openapi::Required::True)
}

fn describe_headers(status: &str, response: &mut Response, identified: bool) {
    let mut add = |name: &str, description: &str, example: &str| {
        response.headers.entry(name.to_owned()).or_insert_with(|| header(description, example));
    };
    add("X-Request-ID", "The id of this request in the audit and in the log.", "01a00000-0000-7000-8000-00000000000a");
    if identified && status != "401" {
        add("RateLimit", "How many requests are left to the caller.", "\"worker\";r=2999");
        add("RateLimit-Policy", "How many requests are allowed in how many seconds.", "\"worker\";q=3000;w=300");
    }
    if matches!(status, "429" | "503") {
        add("Retry-After", "After how many seconds to send the request again.", "2");
    }
    if status == "401" {
        add("WWW-Authenticate", "How to sign in.", "Bearer");
    }
    let schema = response.content.values().find_map(|content| match content {
        RefOr::T(content) => match &content.schema {
            Some(RefOr::Ref(reference)) => reference.ref_location.rsplit('/').next().map(str::to_owned),
            _ => None,
        },
        RefOr::Ref(_) => None,
    });
    let is_versioned = schema.as_deref().is_some_and(|schema| VERSIONED.contains(&schema));
    let mut add = |name: &str, description: &str, example: &str| {
        response.headers.entry(name.to_owned()).or_insert_with(|| header(description, example));
    };
    if is_versioned {
        add("ETag", "The version. Send it as If-Match with a change.", "\"1\"");
    }
    if is_versioned && status == "201" && schema.as_deref() != Some("Involvement") {
        add("Location", "The address of what was made.", "/v1/concerns/01a00000-0000-7000-8000-000000000002");
    }
    if status == "412" {
        add("ETag", "The version now.", "\"2\"");
    }
}

fn header(description: &str, example: &str) -> RefOr<Header> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).examples([example]).build();
    RefOr::T(HeaderBuilder::new().schema(Some(text)).description(Some(description)).build())
}
