//! Reads a JSON body and checks its type, size, pace, form and shape. Each fault has its own problem.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_core::Stream as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::edge::admit;
use crate::edge::connection::{Connection, Held, SMALL};
use crate::edge::deadline::Deadline;
use crate::edge::shared::Edge;
use crate::wire::json::read;
use crate::wire::problem::Problem;

/// The largest body, in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// The largest body of a caller who has not signed in, in bytes.
pub(crate) const STRANGER: usize = 4 << 10;
/// The interval at which the pace of a body is checked.
const PACE: Duration = Duration::from_secs(5);
/// The fewest bytes that must arrive in that interval.
const LEAST: usize = 4 << 10;

/// A body of the right shape with at most so many bytes. The domain validates its values.
pub(crate) struct Body<T, const MOST: usize = BODY_LIMIT> {
    pub(crate) value: T,
    pub(crate) raw: web::Bytes,
    /// Its share of the memory for bodies, until the request has been processed.
    pub(crate) held: Held,
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
            let connections = &Edge::of(&request)?.connections;
            let mut held = Held::nothing(connections);
            let connection = request.conn_data::<Rc<Connection>>();
            if let Some(connection) = connection {
                connection.receives(true);
            }
            let raw = receive(&request, &mut payload, &mut held, connections.limits.body, MOST).await;
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
            admit::received(&request).await?;
            Ok(Self { value: read(&raw)?, raw, held })
        })
    }
}

/// The whole body, if it arrives fast enough.
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
                // Memory for a large body is reserved at once. Growing in steps would take twice as much, and many
                // bodies that grow together would all be refused in the end.
                let room = announced.map_or(length, |announced| length.max(announced));
                let room = if length > SMALL { room } else { room.min(SMALL) };
                held.take(room)?;
                body.reserve(room.saturating_sub(body.len()));
                body.extend_from_slice(&piece);
            }
            Ok(Some(Err(_))) => {
                let detail = "did not arrive in full; send it again".into();
                return Err(Problem::Malformed { pointer: String::new(), detail });
            }
            Err(_) if pace < end && body.len() >= before + LEAST => {
                (pace, before) = (pace + PACE, body.len());
            }
            Err(_) => return Err(held.too_slow(request.conn_data::<Rc<Connection>>().map(|one| &**one))),
        }
    }
}
