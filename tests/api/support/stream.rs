//! A reader of a stream of notices, over its own connection to the running service.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{rt, web};
use alongside_http::{Api, ConnectionLimits, Limits, listen, server};
use serde_json::Value;

use super::World;

/// The service as other machines reach it.
pub(crate) struct Served {
    address: SocketAddr,
    api: web::Data<Api>,
    handle: ServerHandle,
}

impl Served {
    /// The records of this world, at a separate address.
    pub(crate) fn new(world: &World, limits: &Limits) -> Self {
        Self::bounded_by(world, limits, ConnectionLimits::default())
    }

    /// The same, with these limits on connections.
    pub(crate) fn bounded_by(world: &World, limits: &Limits, connections: ConnectionLimits) -> Self {
        let api = web::Data::new(Api::new(world.store.clone(), limits).bounded_by(connections));
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = server(&api, listener, 1).expect("a server").disable_signals().run();
        let handle = server.handle();
        rt::spawn(server);
        Self { address, api, handle }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// A stream that is read.
pub(crate) struct Stream {
    lines: Receiver<String>,
    connection: TcpStream,
    pub(crate) status: u16,
}

/// The longest that a test waits for something that must happen within a second.
const PATIENCE: Duration = Duration::from_secs(10);

impl Stream {
    /// Starts to listen, after a notice that the listener already has.
    pub(crate) fn new(address: SocketAddr, token: &str, after: Option<&str>) -> Self {
        Self::read(Self::asked(address, token, after))
    }

    /// Asks to listen, and reads nothing.
    pub(crate) fn asked(address: SocketAddr, token: &str, after: Option<&str>) -> TcpStream {
        let mut connection = TcpStream::connect(address).expect("a connection");
        let after = after.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let head = format!(
            "GET /v1/notices/stream HTTP/1.1\r\nHost: alongside\r\nAuthorization: Bearer {token}\r\n{after}Connection: close\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).expect("a request");
        connection
    }

    /// Reads from now on.
    pub(crate) fn read(connection: TcpStream) -> Self {
        let (sender, lines) = channel();
        let reader = BufReader::new(connection.try_clone().expect("the connection"));
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stream = Self { lines, connection, status: 0 };
        let head = stream.line(PATIENCE).expect("an answer");
        stream.status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        stream
    }

    fn line(&self, wait: Duration) -> Result<String, RecvTimeoutError> {
        self.lines.recv_timeout(wait)
    }

    /// The next event, if one comes in that time.
    pub(crate) fn event_within(&self, wait: Duration) -> Option<Event> {
        let began = Instant::now();
        let mut event = Event { id: String::new(), kind: String::new(), data: Value::Null };
        while let Ok(line) = self.line(wait.saturating_sub(began.elapsed())) {
            match line.split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut event.id),
                Some(("event", kind)) => kind.clone_into(&mut event.kind),
                Some(("data", data)) => {
                    event.data = serde_json::from_str(data).expect("JSON");
                    return Some(event);
                }
                _ => {}
            }
        }
        None
    }

    /// The next event.
    #[track_caller]
    pub(crate) fn event(&self) -> Event {
        self.event_within(PATIENCE).expect("an event")
    }

    /// How long it takes until the stream ends.
    #[track_caller]
    pub(crate) fn ends_after(&self) -> Duration {
        let began = Instant::now();
        loop {
            match self.line(PATIENCE.saturating_sub(began.elapsed())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return began.elapsed(),
                Err(RecvTimeoutError::Timeout) => panic!("the stream did not end"),
            }
        }
    }

    /// Disconnects.
    pub(crate) fn leaves(self) {
        drop(self.connection.shutdown(std::net::Shutdown::Both));
    }
}
