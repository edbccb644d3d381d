//! Many connections that send requests without pause. The code is kept small: client and server share one machine, so
//! the client's cost reduces what the server can do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::ChildId;
use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_storage::authenticator_code;

use crate::load::{AUTHENTICATOR, Loaded, PASSWORD, concern};
use crate::random::Random;
use crate::report::{Product, number};
use crate::server::Server;
use crate::{Failure, Measure};

/// The number of connections that send requests at once.
pub(crate) const CONNECTIONS: u64 = 32;
/// The warm-up before requests are counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// The time limit for a response.
const PATIENCE: Duration = Duration::from_secs(30);
/// The number of different concerns that each connection raises.
const BODIES: usize = 16;

/// A persistent connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let buffer = vec![0; 256 * 1_024];
        Ok(Self { stream, buffer })
    }

    /// Sends a request and returns the body of the response, which must have the expected status.
    pub(crate) fn exchange(&mut self, request: &[u8], expected: u16) -> Result<&[u8], Failure> {
        let (status, body) = self.answer(request)?;
        if status == expected {
            return Ok(body);
        }
        let text = String::from_utf8_lossy(body);
        Err(format!("answered {status} instead of {expected}: {text}").into())
    }

    /// Sends a request and returns the status and the body of the response.
    pub(crate) fn answer(&mut self, request: &[u8]) -> Result<(u16, &[u8]), Failure> {
        self.stream.write_all(request)?;
        let (mut filled, mut whole) = (0, None);
        loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room)?;
            if read == 0 {
                return Err("the response ended early, or is larger than expected".into());
            }
            filled += read;
            let sofar = self.buffer.get(..filled).unwrap_or_default();
            if whole.is_none() {
                whole = head_of(sofar)?;
            }
            let Some((status, head, length)) = whole else {
                continue;
            };
            if filled < head + length {
                continue;
            }
            return Ok((status, self.buffer.get(head..filled).unwrap_or_default()));
        }
    }
}

/// Status, length of the head and length of the body, once the head is complete.
pub(crate) fn head_of(answer: &[u8]) -> Result<Option<(u16, usize, usize)>, Failure> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("a response without a status")?.parse()?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse())?;
    Ok(Some((status, end + 4, length)))
}

/// A token for every request of this bench. It is valid for longer than all rounds take.
pub(crate) fn sign_in(server: &Server, name: &str) -> Result<String, Failure> {
    let request = sign_in_request(name, 0)?;
    let mut connection = Connection::open(server.address)?;
    let answer = connection.exchange(request.as_bytes(), 201)?;
    let answer: serde_json::Value = serde_json::from_slice(answer)?;
    let token = answer.get("access_token").and_then(|token| token.as_str());
    Ok(token.ok_or("a response without a token")?.to_owned())
}

/// A request to sign in with the code of so many seconds from now. A code is valid once.
pub(crate) fn sign_in_request(name: &str, ahead: i64) -> Result<String, Failure> {
    let at = SystemClock.now() + chrono::Duration::seconds(ahead);
    let code = authenticator_code(AUTHENTICATOR, at).ok_or("no code")?;
    let credentials = serde_json::json!({ "sign_in_name": name, "password": PASSWORD, "code": code });
    let body = credentials.to_string();
    Ok(format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A request without the child's id.
struct Requests {
    status: u16,
    begin: &'static str,
    ends: Vec<String>,
}

impl Requests {
    fn of(measure: Measure, token: &str, random: &mut Random) -> Result<Self, Failure> {
        let common = format!("HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n");
        if measure == Measure::Read {
            return Ok(Self { status: 200, begin: "GET /v1/children/", ends: vec![format!("/overview {common}\r\n")] });
        }
        let mut ends = Vec::new();
        for _ in 0..BODIES {
            let at = SystemClock.now() - chrono::Duration::hours(1);
            let body = serde_json::to_string(&concern(at, random))?;
            ends.push(format!(
                "/concerns {common}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
        Ok(Self { status: 201, begin: "POST /v1/children/", ends })
    }
}

const WARMING: u8 = 0;
const COUNTING: u8 = 1;
const OVER: u8 = 2;

/// Sends requests until the end, and returns the time of each counted request in microseconds.
fn ask(
    address: SocketAddr,
    requests: &Requests,
    children: &[ChildId],
    mut random: Random,
    phase: &AtomicU8,
) -> Result<Vec<u32>, Failure> {
    let mut connection = Connection::open(address)?;
    let (mut took, mut request) = (Vec::new(), Vec::new());
    loop {
        let child = random.pick(children).ok_or("no children")?;
        let end = random.pick(&requests.ends).ok_or("no requests")?;
        request.clear();
        write!(request, "{}{child}{end}", requests.begin)?;
        let begun = Instant::now();
        connection.exchange(&request, requests.status)?;
        match phase.load(Ordering::Relaxed) {
            WARMING => {}
            COUNTING => took.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX)),
            _ => return Ok(took),
        }
    }
}

/// Measures the server for this time.
pub(crate) fn run(
    server: &Server,
    token: &str,
    measure: Measure,
    loaded: &Loaded,
    time: Duration,
) -> Result<Product, Failure> {
    let requests = Requests::of(measure, token, &mut Random::new(1_000))?;
    let phase = AtomicU8::new(WARMING);
    thread::scope(|scope| {
        let asking: Vec<_> = (1..=CONNECTIONS)
            .map(|seed| {
                let (requests, phase) = (&requests, &phase);
                scope.spawn(move || {
                    let random = Random::new(seed);
                    ask(server.address, requests, &loaded.children, random, phase)
                })
            })
            .collect();
        thread::sleep(WARM_UP);
        let (begun, used) = (Instant::now(), server.processor_time());
        phase.store(COUNTING, Ordering::Relaxed);
        thread::sleep(time);
        phase.store(OVER, Ordering::Relaxed);
        let (seconds, used_then) = (begun.elapsed().as_secs_f64(), server.processor_time());
        let mut microseconds = Vec::new();
        for one in asking {
            let took = one.join().map_err(|_| "a connection panicked")?;
            microseconds.extend(took.map_err(|error| format!("{error}\nserver: {}", server.last_words()))?);
        }
        let processor = used_then? - used?;
        let milliseconds_each = processor * 1_000.0 / number(microseconds.len().max(1));
        Ok(Product { seconds, microseconds, milliseconds_each })
    })
}
