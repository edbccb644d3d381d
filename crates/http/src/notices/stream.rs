//! Notices as server-sent events. One task of the process polls the database for all streams, while there are any.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::rt::{spawn, time::sleep};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::notices::notice::Notice;
use alongside_domain::{At, NoticeId, WorkerId};
use alongside_policy::action::StreamNotices;
use alongside_storage::{Listener, News, Opening};
use tokio::sync::mpsc;

use crate::api::Api;
use crate::caller::identity::{Expires, Identity};
use crate::edge::rate_limit::Limits;
use crate::wire::problem::{Answer, Problem};

/// How often the database is asked.
const POLL: Duration = Duration::from_millis(750);
/// After how many polls a comment is sent, by which a broken connection is noticed.
const HEARTBEAT: u32 = 13;
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A stream that is open, or about to be.
struct Stream {
    number: u64,
    worker: WorkerId,
    messages: mpsc::Sender<Bytes>,
    /// Absent until the door has given leave.
    begun: Option<Begun>,
}

struct Begun {
    actor: Actor,
    listener: Listener,
    expires: i64,
}

#[derive(Default)]
struct Open {
    streams: Vec<Stream>,
    numbers: u64,
    /// A task polls.
    attended: bool,
    /// The service stops: no stream begins any more.
    closed: bool,
}

/// The streams of this process.
pub(crate) struct Streams {
    by_worker: usize,
    in_all: usize,
    /// How many messages wait for a slow reader, whose stream then ends.
    unread: usize,
    open: Mutex<Open>,
}

impl Streams {
    pub(crate) fn new(limits: &Limits) -> Self {
        let Limits { streams, streams_in_all, unread, .. } = *limits;
        Self { by_worker: streams, in_all: streams_in_all, unread: unread.max(1), open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place. It is free again when the receiver is gone.
    fn reserve(&self, worker: WorkerId) -> Result<(u64, mpsc::Receiver<Bytes>), Problem> {
        let mut open = self.open();
        if open.closed {
            return Err(Problem::Unavailable);
        }
        open.streams.retain(|stream| !stream.messages.is_closed());
        if open.streams.iter().filter(|stream| stream.worker == worker).count() >= self.by_worker {
            return Err(Problem::TooManyStreams(
                "You have as many streams of notices open as you may; close one, or wait until a closed one is noticed",
            ));
        }
        if open.streams.len() >= self.in_all {
            return Err(Problem::TooManyStreams("Everybody's streams are taken; read GET /v1/notices for now"));
        }
        open.numbers += 1;
        let (messages, receiver) = mpsc::channel(self.unread);
        let number = open.numbers;
        open.streams.push(Stream { number, worker, messages, begun: None });
        Ok((number, receiver))
    }

    /// Begins in a place that was taken: tells what was missed. Whether somebody has to be found who polls.
    fn begin(&self, number: u64, opening: Opening, actor: Actor, expires: i64) -> bool {
        let mut open = self.open();
        let Open { streams, numbers, attended, closed } = &mut *open;
        let Some(stream) = streams.iter_mut().find(|stream| stream.number == number) else { return false };
        let first = format!("retry: 2000\n\n{}", events(&opening.missed));
        let sent = stream.messages.try_send(first.into()).is_ok();
        if !sent || opening.more || *closed {
            streams.retain(|stream| stream.number != number);
            return false;
        }
        // A poll that is under way was not for it, and must not end it.
        *numbers += 1;
        stream.number = *numbers;
        stream.begun = Some(Begun { actor, listener: opening.listener, expires });
        !std::mem::replace(attended, true)
    }

    /// For whom to poll, once those are gone who went away or whose tokens expired; `None` when there is nobody. And
    /// the number of the latest stream.
    fn listeners(&self, now: At) -> Option<(Vec<Listener>, u64)> {
        let mut open = self.open();
        let expired = |stream: &Stream| stream.begun.as_ref().is_some_and(|b| b.expires <= now.timestamp());
        open.streams.retain(|stream| !stream.messages.is_closed() && !expired(stream));
        let listeners: Vec<_> = open.streams.iter().filter_map(|s| Some(s.begun.as_ref()?.listener.clone())).collect();
        open.attended = !listeners.is_empty();
        open.attended.then_some((listeners, open.numbers))
    }

    /// Passes on what a poll found to the streams that it was for. The actors whose streams end by it.
    fn tell(&self, news: &News, latest: u64, heartbeat: bool) -> Vec<Actor> {
        let mut refused = Vec::new();
        self.open().streams.retain_mut(|stream| {
            let Some(begun) = stream.begun.as_mut().filter(|_| stream.number <= latest) else { return true };
            match begun.listener.hears(news) {
                None => {
                    refused.push(begun.actor.clone());
                    false
                }
                Some(new) if !new.is_empty() => stream.messages.try_send(events(&new).into()).is_ok(),
                Some(_) if heartbeat => stream.messages.try_send(COMMENT).is_ok(),
                Some(_) => true,
            }
        });
        refused
    }

    /// Ends every stream. Readers come back and resume.
    fn end_all(&self) {
        let mut open = self.open();
        open.streams.retain(|stream| stream.begun.is_none());
        open.attended = false;
    }

    /// Ends every stream and lets none begin: the service stops.
    pub(crate) fn close(&self) {
        self.open().closed = true;
        self.end_all();
    }
}

/// Notices in the format of the stream.
fn events(notices: &[Notice]) -> String {
    notices.iter().fold(String::new(), |mut text, notice| {
        let data = serde_json::to_string(notice).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", notice.id, notice.kind);
        text
    })
}

/// However the task ends, nobody is left to wait for it in vain.
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

/// Polls until nobody listens. Where the database does not answer, nobody can be shown to be allowed still.
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
            // The door refuses, and leaves the event that says so.
            spawn(async move { api.store.act(&actor, StreamNotices {}, |_| Ok(())).await });
        }
    }
}

/// The body of an answer that goes on.
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
    /// The id of the last notice you have: everything that was kept after it is told first.
    #[param(rename = "Last-Event-ID", required = false, nullable = false)]
    last_event_id: Option<NoticeId>,
}

/// What you are told, as it happens: server-sent events whose id is the notice's id, whose name is its kind, and whose
/// data is what the list shows. They come in the order in which they were kept, which is not always that of their `at`.
/// The stream ends with the access token, with the session, where it is read too slowly, and when the service stops;
/// resume it with the id of the last event as Last-Event-ID, and nothing is missed. The same holds for the id of the
/// newest notice of the list, if you read the list to its end; some that it shows may come again: know them by their ids.
#[utoipa::path(get, path = "/v1/notices/stream", operation_id = "stream_notices", tag = "notices",
    params(LastEventIdHeader), responses((status = 200, body = String, content_type = "text/event-stream",
    description = "Events without end. Lines that begin with a colon keep the connection alive.")))]
pub(crate) async fn stream(
    api: Data<Api>,
    Identity(actor): Identity,
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
