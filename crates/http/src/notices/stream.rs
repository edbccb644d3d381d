//! Notices as server-sent events. One task of the process polls the database for all streams, while there are any.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::rt::{spawn, time::sleep};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use alongside_domain::NoticeId;
use alongside_policy::action::StreamNotices;
use tokio::sync::mpsc;

use crate::caller::api::Api;
use crate::caller::identity::Caller;
use crate::edge::middleware::Expires;
use crate::wire::problem::{Answer, Problem};

/// Interval between polls of the database.
const POLL: Duration = Duration::from_millis(750);
/// A comment is sent after this many polls, so that a broken connection is noticed.
const HEARTBEAT: u32 = 13;

/// Ends all streams when the task ends for any reason, so that no reader waits in vain.
struct Attending {
    api: Data<Api>,
    needed: bool,
}

impl Drop for Attending {
    fn drop(&mut self) {
        if self.needed {
            self.api.streams.end_all();
        }
    }
}

/// Polls until no stream is open. If the database does not answer, it ends: no listener can be checked any more.
async fn attend(api: Data<Api>) {
    let mut attending = Attending { api: api.clone(), needed: true };
    let mut polls = 0_u32;
    loop {
        sleep(POLL).await;
        let Some((listeners, latest)) = api.streams.listeners(api.store.now()) else {
            attending.needed = false;
            return;
        };
        let Ok(news) = api.store.news(listeners).await else { return };
        polls = polls.wrapping_add(1);
        for actor in api.streams.tell(&news, latest, polls.is_multiple_of(HEARTBEAT)) {
            let api = api.clone();
            // The door refuses, and writes the audit event of the refusal.
            spawn(async move { api.store.act(&actor, StreamNotices {}, |_| Ok(())).await });
        }
    }
}

/// A response body without an end.
struct Events(mpsc::Receiver<Bytes>);

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.0.poll_recv(context).map(|message| message.map(Ok))
    }
}

/// The last notice that the reader has, if it resumes.
pub(crate) struct LastEventId(Option<NoticeId>);

fn unknown_notice() -> Problem {
    let remedy = "send the id of a notice of yours, or leave it out and read GET /v1/notices".into();
    Problem::Header { name: "Last-Event-ID", remedy }
}

impl FromRequest for LastEventId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("Last-Event-ID") else { return ready(Ok(Self(None))) };
        let id = value.to_str().ok().and_then(|id| id.parse().ok());
        ready(id.map(|id| Self(Some(id))).ok_or_else(unknown_notice))
    }
}

/// Documents `Last-Event-ID`.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the OpenAPI generator alone")]
pub(crate) struct LastEventIdHeader {
    /// The id of the last notice that you have. Notices stored after it are sent first. Leave it out to receive new
    /// notices only.
    #[param(rename = "Last-Event-ID", required = false, nullable = false)]
    last_event_id: Option<NoticeId>,
}

/// Stream your notices
///
/// Sends notices as they are created, as server-sent events. The event's id is the id of the notice, its name is the
/// kind, and its data is what the list shows. Events come in the order in which the notices were stored, which can
/// differ from the order of their `at`.
///
/// The stream ends when the access token expires, when the session ends, when it is read too slowly, and when the
/// service stops. Resume with the id of the last event in `Last-Event-ID`; no notice is missed. You can also start from
/// the newest notice of the list, if you read the list to its end. Some notices may then arrive again: compare their
/// ids.
#[utoipa::path(get, path = "/v1/notices/stream", operation_id = "stream_notices", tag = "notices",
    params(LastEventIdHeader), responses((status = 200, body = String, content_type = "text/event-stream",
    description = "A stream of events that does not end. Lines that begin with a colon keep the connection open.")))]
pub(crate) async fn stream(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    LastEventId(after): LastEventId,
) -> Answer {
    let Expires(expires) = request.extensions().get().copied().ok_or(Problem::Internal)?;
    let (number, messages) = api.streams.reserve(actor.worker)?;
    let session = actor.session;
    let opening = api.store.act(&actor, StreamNotices {}, move |granted| granted.listen(session, after)).await?;
    if api.streams.begin(number, opening.ok_or_else(unknown_notice)?, actor, expires) {
        spawn(attend(api.clone()));
    }
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream").insert_header(("X-Accel-Buffering", "no"));
    Ok(response.body(Events(messages)))
}
