//! The kinds of problem: a stable address, the HTTP status, a title, and what to do.

use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::PartialSchema;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// A line is `Kind = status, "slug", "title", "meaning";`.
macro_rules! kinds {
    ($($kind:ident = $status:ident, $slug:literal, $title:literal, $meaning:literal;)+) => {
        /// A kind of problem, as its address names it.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub(crate) enum ProblemKind {
            #[default]
            $($kind),+
        }

        impl ProblemKind {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind),+];

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status),+ }
            }

            /// The last part of its address.
            pub(crate) const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug),+ }
            }

            /// Its address, relative to the service.
            pub(crate) const fn address(self) -> &'static str {
                match self { $(Self::$kind => concat!("/problems/", $slug)),+ }
            }

            /// The same for every problem of the kind.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title),+ }
            }

            /// When it occurs and what to do, for the page at its address.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning),+ }
            }
        }
    };
}
kinds! {
    Unknown = NOT_FOUND, "not-found", "Not found",
        "The subject does not exist, or you do not have access to it. The two are indistinguishable on purpose. \
         Check the id and ask a colleague who works with the child.";
    Method = METHOD_NOT_ALLOWED, "method", "Method not allowed",
        "The address does not have this method. The header `Allow` lists the methods that it has.";
    SignedOut = UNAUTHORIZED, "signed-out", "Not signed in",
        "The access token is missing, has expired, or was ended. Sign in again, or exchange your refresh token.";
    BadCredentials = UNAUTHORIZED, "credentials", "Wrong name, password or code",
        "The name, the password or the code is wrong. Each code works once.";
    PurposeNeeded = BAD_REQUEST, "purpose-needed", "State a purpose",
        "Without a direct relationship to the child, you state why you view the record. Send the header \
         `X-Purpose` with one of its codes.";
    Header = BAD_REQUEST, "header", "A header cannot be accepted",
        "A header has the wrong form. `detail` names it and says what to send.";
    Query = BAD_REQUEST, "query", "A query parameter cannot be accepted",
        "A query parameter is missing, unknown or has the wrong form. `detail` names it and says what it accepts.";
    Cursor = BAD_REQUEST, "cursor", "The cursor cannot be accepted",
        "The cursor does not belong to this list. Send the value of `next` of the page before, unchanged, or \
         begin at the first page.";
    IfMatchMissing = PRECONDITION_REQUIRED, "if-match-missing", "If-Match is missing",
        "This change needs the version that you have read. Send its ETag in the header `If-Match`.";
    MediaType = UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is not JSON",
        "The body is not JSON. Send `Content-Type: application/json`.";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large",
        "The body is larger than the service accepts. `detail` says how large it may be. Record the rest \
         separately.";
    SlowBody = REQUEST_TIMEOUT, "slow-body", "The body arrived too slowly",
        "The body did not arrive in time, and nothing was stored. Send the request again on a faster connection.";
    Malformed = BAD_REQUEST, "malformed", "The body is not well-formed JSON",
        "The body cannot be read as JSON of the expected shape. `errors` says where.";
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "Some fields cannot be accepted",
        "Some fields cannot be accepted, and nothing was stored. `errors` names each field and what to send \
         instead.";
    Withheld = FORBIDDEN, "withheld", "This recording is withheld",
        "The recording exists, but it is kept for another agency or field. `agency_id` names the agency that can \
         disclose it.";
    NotYours = FORBIDDEN, "not-yours", "You can view this but not change it",
        "You can view this, but this act is for other workers. Ask your supervisor who can do it.";
    OwnPasswordNeeded = FORBIDDEN, "own-password-needed", "Choose your own password",
        "Another person chose the password of this account. Replace it with POST /v1/me/password before anything \
         else.";
    SecondFactorNeeded = FORBIDDEN, "second-factor-needed", "A second factor is needed",
        "This needs a second factor, or one that was proved in the last five minutes. Send a code to POST \
         /v1/sessions/current/second-factor, and try again.";
    Stale = PRECONDITION_FAILED, "stale", "The record has changed",
        "The record has changed since the version in `If-Match`. Fetch it again, check `changed_fields`, and send \
         your change again.";
    KnownChild = CONFLICT, "known-child", "A child with this number is already recorded",
        "A record with this number exists. Check the candidates. If this is a different child, say why in \
         `new_because`.";
    Conflict = CONFLICT, "conflict", "This conflicts with the current state of the record",
        "The request conflicts with what is recorded now. `detail` says how, and what to do.";
    KeyReused = UNPROCESSABLE_ENTITY, "key-reused", "This Idempotency-Key was used for another request",
        "The Idempotency-Key was used for a different request. Use a new key for a new request; to repeat a \
         request, send it unchanged.";
    ConfirmationNeeded = TOO_MANY_REQUESTS, "confirmation-needed", "A colleague must confirm your work",
        "You have opened or searched for an unusual number of records today. A supervisor or safeguarding lead of \
         your agency confirms that your work needs it. Raising concerns and emergency access do not wait for \
         this.";
    TooMany = TOO_MANY_REQUESTS, "too-many", "Too many requests",
        "Too many requests in a short time. Wait for the seconds in `Retry-After`.";
    TooManyStreams = TOO_MANY_REQUESTS, "too-many-streams", "Too many notice streams",
        "Too many streams of notices are open. Close one, or wait for the seconds in `Retry-After`.";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "The service is not available",
        "The service cannot reach its database, and nothing was stored or disclosed. Try again after the seconds \
         in `Retry-After`.";
    Busy = SERVICE_UNAVAILABLE, "busy", "Too many requests at once",
        "The service is answering as many requests as it can, and nothing was stored or disclosed. Try again \
         after the seconds in `Retry-After`.";
    TooLate = SERVICE_UNAVAILABLE, "too-late", "The request took too long",
        "The request was not answered in time. A change may have been stored: send it again with the same \
         Idempotency-Key.";
    Internal = INTERNAL_SERVER_ERROR, "internal", "Internal error",
        "A fault in the service. Give your administrator the X-Request-ID of the response.";
}

impl Serialize for ProblemKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.address())
    }
}

impl PartialSchema for ProblemKind {
    fn schema() -> RefOr<Schema> {
        let addresses = Self::ALL.iter().map(|kind| kind.address());
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("The kind of problem, as a relative URI. A page at this address explains it."))
            .enum_values(Some(addresses))
            .into()
    }
}

impl utoipa::ToSchema for ProblemKind {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_its_own_address() {
        let addresses: HashSet<_> = ProblemKind::ALL.iter().map(|kind| kind.address()).collect();
        assert_eq!(addresses.len(), ProblemKind::ALL.len());
    }
}
