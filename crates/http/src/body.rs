//! Reads a JSON body: its type, size, form and shape, each with its own answer.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use alongside_domain::Violations;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::admission;
use crate::deadline::Deadline;
use crate::problem::Problem;

/// A body of the right shape. Its values are validated by the domain.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) raw: web::Bytes,
}

impl<T: DeserializeOwned + Serialize + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let bytes = web::Bytes::from_request(request, payload);
        let deadline = Deadline::of(request);
        let request = request.clone();
        if let Some(deadline) = deadline.as_ref().filter(|_| is_json) {
            deadline.stop();
        }
        Box::pin(async move {
            if !is_json {
                return Err(Problem::MediaType);
            }
            let raw = bytes.await.map_err(|error| match error.as_response_error().status_code() {
                actix_web::http::StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
                _ => Problem::Malformed,
            })?;
            if let Some(deadline) = deadline {
                deadline.restart();
            }
            admission::received(&request).await?;
            Ok(Self { value: read(&raw)?, raw })
        })
    }
}

fn read<T: DeserializeOwned + Serialize>(raw: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() { misshapen(&pointer(error.path()), &inner.to_string()).into() } else { Problem::Malformed }
    })?;
    reader.end().map_err(|_| Problem::Malformed)?;
    let sent: Value = serde_json::from_slice(raw).map_err(|_| Problem::Malformed)?;
    let understood = serde_json::to_value(&value).map_err(|_| Problem::Internal)?;
    match list_for_object(&sent, &understood, "") {
        Some(pointer) => Err(Violations::one(&pointer, "is a list; an object with named fields is expected").into()),
        None => Ok(value),
    }
}

/// Where a list stands in the place of an object: serde takes its members for fields in order.
fn list_for_object(sent: &Value, understood: &Value, at: &str) -> Option<String> {
    match (sent, understood) {
        (Value::Array(_), Value::Object(_)) => Some(at.to_owned()),
        (Value::Object(sent), Value::Object(understood)) => {
            sent.iter().find_map(|(name, sent)| list_for_object(sent, understood.get(name)?, &format!("{at}/{name}")))
        }
        (Value::Array(sent), Value::Array(understood)) => sent
            .iter()
            .zip(understood)
            .enumerate()
            .find_map(|(index, (sent, understood))| list_for_object(sent, understood, &format!("{at}/{index}"))),
        _ => None,
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => {
            format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// Turns the parser's message into one that names the field and the remedy and never the value.
fn misshapen(pointer: &str, message: &str) -> Violations {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let expected = message.split_once(", expected ").map_or("", |(_, rest)| rest);
    let expected = expected.split(" at line ").next().unwrap_or_default();
    if message.starts_with("missing field") {
        Violations::one(&format!("{pointer}/{quoted}"), "is missing")
    } else if message.starts_with("unknown field") {
        Violations::one(pointer, "is not known here; leave it out")
    } else if message.starts_with("duplicate field") {
        Violations::one(pointer, "is given twice; give it once")
    } else if message.starts_with("unknown variant") {
        Violations::one(pointer, format!("is not an accepted code; use {}", expected.replace('`', "")))
    } else if expected.is_empty() {
        Violations::one(pointer, "has the wrong form")
    } else {
        Violations::one(pointer, format!("has the wrong type; expected {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alongside_domain::session::Credentials;

    fn fault(text: &str) -> (String, String) {
        match read::<Credentials>(text.as_bytes()) {
            Err(Problem::Invalid(Violations(found))) => (found[0].pointer.clone(), found[0].detail.clone()),
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn a_misshapen_body_names_the_field_and_not_the_value() {
        let (pointer, detail) = fault(r#"{"sign_in_name": "a", "password": "b", "secret-word": 1}"#);
        assert_eq!(pointer, "/secret-word");
        assert!(detail.contains("leave it out"));
        let (pointer, _) = fault(r#"{"sign_in_name": "a"}"#);
        assert_eq!(pointer, "/password");
        let (pointer, detail) = fault(r#"{"sign_in_name": 51977, "password": "b"}"#);
        assert_eq!(pointer, "/sign_in_name");
        assert!(!detail.contains("51977"), "{detail}");
    }

    #[test]
    fn a_list_is_not_taken_for_an_object() {
        let (pointer, detail) = fault(r#"["a", "b"]"#);
        assert_eq!(pointer, "");
        assert!(detail.contains("object"), "{detail}");
    }

    #[test]
    fn deep_nesting_is_malformed_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(matches!(read::<serde_json::Value>(deep.as_bytes()), Err(Problem::Malformed)));
    }
}
