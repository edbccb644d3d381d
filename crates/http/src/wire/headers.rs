//! Headers: the version that was read, the key of a retry, the purpose of an access.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use alongside_domain::{Purpose, Version};
use alongside_storage::Once;

use crate::wire::problem::{Problem, purposes};

/// The version that the caller has read.
pub(crate) struct IfMatch(pub(crate) Version);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(header::IF_MATCH) {
            None => Err(Problem::IfMatchMissing),
            Some(value) => parse_etag(value).map(Self).ok_or(Problem::Header {
                name: "If-Match",
                remedy: "send the ETag of the version you have read, such as \"3\" in its quotes".into(),
            }),
        })
    }
}

fn parse_etag(value: &HeaderValue) -> Option<Version> {
    let number = value.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let plain = !number.is_empty() && number.len() <= 9 && number.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| number.parse().ok()).flatten().map(Version)
}

/// The key by which a retry of this request is recognised, if one was sent.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// Binds the key to the route, the If-Match header and the body.
    pub(crate) fn once(self, request: &HttpRequest, raw: &[u8]) -> Option<Once> {
        let if_match = request.headers().get(header::IF_MATCH).map(HeaderValue::as_bytes).unwrap_or_default();
        let route = format!("{} {}", request.method(), request.path());
        self.0.map(|key| Once::new(&key, &route, &[if_match, raw].join(&0)))
    }

    /// The same for one of several items in a request.
    pub(crate) fn once_of(&self, request: &HttpRequest, item: &str, raw: &[u8]) -> Option<Once> {
        let route = format!("{} {}", request.method(), request.path());
        self.0.as_ref().map(|key| Once::new(&format!("{key} {item}"), &route, raw))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("Idempotency-Key") else {
            return ready(Ok(Self(None)));
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
        ready(key.map(|key| Self(Some(key.to_owned()))).ok_or(Problem::Header {
            name: "Idempotency-Key",
            remedy: "send 1 to 128 visible ASCII characters, such as a fresh UUID".into(),
        }))
    }
}

/// The purpose of the access, if the caller stated one.
pub(crate) struct Why(pub(crate) Option<Purpose>);

impl FromRequest for Why {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("X-Purpose") else {
            return ready(Ok(Self(None)));
        };
        let purpose = value.to_str().ok().and_then(|code| code.parse().ok());
        ready(
            purpose
                .map(|purpose| Self(Some(purpose)))
                .ok_or_else(|| Problem::Header { name: "X-Purpose", remedy: format!("send one of {}", purposes()) }),
        )
    }
}

/// Documents `If-Match`.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the OpenAPI generator alone")]
pub(crate) struct IfMatchHeader {
    /// The ETag of the version that you read, in its quotes.
    #[param(rename = "If-Match", example = "\"1\"", pattern = "^\"[0-9]{1,9}\"$")]
    if_match: String,
}

/// Documents `Idempotency-Key`.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the OpenAPI generator alone")]
pub(crate) struct IdempotencyHeader {
    /// A key of your choice that makes a retry safe. For 24 hours, a request with the same key and body changes nothing
    /// and returns the result of the first, as you may see it now. If you may no longer see it, the response is 404.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        required = false,
        min_length = 1,
        max_length = 128,
        pattern = "^[!-~]{1,128}$"
    )]
    idempotency_key: Option<String>,
}

/// Documents `X-Purpose`.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the OpenAPI generator alone")]
pub(crate) struct PurposeHeader {
    /// Why you access the record. Workers allocated to the child may leave it out: `direct_work` is then assumed. All
    /// other workers must send it to read a record.
    #[param(rename = "X-Purpose", required = false, inline)]
    purpose: Purpose,
}
