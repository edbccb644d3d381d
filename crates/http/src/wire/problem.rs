//! The one error answer: RFC 9457 problem details. Never repeats what was sent.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_domain::{AgencyId, At, ChildId, Purpose, Version, Violations, WorkerId};
use alongside_storage::Error;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What a handler answers.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// What the client is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no such resource")]
    Unknown,
    #[error("method not allowed")]
    Method(&'static [&'static str]),
    #[error("not signed in")]
    SignedOut,
    #[error("wrong name or password")]
    BadCredentials,
    #[error("purpose needed")]
    PurposeNeeded,
    #[error("header")]
    Header { name: &'static str, remedy: String },
    #[error("query")]
    Query { name: String, accepts: String },
    #[error("cursor")]
    Cursor,
    #[error("precondition required")]
    IfMatchMissing,
    #[error("not json")]
    MediaType,
    #[error("too large")]
    TooLarge { most: usize },
    #[error("slow body")]
    SlowBody,
    #[error("malformed json")]
    Malformed { pointer: String, detail: String },
    #[error("invalid")]
    Invalid(Violations),
    #[error("withheld")]
    Withheld { kind: EntryKind, segment: Segment, agency: AgencyId },
    #[error("not yours")]
    NotYours,
    #[error("own password needed")]
    OwnPasswordNeeded,
    #[error("second factor needed")]
    SecondFactorNeeded,
    #[error("stale")]
    Stale { current: Version, changed_at: At, changed_by: Option<WorkerId>, changed_fields: Vec<String> },
    #[error("known child")]
    KnownChild {
        /// Best match first.
        candidates: Vec<ChildId>,
        /// There are more.
        cut: bool,
    },
    #[error("conflict")]
    Conflict(&'static str),
    #[error("key reused")]
    KeyReused,
    #[error("confirmation needed")]
    ConfirmationNeeded,
    #[error("too many")]
    TooMany { wait: u64 },
    #[error("too many streams")]
    TooManyStreams(&'static str),
    #[error("unavailable")]
    Unavailable,
    #[error("busy")]
    Busy,
    #[error("too late")]
    TooLate,
    #[error("internal")]
    Internal,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::SignedOut => Self::SignedOut,
            Error::BadCredentials => Self::BadCredentials,
            Error::Unknown => Self::Unknown,
            Error::PurposeNeeded => Self::PurposeNeeded,
            Error::NotYours => Self::NotYours,
            Error::OwnPasswordNeeded => Self::OwnPasswordNeeded,
            Error::SecondFactorNeeded => Self::SecondFactorNeeded,
            Error::Withheld { kind, segment, agency } => Self::Withheld { kind, segment, agency },
            Error::Stale { current, changed_at, changed_by, changed_fields } => {
                Self::Stale { current, changed_at, changed_by, changed_fields }
            }
            Error::Invalid(violations) => Self::Invalid(violations),
            Error::KnownChild { candidates, cut } => Self::KnownChild { candidates, cut },
            Error::ConfirmationNeeded => Self::ConfirmationNeeded,
            Error::TooManySearches { wait } => Self::TooMany { wait },
            Error::Conflict(sentence) => Self::Conflict(sentence),
            Error::KeyReused => Self::KeyReused,
            Error::Unavailable | Error::Database(_) => Self::Unavailable,
            Error::TooLate => Self::TooLate,
            Error::Corrupt(what) => {
                tracing::error!(what, "stored data cannot be read");
                Self::Internal
            }
        }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

/// One field that cannot be accepted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldProblem {
    /// JSON pointer to the field.
    #[schema(example = "/content/told/to")]
    pub(crate) pointer: String,
    /// What is wrong and what would be right.
    pub(crate) detail: String,
}

/// Problem details (RFC 9457).
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// A stable name of the kind of problem, as a relative URI.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid")]
    pub(crate) kind: String,
    /// A short title that does not change from one occurrence to another.
    pub(crate) title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub(crate) status: u16,
    /// What to do about it.
    pub(crate) detail: String,
    /// The fields that cannot be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem>,
    /// With `stale`: the version there is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current_version: Option<Version>,
    /// With `stale`: when it was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_at: Option<DateTime<Utc>>,
    /// With `stale`: by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_by: Option<WorkerId>,
    /// With `stale`: the names of the fields that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_fields: Option<Vec<String>>,
    /// With `known-child`: the children it may be, best match first, 50 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) candidates: Option<Vec<ChildId>>,
    /// With `known-child`: whether there are more candidates than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cut: Option<bool>,
    /// With `withheld`: the agency to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agency_id: Option<AgencyId>,
}

