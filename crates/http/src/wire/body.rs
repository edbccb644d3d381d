//! Reads a JSON body: its type, size, pace, form and shape, each with its own answer.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use alongside_domain::Violations;
use futures_core::Stream as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::api::Api;
use crate::edge::admission;
use crate::edge::connection::{Connection, Held, SMALL};
use crate::edge::deadline::Deadline;
use crate::wire::problem::Problem;

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// The largest body that is read of a caller who has not signed in.
pub(crate) const STRANGER: usize = 4 << 10;
/// How often the pace of a body is looked at.
const PACE: Duration = Duration::from_secs(5);
/// How many bytes must come in that time.
const LEAST: usize = 4 << 10;

/// A body of the right shape and of at most so many bytes. Its values are validated by the domain.
pub(crate) struct Body<T, const MOST: usize = BODY_LIMIT> {
    pub(crate) value: T,
    pub(crate) raw: web::Bytes,
    /// Its part of the room for bodies, until it has been worked on.
    _held: Held,
}

impl<T: DeserializeOwned + Serialize + 'static, const MOST: usize> FromRequest for Body<T, MOST> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let (request, mut payload, deadline) = (request.clone(), payload.take(), Deadline::of(request));
        if let Some(deadline) = deadline.as_ref().filter(|_| is_json) {
            deadline.stop();
        }
        Box::pin(async move {
            if !is_json {
                return Err(Problem::MediaType);
            }
            let api = request.app_data::<web::Data<Api>>().ok_or(Problem::Internal)?;
            let mut held = Held::nothing(&api.connections);
            let connection = request.conn_data::<Rc<Connection>>();
            if let Some(connection) = connection {
                connection.receives(true);
            }
            let raw = receive(&request, &mut payload, &mut held, api.connections.limits.body, MOST).await;
            if let Some(connection) = connection {
                connection.receives(false);
                if raw.is_err() {
                    connection.end();
                }
            }
            let raw = raw?;
            if let Some(deadline) = deadline {
                deadline.restart();
            }
            admission::received(&request).await?;
            Ok(Self { value: read(&raw)?, raw, _held: held })
        })
    }
}

/// All of a body, if it comes fast enough.
async fn receive(
    request: &HttpRequest,
    payload: &mut Payload,
    held: &mut Held,
    time: Duration,
    most: usize,
) -> Result<web::Bytes, Problem> {
    let announced: Option<usize> =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::TooLarge { most });
    }
    let mut body = web::BytesMut::new();
    let now = Instant::now();
    let (end, mut pace, mut before) = (now + time, now + PACE.min(time), 0);
    loop {
        let piece = poll_fn(|context| Pin::new(&mut *payload).poll_next(context));
        match timeout_at(pace.min(end), piece).await {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(piece))) if body.len() + piece.len() > most => return Err(Problem::TooLarge { most }),
            Ok(Some(Ok(piece))) => {
                let length = body.len() + piece.len();
                // Room for a large body is taken at once: growing by degrees would take twice as much, and many that
                // grow together would all be refused in the end.
                let room = announced.map_or(length, |announced| length.max(announced));
                let room = if length > SMALL { room } else { room.min(SMALL) };
                held.take(room)?;
                body.reserve(room.saturating_sub(body.len()));
                body.extend_from_slice(&piece);
            }
            Ok(Some(Err(_))) => {
                let detail = "did not arrive whole; send it again".into();
                return Err(Problem::Malformed { pointer: String::new(), detail });
            }
            Err(_) if pace < end && body.len() >= before + LEAST => {
                (pace, before) = (pace + PACE, body.len());
            }
            Err(_) => return Err(held.too_slow(request.conn_data::<Rc<Connection>>().map(|one| &**one))),
        }
    }
}

fn read<T: DeserializeOwned + Serialize>(raw: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (pointer, inner) = (pointer(error.path()), error.inner());
        let misshapen = || crate::wire::form::misshapen::<T>(raw, &pointer, &inner.to_string());
        if inner.is_data() { misshapen().into() } else { malformed(&pointer, inner) }
    })?;
    reader.end().map_err(|error| malformed("", &error))?;
    let sent: Value = serde_json::from_slice(raw).map_err(|error| malformed("", &error))?;
    let understood = serde_json::to_value(&value).map_err(|_| Problem::Internal)?;
    match list_for_object(&sent, &understood, "") {
        Some(pointer) => Err(Violations::one(&pointer, "is a list; an object with named fields is expected").into()),
        None => Ok(value),
    }
}

/// What is not JSON, and where. The parser's words for it are fixed and repeat nothing.
fn malformed(pointer: &str, error: &serde_json::Error) -> Problem {
    let detail = format!("is not JSON: {error}");
    Problem::Malformed { pointer: pointer.to_owned(), detail }
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

pub(crate) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => {
            format!("{pointer}/{}", reflected(key).replace('~', "~0").replace('/', "~1"))
        }
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// The longest name that an answer repeats, in characters.
const LONGEST_REFLECTED: usize = 100;

/// A name that the caller chose, as an answer repeats it: a longer one is cut.
pub(crate) fn reflected(name: &str) -> String {
    match name.char_indices().nth(LONGEST_REFLECTED) {
        None => name.to_owned(),
        Some(_) => name.chars().take(LONGEST_REFLECTED - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alongside_domain::accounts::session::Credentials;

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
    fn what_is_missing_or_of_another_form_says_which_form_is_expected() {
        use alongside_domain::statutory::referral::Referral;
        let fault = |text: &str| match read::<Referral>(text.as_bytes()) {
            Err(Problem::Invalid(Violations(found))) => (found[0].pointer.clone(), found[0].detail.clone()),
            other => panic!("{:?}", other.map(drop)),
        };
        let cases = [
            (r#"{"to_agency_id": "zq"}"#, "/to_agency_id", "must be an id, as this service gave it"),
            (r#"{"concern_ids": 5}"#, "/concern_ids", "must be a list in square brackets"),
            (r#"{"concern_ids": ["zq"]}"#, "/concern_ids/0", "must be an id, as this service gave it"),
            (r#"{"reason": ["zq"]}"#, "/reason", "must be text in quotes"),
            (
                r#"{"reason": "r", "asks_for": "a"}"#,
                "/to_agency_id",
                "is missing; it must be an id, as this service gave it",
            ),
            ("[]", "", "must be an object with named fields"),
        ];
        for (text, pointer, detail) in cases {
            assert_eq!(fault(text), (pointer.to_owned(), detail.to_owned()));
        }
    }

    #[test]
    fn a_body_that_is_not_json_says_where_it_breaks() {
        match read::<Credentials>(b"{\"sign_in_name\": zq51977}") {
            Err(Problem::Malformed { pointer, detail }) => {
                assert_eq!(pointer, "/sign_in_name");
                assert!(detail.contains("line 1 column") && !detail.contains("zq51977"), "{detail}");
            }
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn a_long_unknown_name_is_cut_at_100_characters() {
        for (sent, shown) in [(100, "é".repeat(100)), (101, format!("{}…", "é".repeat(99)))] {
            let name = "é".repeat(sent);
            let (pointer, _) = fault(&format!(r#"{{"sign_in_name": "a", "password": "b", "{name}": 1}}"#));
            assert_eq!(pointer, format!("/{shown}"));
        }
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
        assert!(matches!(read::<serde_json::Value>(deep.as_bytes()), Err(Problem::Malformed { .. })));
    }
}
