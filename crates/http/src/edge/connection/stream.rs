//! The stream of one connection. It ends when the client stalls: before a request is complete, or with a response
//! unread.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Sleep, sleep_until};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Connection, Reason};

/// How long the head of a request may take, from its first byte.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection without requests is kept open while no worker has signed in over it.
const QUIET_STRANGER: Duration = Duration::from_secs(20);
/// How long any other connection is kept open. The server ends it before.
const QUIET: Duration = Duration::from_secs(90);
/// How long a client has to read the response that refused the rest of its request.
const ENDING: Duration = Duration::from_secs(2);
/// How much the library is given before it must process it, in bytes: what fits its read buffer. If it is given more,
/// it doubles that buffer again and again, to 256 KiB for each connection.
const PORTION: usize = 8 << 10;
/// The client gets one more second for each this many bytes of a response that it reads.
const LEAST_RATE: usize = 4 << 10;

/// A connection with deadlines for what the client must do.
pub(crate) struct Guarded {
    io: TcpStream,
    connection: Rc<Connection>,
    /// When the last response was sent, and which one it was.
    quiet_since: Instant,
    answers: u64,
    /// When the first byte of the next request arrived.
    heard: Option<Instant>,
    /// Since when the client has read nothing.
    blocked: Option<Instant>,
    /// How long that may continue.
    patience: Duration,
    timer: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Bytes beyond the end of a head, which wait.
    ahead: Vec<u8>,
    /// Whether the task must process what it was given before it is given more.
    pause: bool,
    /// How much it was given that it has not processed.
    given: usize,
}

impl Guarded {
    pub(crate) fn new(io: TcpStream, connection: Rc<Connection>) -> Self {
        let patience = connection.all.limits.answer;
        Self {
            io,
            connection,
            quiet_since: Instant::now(),
            answers: 0,
            heard: None,
            blocked: None,
            patience,
            timer: None,
            ahead: Vec::new(),
            pause: false,
            given: 0,
        }
    }

    pub(crate) fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }

    /// The deadline of the client, if it must do something.
    fn due(&mut self, now: Instant) -> Option<(Instant, Option<Reason>)> {
        if let Some(since) = self.blocked {
            return Some((since + self.patience, Some(Reason::Answer)));
        }
        if self.answers != self.connection.answers.get() {
            self.answers = self.connection.answers.get();
            (self.quiet_since, self.heard) = (now, None);
        }
        if self.connection.answering.get() {
            self.heard = None;
            return None;
        }
        if self.connection.ending.get() {
            return Some((self.quiet_since + ENDING, None));
        }
        if let Some(heard) = self.heard {
            return Some((heard + HEAD, Some(Reason::Request)));
        }
        let quiet = if self.connection.stranger.get() { QUIET_STRANGER } else { QUIET };
        Some((self.quiet_since + quiet, None))
    }

    /// Fails if the client has stalled for too long. Otherwise makes sure that the task wakes at the deadline.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        loop {
            let now = Instant::now();
            let Some((due, reason)) = self.due(now) else { return Ok(()) };
            if due <= now {
                if let Some(reason) = reason {
                    self.connection.note(reason);
                    // Unread data is discarded, so that the kernel does not keep it.
                    let _ = self.io.set_zero_linger();
                }
                return Err(io::ErrorKind::TimedOut.into());
            }
            // A timer that fires early is set again then. That is cheaper than setting one each time.
            if self.timer.as_ref().is_none_or(|(set, _)| *set > due) {
                self.timer = Some((due, Box::pin(sleep_until(due.into()))));
            }
            let gone_off = self.timer.as_mut().is_some_and(|(_, timer)| timer.as_mut().poll(context).is_ready());
            if !gone_off {
                return Ok(());
            }
            self.timer = None;
        }
    }

    /// The client read this many bytes.
    fn took(&mut self, bytes: usize) {
        if let Some(since) = self.blocked.take() {
            self.patience = self.patience.saturating_sub(since.elapsed());
        }
        let most = self.connection.all.limits.answer;
        if self.patience < most {
            let earned = Duration::from_millis(u64::try_from(bytes * 1_000 / LEAST_RATE).unwrap_or(u64::MAX));
            self.patience = most.min(self.patience.saturating_add(earned));
        }
    }
}

