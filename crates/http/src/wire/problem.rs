//! The error response: RFC 9457 problem details. It never repeats what was sent.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_domain::{AgencyId, At, ChildId, Purpose, Version, Violations, WorkerId};
use alongside_storage::Error;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::wire::problem_kind::ProblemKind;

/// The result of a handler.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// Every problem that a client can receive.
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
        /// Whether there are more candidates.
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
    /// The JSON pointer to the field. Empty for the whole body.
    #[schema(example = "/content/told/to")]
    pub(crate) pointer: String,
    /// What is wrong with the field, and what to send instead.
    pub(crate) detail: String,
}

/// Problem details (RFC 9457).
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    #[serde(rename = "type")]
    pub(crate) kind: ProblemKind,
    /// A short title, the same for every problem of this kind.
    pub(crate) title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub(crate) status: u16,
    /// What is wrong and what to do about it.
    pub(crate) detail: String,
    /// The fields that cannot be accepted. Absent when the problem is not about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem>,
    /// With `stale`: the current version of the record. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current_version: Option<Version>,
    /// With `stale`: when the current version was written. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_at: Option<DateTime<Utc>>,
    /// With `stale`: the worker who wrote the current version. Otherwise absent, also when no worker wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_by: Option<WorkerId>,
    /// With `stale`: the names of the fields that differ. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changed_fields: Option<Vec<String>>,
    /// With `known-child`: the children it may be, best match first, at most 50. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) candidates: Option<Vec<ChildId>>,
    /// With `known-child`: whether there are more candidates than are listed. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cut: Option<bool>,
    /// With `withheld`: the agency to ask. Otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agency_id: Option<AgencyId>,
}

impl Problem {
    /// Whether the problem concerns the whole request rather than one of its items.
    pub(crate) const fn is_about_the_request(&self) -> bool {
        matches!(
            self,
            Self::SignedOut | Self::OwnPasswordNeeded | Self::SecondFactorNeeded | Self::Unavailable | Self::Internal
        )
    }

