//! The open connections: how many from each network, what each is doing, and how much memory their bodies take.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::edge::metrics;
use crate::edge::rate_limit::network;
use crate::wire::problem::Problem;

pub(crate) mod stream;

/// Limits for connections, and for how long a client may stall.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Connections from one network address over which no worker has signed in yet.
    pub by_address: usize,
    /// Connections at a time.
    pub in_all: usize,
    /// Bytes of bodies that are being received or processed.
    pub bodies: usize,
    /// How long a body may take.
    pub body: Duration,
    /// How long a response may stay unread.
    pub answer: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            by_address: 256,
            in_all: 10_000,
            bodies: 16 << 20,
            body: Duration::from_secs(15),
            answer: Duration::from_secs(15),
        }
    }
}

/// A body of at most this size, in bytes, is received while there is any room. A larger one only while half of the room
/// is free.
pub(crate) const SMALL: usize = 16 << 10;
/// The shortest time between two log lines about closed connections.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

/// Why a connection was closed or a body refused. Also the label in the metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reason {
    /// Too many from one network address.
    ByAddress,
    /// Too many in all.
    InAll,
    /// No complete request arrived.
    Request,
    /// The body arrived too slowly.
    Body,
    /// All bodies together take too much memory.
    Bodies,
    /// The response was not read.
    Answer,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::ByAddress => "too_many_by_address",
            Self::InAll => "too_many_in_all",
            Self::Request => "slow_request",
            Self::Body => "slow_body",
            Self::Bodies => "bodies_full",
            Self::Answer => "unread_answer",
        }
    }
}

#[derive(Default)]
struct Open {
    in_all: usize,
    /// Connections over which no worker has signed in, by network.
    strangers: HashMap<IpAddr, usize>,
    warned: Option<Instant>,
    unsaid: u64,
}

/// The connections of this process.
pub(crate) struct Connections {
    pub(crate) limits: ConnectionLimits,
    open: Mutex<Open>,
    bodies: AtomicUsize,
}

impl Connections {
    pub(crate) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default(), bodies: AtomicUsize::new(0) })
    }

    /// Takes a place for a connection. Trusted proxies have no limit.
    pub(crate) fn admit(
        self: &Arc<Self>,
        peer: Option<SocketAddr>,
        proxies: &[IpAddr],
    ) -> Result<Rc<Connection>, Reason> {
        let network = peer.map(|peer| peer.ip()).filter(|ip| !proxies.contains(&ip.to_canonical())).map(network);
        let found = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.in_all >= self.limits.in_all {
                Err(Reason::InAll)
            } else if network.is_some_and(|n| open.strangers.get(&n).is_some_and(|c| *c >= self.limits.by_address)) {
                Err(Reason::ByAddress)
            } else {
                open.in_all += 1;
                if let Some(network) = network {
                    *open.strangers.entry(network).or_default() += 1;
                }
                Ok(())
            }
        };
        if let Err(reason) = found {
            self.note(reason, network);
            return Err(reason);
        }
        metrics::CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        Ok(Rc::new(Connection {
            all: Arc::clone(self),
            network,
            stranger: Cell::new(network.is_some()),
            answering: Cell::new(false),
            answers: Cell::new(0),
            receiving: Cell::new(false),
            waker: Cell::new(None),
            ending: Cell::new(false),
        }))
    }

    fn no_stranger(open: &mut Open, network: IpAddr) {
        if let Entry::Occupied(mut count) = open.strangers.entry(network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    /// Counts it, and writes to the log at intervals.
    fn note(&self, reason: Reason, network: Option<IpAddr>) {
        metrics::closed(reason.as_str());
        let closed = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.unsaid += 1;
            if open.warned.is_some_and(|warned| warned.elapsed() < BETWEEN_WARNINGS) {
                return;
            }
            open.warned = Some(Instant::now());
            std::mem::take(&mut open.unsaid)
        };
        let network = network.map(tracing::field::display);
        tracing::warn!(closed, reason = reason.as_str(), network, "connections are closed or refused");
    }
}

/// One connection, as the stream below it and the requests above it see it.
pub(crate) struct Connection {
    all: Arc<Connections>,
    /// Absent for proxies.
    network: Option<IpAddr>,
    /// No worker has signed in over it.
    stranger: Cell<bool>,
    answering: Cell<bool>,
    answers: Cell<u64>,
    /// The body of a request is being received.
    receiving: Cell<bool>,
    /// Wakes the stream, which waits for the response or until a body is to be read.
    waker: Cell<Option<Waker>>,
    /// The connection ends after the next response, because the rest of a request is not read.
    ending: Cell<bool>,
}