/// The index after the first head. The library accepts all the requests that it is given at once, and each then takes
/// kilobytes. So it is given one request after the other.
fn after_head(bytes: &[u8]) -> Option<usize> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(is_end)?;
        let rest = bytes.get(at..)?;
        let ends = rest.iter().position(|byte| !is_end(byte)).unwrap_or(rest.len());
        if rest.iter().take(ends).filter(|byte| **byte == b'\n').count() > 1 {
            return Some(at + ends);
        }
        at += ends;
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        if self.blocked.is_some() {
            // If a client does not read its responses, nothing more is read from it. Writing wakes the task.
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let is_wanted = !self.connection.answering.get() || self.connection.receiving.get();
        if !is_wanted && (!self.ahead.is_empty() || self.given >= PORTION) {
            self.connection.waker.set(Some(context.waker().clone()));
            return Poll::Pending;
        }
        if std::mem::take(&mut self.pause) || self.given >= PORTION {
            self.given = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.ahead.is_empty() {
            // The library's buffer may have room for more than a portion.
            let mut room = [const { MaybeUninit::uninit() }; PORTION];
            let most = buffer.remaining().min(PORTION.saturating_sub(self.given));
            let mut piece = ReadBuf::uninit(room.get_mut(..most).unwrap_or_default());
            let read = Pin::new(&mut self.io).poll_read(context, &mut piece);
            if read.is_pending() && is_wanted {
                self.given = 0;
            }
            ready!(read)?;
            let came = piece.filled();
            let (wanted, ahead) = came.split_at(after_head(came).unwrap_or(came.len()));
            buffer.put_slice(wanted);
            self.ahead = ahead.to_vec();
        } else {
            let end = after_head(&self.ahead).unwrap_or(self.ahead.len()).min(buffer.remaining());
            let rest = self.ahead.split_off(end);
            let piece = std::mem::replace(&mut self.ahead, rest);
            buffer.put_slice(&piece);
        }
        self.pause = !self.ahead.is_empty();
        self.given += buffer.filled().len() - before;
        if buffer.filled().len() > before && !self.connection.answering.get() && self.heard.is_none() {
            self.heard = Some(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_write(context, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.took(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.blocked.get_or_insert_with(Instant::now);
                self.check(context)?;
                Poll::Pending
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::rt::net::TcpListener;
    use actix_web::rt::time::timeout;
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::edge::connection::{ConnectionLimits, Connections};

    #[actix_web::test]
    async fn however_much_a_client_sends_and_however_large_the_buffer_a_poll_takes_one_portion() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, peer) = listener.accept().await.unwrap();
        let all = Connections::new(ConnectionLimits::default());
        let mut stream = Guarded::new(server, all.admit(Some(peer), &[]).unwrap());
        client.write_all(&vec![b' '; 64 << 10]).await.unwrap();
        let mut memory = vec![0; 256 << 10];
        let mut portions = Vec::new();
        let all_came = poll_fn(|context| {
            let mut buffer = ReadBuf::new(&mut memory);
            while Pin::new(&mut stream).poll_read(context, &mut buffer)?.is_ready() {}
            portions.push(buffer.filled().len());
            if portions.iter().sum::<usize>() < 64 << 10 { Poll::Pending } else { Poll::Ready(io::Result::Ok(())) }
        });
        timeout(Duration::from_secs(10), all_came).await.unwrap().unwrap();
        assert_eq!(portions.iter().max(), Some(&PORTION), "{portions:?}");
    }

    #[test]
    fn a_head_ends_with_an_empty_line_whatever_its_line_ends_are() {
        let ends = |text: &str| after_head(text.as_bytes());
        assert_eq!(ends("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"), Some(27));
        assert_eq!(ends("GET / HTTP/1.1\n\nGET"), Some(16));
        assert_eq!(ends("GET / HTTP/1.1\n\r\nGET"), Some(17));
        for unfinished in ["", "\n", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r", "GET / HTTP/1.1\r\n a"] {
            assert_eq!(ends(unfinished), None, "{unfinished:?}");
        }
    }
}
