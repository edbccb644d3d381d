//! The notice streams that are open at this process: how many, whose, and what each must receive.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::web::Bytes;
use alongside_domain::accounts::worker::Actor;
use alongside_domain::notices::notice::Notice;
use alongside_domain::{At, WorkerId};
use alongside_storage::{Listener, News, Opening};
use tokio::sync::mpsc;

use crate::edge::rate_limit::Limits;
use crate::wire::problem::Problem;

const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A stream that is open or about to open.
struct Stream {
    number: u64,
    worker: WorkerId,
    messages: mpsc::Sender<Bytes>,
    /// Absent until the door has allowed it.
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
    /// Whether a task polls.
    attended: bool,
    /// The service is stopping: no more streams open.
    closed: bool,
}

/// The streams of this process.
pub(crate) struct Streams {
    by_worker: usize,
    in_all: usize,
    /// How many messages may wait for a slow reader. With more, its stream ends.
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

    /// Takes a place. It is free again when the receiver is dropped.
    pub(crate) fn reserve(&self, worker: WorkerId) -> Result<(u64, mpsc::Receiver<Bytes>), Problem> {
        let mut open = self.open();
        if open.closed {
            return Err(Problem::Unavailable);
        }
        open.streams.retain(|stream| !stream.messages.is_closed());
        if open.streams.iter().filter(|stream| stream.worker == worker).count() >= self.by_worker {
            return Err(Problem::TooManyStreams(
                "You have the most notice streams that one worker can have open. Close one and try again",
            ));
        }
        if open.streams.len() >= self.in_all {
            return Err(Problem::TooManyStreams(
                "No more notice streams can be opened at present. Use GET /v1/notices until one is free",
            ));
        }
        open.numbers += 1;
        let (messages, receiver) = mpsc::channel(self.unread);
        let number = open.numbers;
        open.streams.push(Stream { number, worker, messages, begun: None });
        Ok((number, receiver))
    }

    /// Opens the stream in a place that was taken, and sends the notices that were missed. Returns whether a task must
    /// begin to poll.
    pub(crate) fn begin(&self, number: u64, opening: Opening, actor: Actor, expires: i64) -> bool {
        let mut open = self.open();
        let Open { streams, numbers, attended, closed } = &mut *open;
        let Some(stream) = streams.iter_mut().find(|stream| stream.number == number) else { return false };
        let first = format!("retry: 2000\n\n{}", events(&opening.missed));
        let sent = stream.messages.try_send(first.into()).is_ok();
        if !sent || opening.more || *closed {
            streams.retain(|stream| stream.number != number);
            return false;
        }
        // A poll that is under way was not for this stream, and must not end it.
        *numbers += 1;
        stream.number = *numbers;
        stream.begun = Some(Begun { actor, listener: opening.listener, expires });
        !std::mem::replace(attended, true)
    }

    /// The listeners to poll for, after closed streams and those with expired tokens are removed; `None` if there is
    /// none. Also the number of the latest stream.
    pub(crate) fn listeners(&self, now: At) -> Option<(Vec<Listener>, u64)> {
        let mut open = self.open();
        let expired = |stream: &Stream| stream.begun.as_ref().is_some_and(|b| b.expires <= now.timestamp());
        open.streams.retain(|stream| !stream.messages.is_closed() && !expired(stream));
        let listeners: Vec<_> = open.streams.iter().filter_map(|s| Some(s.begun.as_ref()?.listener.clone())).collect();
        open.attended = !listeners.is_empty();
        open.attended.then_some((listeners, open.numbers))
    }

    /// Sends what a poll found to the streams that it was for. Returns the actors whose streams end now.
    pub(crate) fn tell(&self, news: &News, latest: u64, heartbeat: bool) -> Vec<Actor> {
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

    /// Ends every stream. Readers reconnect and resume.
    pub(crate) fn end_all(&self) {
        let mut open = self.open();
        open.streams.retain(|stream| stream.begun.is_none());
        open.attended = false;
    }

    /// Ends every stream and opens no more: the service stops.
    pub(crate) fn close(&self) {
        self.open().closed = true;
        self.end_all();
    }
}

/// Notices in the format of the stream.
fn events(notices: &[Notice]) -> String {
    notices.iter().fold(String::new(), |mut text, notice| {
        let data = serde_json::to_string(notice).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(text, "id: {}\nevent: {}\ndata: {data}\n\n", notice.id, notice.kind);
        text
    })
}