impl Problem {
    /// Whether it stands in the way of everything that the request asks for.
    pub(crate) const fn is_about_the_request(&self) -> bool {
        matches!(
            self,
            Self::SignedOut | Self::OwnPasswordNeeded | Self::SecondFactorNeeded | Self::Unavailable | Self::Internal
        )
    }

    /// A parameter of the query that cannot be accepted, and what it accepts.
    pub(crate) fn query(name: &str, accepts: impl Into<String>) -> Self {
        Self::Query { name: name.to_owned(), accepts: accepts.into() }
    }

    fn slug(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed"),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out", "Not signed in"),
            Self::BadCredentials => (StatusCode::UNAUTHORIZED, "credentials", "Wrong name, password or code"),
            Self::PurposeNeeded => (StatusCode::BAD_REQUEST, "purpose-needed", "Say why you look"),
            Self::Header { .. } => (StatusCode::BAD_REQUEST, "header", "A header cannot be accepted"),
            Self::Query { .. } => (StatusCode::BAD_REQUEST, "query", "A query parameter cannot be accepted"),
            Self::Cursor => (StatusCode::BAD_REQUEST, "cursor", "The cursor cannot be accepted"),
            Self::IfMatchMissing => (StatusCode::PRECONDITION_REQUIRED, "if-match-missing", "If-Match is missing"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not JSON"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::SlowBody => (StatusCode::REQUEST_TIMEOUT, "slow-body", "The body came too slowly"),
            Self::Malformed { .. } => (StatusCode::BAD_REQUEST, "malformed", "The body is not well-formed JSON"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields cannot be accepted"),
            Self::Withheld { .. } => (StatusCode::FORBIDDEN, "withheld", "Withheld"),
            Self::NotYours => (StatusCode::FORBIDDEN, "not-yours", "For others to do"),
            Self::OwnPasswordNeeded => (StatusCode::FORBIDDEN, "own-password-needed", "Choose your own password"),
            Self::SecondFactorNeeded => (StatusCode::FORBIDDEN, "second-factor-needed", "Prove your second factor"),
            Self::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "stale", "Changed in the meantime"),
            Self::KnownChild { .. } => (StatusCode::CONFLICT, "known-child", "A child with this number is known"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict", "It contradicts what is recorded"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "The Idempotency-Key was used before"),
            Self::ConfirmationNeeded => {
                (StatusCode::TOO_MANY_REQUESTS, "confirmation-needed", "A colleague has to confirm your work")
            }
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests"),
            Self::TooManyStreams(_) => (StatusCode::TOO_MANY_REQUESTS, "too-many-streams", "Too many streams"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many requests at once"),
            Self::TooLate => (StatusCode::SERVICE_UNAVAILABLE, "too-late", "Not finished in time"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something is broken"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unknown => "There is nothing here for you.".into(),
            Self::Method(methods) => {
                let methods: Vec<_> = methods.iter().map(|method| method.to_uppercase()).collect();
                format!("Use {}.", methods.join(" or "))
            }
            Self::SignedOut => "Sign in again, or use the refresh token once.".into(),
            Self::BadCredentials => {
                "Check the name, the password and the code. Each code works once: wait for the next one.".into()
            }
            Self::PurposeNeeded => format!("Send X-Purpose with one of: {}.", purposes()),
            Self::Header { name, remedy } => format!("{name}: {remedy}."),
            Self::Query { name, accepts } => format!("`{name}`: {accepts}."),
            Self::Cursor => "Use the value of `next` unchanged, on the list it came from.".into(),
            Self::IfMatchMissing => "Send If-Match with the ETag of the version you have read.".into(),
            Self::MediaType => "Send Content-Type: application/json.".into(),
            Self::TooLarge { most } => format!("At most {} KiB are read; record the rest separately.", most >> 10),
            Self::SlowBody => "Nothing was stored. Send the request again over a faster connection.".into(),
            Self::Malformed { .. } => "Check brackets, quotes, commas and nesting where errors says.".into(),
            Self::Invalid(_) => "Correct the fields named in errors. Nothing was stored.".into(),
            Self::Withheld { kind, segment, .. } => {
                format!("This {kind} is kept in confidence ({segment}). Ask the agency named in agency_id.")
            }
            Self::OwnPasswordNeeded => {
                "Somebody else chose the password of this account, and may know it. Replace it with \
                POST /v1/me/password, then try again."
                    .into()
            }
            Self::SecondFactorNeeded => "Send a code to POST /v1/sessions/current/second-factor, then try again. \
                If you have no second factor yet, set one up with POST /v1/me/second-factor."
                .into(),
            Self::NotYours => "You may read this; doing it is for others. Ask your supervisor who.".into(),
            Self::Stale { .. } => "Read the present version, look at what changed, and send your change again.".into(),
            Self::KnownChild { cut: false, .. } => {
                "Look at the candidates. If this is another child, say why in new_because.".into()
            }
            Self::KnownChild { cut: true, .. } => {
                "More children have one of these numbers than are listed. Search by a \
                number together with the name and date of birth to find the right one. If this is another child, say \
                why in new_because."
                    .into()
            }
            Self::Conflict(sentence) => format!("{sentence}."),
            Self::KeyReused => "Use a new key for a new request; repeat a request unchanged.".into(),
            Self::ConfirmationNeeded => "You have opened or searched for unusually much today. Ask a supervisor or \
                safeguarding lead of your agency to confirm that your work needs it, with \
                POST /v1/workers/{worker}/unusual-access/confirmation. Until then you can raise concerns, record what \
                you notice, use emergency access, and read the records of missing children whom you are looking for."
                .into(),
            Self::TooMany { wait } => format!("Wait {wait} seconds."),
            Self::TooManyStreams(remedy) => format!("{remedy}."),
            Self::Unavailable => "Nothing was stored and nothing disclosed. Try again in a moment.".into(),
            Self::Busy => "Nothing was done. Send the request again after the seconds in Retry-After.".into(),
            Self::TooLate => {
                "Nothing was disclosed. A change may have been made: send the request again with the same \
                Idempotency-Key. You then get the answer of the first one, or the change is made now."
                    .into()
            }
            Self::Internal => "Tell your administrator the X-Request-ID.".into(),
        }
    }

    pub(crate) fn body(&self) -> ProblemBody {
        let (status, slug, title) = self.slug();
        let mut body = ProblemBody {
            kind: format!("/problems/{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            ..ProblemBody::default()
        };
        match self {
            Self::Invalid(Violations(found)) => {
                let field = |v: &alongside_domain::Violation| FieldProblem {
                    pointer: v.pointer.clone(),
                    detail: v.detail.clone(),
                };
                body.errors = found.iter().map(field).collect();
            }
            Self::Malformed { pointer, detail } => {
                body.errors = vec![FieldProblem { pointer: pointer.clone(), detail: detail.clone() }];
            }
            Self::Withheld { agency, .. } => body.agency_id = Some(*agency),
            Self::Stale { current, changed_at, changed_by, changed_fields } => {
                body.current_version = Some(*current);
                body.changed_at = Some(*changed_at);
                body.changed_by = *changed_by;
                body.changed_fields = Some(changed_fields.clone());
            }
            Self::KnownChild { candidates, cut } => {
                body.candidates = Some(candidates.clone());
                body.cut = Some(*cut);
            }
            _ => {}
        }
        body
    }
}

/// The codes of purposes, for people.
pub(crate) fn purposes() -> String {
    Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>().join(", ")
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.slug().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        match self {
            Self::SignedOut | Self::BadCredentials => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::Method(methods) => {
                response.insert_header((header::ALLOW, methods.join(", ").to_uppercase()));
            }
            Self::TooMany { wait } => {
                response.insert_header((header::RETRY_AFTER, wait.to_string()));
            }
            Self::TooManyStreams(_) => {
                response.insert_header((header::RETRY_AFTER, "15"));
            }
            Self::Unavailable | Self::Busy | Self::TooLate => {
                response.insert_header((header::RETRY_AFTER, "2"));
            }
            Self::Stale { current, .. } => {
                response.insert_header((header::ETAG, crate::wire::headers::etag(*current)));
            }
            _ => {}
        }
        response.body(serde_json::to_string(&self.body()).unwrap_or_default())
    }
}