impl Connection {
    /// Whether a body is to be read.
    pub(crate) fn receives(&self, receiving: bool) {
        self.receiving.set(receiving);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Nothing more is read from its client.
    pub(crate) fn end(&self) {
        self.ending.set(true);
    }

    /// A request of a signed-in worker came over it: it no longer counts against its network.
    pub(crate) fn is_known(&self) {
        if let Some(network) = self.network.filter(|_| self.stranger.replace(false)) {
            let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
            Connections::no_stranger(&mut open, network);
        }
    }

    /// A request has arrived. It is being answered until this is dropped.
    pub(crate) fn answering(self: Rc<Self>) -> Answering {
        self.answering.set(true);
        Answering(self)
    }

    fn note(&self, reason: Reason) {
        self.all.note(reason, self.network);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        metrics::CONNECTIONS.fetch_sub(1, Ordering::Relaxed);
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.in_all -= 1;
        if let Some(network) = self.network.filter(|_| self.stranger.get()) {
            Connections::no_stranger(&mut open, network);
        }
    }
}

/// A request that is being answered.
pub(crate) struct Answering(Rc<Connection>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.set(false);
        self.0.answers.set(self.0.answers.get().wrapping_add(1));
        self.0.receiving.set(false);
        self.0.wake();
    }
}

/// The share of the memory for bodies that one body takes.
pub(crate) struct Held {
    all: Arc<Connections>,
    bytes: usize,
}

impl Held {
    pub(crate) fn nothing(all: &Arc<Connections>) -> Self {
        Self { all: Arc::clone(all), bytes: 0 }
    }

    /// Reserves this many bytes in all.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let room = self.all.limits.bodies;
        let room = if bytes > SMALL { room / 2 } else { room };
        let Some(bytes) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else { return Ok(()) };
        let taken = self.all.bodies.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            let held = held + bytes;
            (held <= room).then_some(held)
        });
        if taken.is_err() {
            self.all.note(Reason::Bodies, None);
            return Err(Problem::Unavailable);
        }
        self.bytes += bytes;
        metrics::BODIES.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// The body arrives too slowly.
    pub(crate) fn too_slow(&self, connection: Option<&Connection>) -> Problem {
        self.all.note(Reason::Body, connection.and_then(|connection| connection.network));
        Problem::SlowBody
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.bodies.fetch_sub(self.bytes, Ordering::Relaxed);
        metrics::BODIES.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 40_000).into()
    }

    #[test]
    fn a_network_has_its_share_of_connections_and_gets_a_place_back_with_each_that_ends_or_signs_in() {
        let all = Connections::new(ConnectionLimits { by_address: 2, in_all: 4, ..ConnectionLimits::default() });
        let (first, second) = (all.admit(Some(at(1)), &[]).ok(), all.admit(Some(at(1)), &[]).ok());
        assert!(matches!(all.admit(Some(at(1)), &[]), Err(Reason::ByAddress)));
        let other = all.admit(Some(at(2)), &[]).ok();
        assert!(other.is_some());
        drop(first);
        let third = all.admit(Some(at(1)), &[]).expect("a place");
        assert!(matches!(all.admit(Some(at(1)), &[]), Err(Reason::ByAddress)));
        third.is_known();
        third.is_known();
        let fourth = all.admit(Some(at(1)), &[]).ok();
        assert!(fourth.is_some());
        assert!(matches!(all.admit(Some(at(3)), &[]), Err(Reason::InAll)));
        drop((second, other, third, fourth));
        let open = all.open.lock().expect("a lock");
        assert_eq!((open.in_all, open.strangers.len()), (0, 0));
    }

    #[test]
    fn a_trusted_proxy_has_as_many_connections_as_it_needs() {
        let all = Connections::new(ConnectionLimits { by_address: 1, ..ConnectionLimits::default() });
        let many: Vec<_> = (0..50).map_while(|_| all.admit(Some(at(1)), &[[192, 0, 2, 1].into()]).ok()).collect();
        assert_eq!(many.len(), 50);
    }

    #[test]
    fn large_bodies_leave_room_for_small_ones() {
        let all = Connections::new(ConnectionLimits { bodies: 4 * SMALL, ..ConnectionLimits::default() });
        let (mut large, mut small) = (Held::nothing(&all), Held::nothing(&all));
        assert!(large.take(2 * SMALL).is_ok());
        assert!(large.take(2 * SMALL + 1).is_err());
        assert!(small.take(SMALL).is_ok());
        assert!(small.take(SMALL + 1).is_err(), "it is no longer small");
        drop(large);
        assert!(small.take(SMALL + 1).is_ok());
    }
}