    /// A query parameter that cannot be accepted, with what it accepts.
    pub(crate) fn query(name: &str, accepts: impl Into<String>) -> Self {
        Self::Query { name: name.to_owned(), accepts: accepts.into() }
    }

    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::Unknown => ProblemKind::Unknown,
            Self::Method(_) => ProblemKind::Method,
            Self::SignedOut => ProblemKind::SignedOut,
            Self::BadCredentials => ProblemKind::BadCredentials,
            Self::PurposeNeeded => ProblemKind::PurposeNeeded,
            Self::Header { .. } => ProblemKind::Header,
            Self::Query { .. } => ProblemKind::Query,
            Self::Cursor => ProblemKind::Cursor,
            Self::IfMatchMissing => ProblemKind::IfMatchMissing,
            Self::MediaType => ProblemKind::MediaType,
            Self::TooLarge { .. } => ProblemKind::TooLarge,
            Self::SlowBody => ProblemKind::SlowBody,
            Self::Malformed { .. } => ProblemKind::Malformed,
            Self::Invalid(_) => ProblemKind::Invalid,
            Self::Withheld { .. } => ProblemKind::Withheld,
            Self::NotYours => ProblemKind::NotYours,
            Self::OwnPasswordNeeded => ProblemKind::OwnPasswordNeeded,
            Self::SecondFactorNeeded => ProblemKind::SecondFactorNeeded,
            Self::Stale { .. } => ProblemKind::Stale,
            Self::KnownChild { .. } => ProblemKind::KnownChild,
            Self::Conflict(_) => ProblemKind::Conflict,
            Self::KeyReused => ProblemKind::KeyReused,
            Self::ConfirmationNeeded => ProblemKind::ConfirmationNeeded,
            Self::TooMany { .. } => ProblemKind::TooMany,
            Self::TooManyStreams(_) => ProblemKind::TooManyStreams,
            Self::Unavailable => ProblemKind::Unavailable,
            Self::Busy => ProblemKind::Busy,
            Self::TooLate => ProblemKind::TooLate,
            Self::Internal => ProblemKind::Internal,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unknown => "Not found, or you do not have access to it.".into(),
            Self::Method(methods) => {
                let methods: Vec<_> = methods.iter().map(|method| method.to_uppercase()).collect();
                format!("Use {}.", methods.join(" or "))
            }
            Self::SignedOut => "Sign in again, or exchange your refresh token.".into(),
            Self::BadCredentials => {
                "Check the name, the password and the code. Each code works once; wait for the next one.".into()
            }
            Self::PurposeNeeded => format!("Send X-Purpose with one of: {}.", purposes()),
            Self::Header { name, remedy } => format!("{name}: {remedy}."),
            Self::Query { name, accepts } => format!("`{name}`: {accepts}."),
            Self::Cursor => "`cursor`: must be the value of `next`, unchanged, from a page of this list.".into(),
            Self::IfMatchMissing => "Send If-Match with the ETag of the version that you read.".into(),
            Self::MediaType => "Send Content-Type: application/json.".into(),
            Self::TooLarge { most } => {
                format!("The body must be at most {} KiB. Record the rest separately.", most >> 10)
            }
            Self::SlowBody => "Nothing was stored. Send the request again on a faster connection.".into(),
            Self::Malformed { .. } => {
                "`errors` says where the JSON cannot be read. Check brackets, quotes, commas and nesting there.".into()
            }
            Self::Invalid(_) => {
                "Nothing was stored. Correct the fields listed in `errors` and send the request again.".into()
            }
            Self::Withheld { kind, segment, .. } => {
                format!("This {kind} is withheld (segment `{segment}`). Ask the agency in `agency_id` to disclose it.")
            }
            Self::OwnPasswordNeeded => {
                "Another person chose the password of this account. Replace it with POST /v1/me/password, then \
                try again."
                    .into()
            }
            Self::SecondFactorNeeded => "Send a code to POST /v1/sessions/current/second-factor, then try again. \
                If you have no second factor yet, set one up with POST /v1/me/second-factor."
                .into(),
            Self::NotYours => "Ask your supervisor who can.".into(),
            Self::Stale { .. } => "Fetch the current version, check what changed, and send your change again.".into(),
            Self::KnownChild { cut: false, .. } => {
                "Check the candidates. If this is a different child, say why in `new_because`.".into()
            }
            Self::KnownChild { cut: true, .. } => {
                "More children have one of these numbers than are listed. Search by a number together with the name \
                and date of birth. If this is a different child, say why in `new_because`."
                    .into()
            }
            Self::Conflict(sentence) => format!("{}.", capitalised(sentence)),
            Self::KeyReused => "Use a new key for a new request. To repeat a request, send it unchanged.".into(),
            Self::ConfirmationNeeded => {
                "You have opened or searched for an unusual number of records today. Ask a supervisor or \
                safeguarding lead of your agency to confirm that your work needs it, with \
                POST /v1/workers/{worker}/unusual-access/confirmation. Until then you can raise concerns, record \
                observations, use emergency access, and read the records of missing children you are looking for."
                    .into()
            }
            Self::TooMany { wait } => format!("Wait {wait} seconds, then try again."),
            Self::TooManyStreams(remedy) => format!("{remedy}."),
            Self::Unavailable => "Nothing was stored or disclosed. Try again in a moment.".into(),
            Self::Busy => {
                "Nothing was stored or disclosed. Send the request again after the seconds in Retry-After.".into()
            }
            Self::TooLate => {
                "Nothing was disclosed. A change may have been stored. Send the request again with the same \
                Idempotency-Key: it returns the first result, or makes the change now."
                    .into()
            }
            Self::Internal => "Give your administrator the X-Request-ID of this response.".into(),
        }
    }

    pub(crate) fn body(&self) -> ProblemBody {
        let kind = self.kind();
        let mut body = ProblemBody {
            kind,
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
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

/// The text with a capital first letter.
fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

/// The codes of the purposes, separated by commas.
pub(crate) fn purposes() -> String {
    Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>().join(", ")
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind().status()
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
                response.insert_header((header::ETAG, crate::wire::etag::etag(*current)));
            }
            _ => {}
        }
        response.body(serde_json::to_string(&self.body()).unwrap_or_default())
    }
}
