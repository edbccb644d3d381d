//! 1,000 connections that stop in the middle of a body, and 1,000 that never read their response, while workers send
//! ordinary requests.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::normal::Day;
use super::{Outcome, Stage};
use crate::client::{self, Connection};
use crate::load::SIGN_IN_NAME;
use crate::{Failure, report};

/// Children in the database.
const CHILDREN: usize = 500;
/// Connections of each attack.
const ATTACKERS: usize = 1_000;
/// The addresses of the attackers, in addition to the address of the workers.
const SOURCES: u8 = 5;
/// The time in which they all connect.
const ARRIVAL: Duration = Duration::from_secs(1);
/// The time by which the server must close every stalled connection. The attackers give up after twice this time.
const CLOSED_WITHIN: Duration = Duration::from_secs(30);
/// The most memory that the attacks may use, in MiB.
const MEMORY: f64 = 64.0;
/// How long the service is measured before the attacks.
const QUIET: Duration = Duration::from_secs(10);

/// What every connection of an attack does.
struct Attack {
    name: &'static str,
    bytes: Vec<u8>,
    /// Whether it reads the response.
    reads: bool,
}

fn body_that_stops(path: &str, token: Option<&str>, length: usize, sent: usize) -> Vec<u8> {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{token}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    bytes.resize(bytes.len() + sent, b' ');
    bytes
}

/// Connects, sends what it can, and waits until the server ends the connection. Returns the time until then.
async fn stall(server: SocketAddr, from: IpAddr, attack: &Attack) -> Result<Duration, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(server).await?;
    let begun = Instant::now();
    let ended = async {
        if send(&stream, attack).await.is_ok() {
            until_closed(&stream, attack.reads).await;
        }
    };
    timeout(2 * CLOSED_WITHIN, ended).await?;
    Ok(begun.elapsed())
}

/// Sends for as long as the server accepts data.
async fn send(stream: &TcpStream, attack: &Attack) -> std::io::Result<()> {
    let mut sent = 0;
    while let Some(rest) = attack.bytes.get(sent..).filter(|rest| !rest.is_empty()) {
        match timeout(Duration::from_secs(1), stream.writable()).await {
            Err(_) => return Ok(()),
            Ok(ready) => ready?,
        }
        match stream.try_write(rest) {
            Ok(written) => sent += written,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn until_closed(stream: &TcpStream, reads: bool) {
    let mut buffer = vec![0; 4_096];
    loop {
        if !matches!(stream.take_error(), Ok(None)) {
            return;
        }
        if reads {
            if stream.readable().await.is_err() {
                return;
            }
            match stream.try_read(&mut buffer) {
                Ok(0) => return,
                Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return,
                _ => {}
            }
        } else {
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Runs all connections of an attack. Returns the time until the last was closed, and how many were never opened.
fn run_attack(server: SocketAddr, attack: Attack, sources: &[IpAddr]) -> Result<Duration, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let attack = Arc::new(attack);
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for source in sources.iter().cycle().take(ATTACKERS).copied() {
            let attack = Arc::clone(&attack);
            tasks.spawn(async move { stall(server, source, &attack).await });
            sleep(ARRIVAL / u32::try_from(ATTACKERS)?).await;
        }
        let mut slowest = Duration::ZERO;
        while let Some(ended) = tasks.join_next().await {
            let ended = ended?.map_err(|error| format!("{}: {error}", attack.name))?;
            slowest = slowest.max(ended);
        }
        Ok(slowest)
    })
}

/// Sends a request, and reads until the server ends the connection.
fn read_all(server: SocketAddr, request: &[u8]) -> Result<(), Failure> {
    let mut stream = std::net::TcpStream::connect(server)?;
    stream.set_read_timeout(Some(CLOSED_WITHIN))?;
    stream.write_all(request)?;
    std::io::copy(&mut stream, &mut std::io::sink())?;
    Ok(())
}

/// Whether a new client gets a response.
fn newcomer_is_answered(server: SocketAddr) -> bool {
    let request = b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n";
    Connection::open(server).and_then(|mut connection| connection.exchange(request, 204).map(drop)).is_ok()
}

pub(crate) fn run(stage: &Stage) -> Result<Outcome, Failure> {
    let loaded = stage.load(CHILDREN)?;
    let server = stage.serve(&[])?;
    let token = client::sign_in(&server, SIGN_IN_NAME)?;
    let elsewhere: Vec<IpAddr> = (2..2 + SOURCES).map(|last| [127, 0, 0, last].into()).collect();
    let child = loaded.children.first().ok_or("no children")?;
    let attacks = vec![
        Attack { name: "large bodies", bytes: body_that_stops("/v1/sessions", None, 1 << 20, 900 << 10), reads: true },
        Attack { name: "bodies", bytes: body_that_stops("/v1/sessions", None, 4_000, 3_800), reads: true },
        Attack {
            name: "large bodies of a signed-in worker",
            bytes: body_that_stops(&format!("/v1/children/{child}/concerns"), Some(&token), 1 << 20, 900 << 10),
            reads: true,
        },
        Attack {
            name: "unread answers",
            bytes: b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n".repeat(64),
            reads: false,
        },
    ];
    let at_home = Attack { name: "one address", bytes: b"GET /health/live HTTP/1.1\r\nHost:".to_vec(), reads: true };
    // The service makes the API description at the first request and then keeps it.
    let description = b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
    read_all(server.address, description)?;
    let day = Day { server: &server, token: &token, loaded: &loaded, readers: 4, pause: Duration::from_millis(2) };
    let ((quiet, idle, closed, attacked, home), took) = day.during(|| {
        thread::sleep(Duration::from_secs(2));
        let quiet = Instant::now();
        thread::sleep(QUIET);
        let begun = Instant::now();
        server.forget_peak_memory()?;
        let idle = server.peak_memory()?;
        let mut closed = Duration::ZERO;
        for attack in attacks {
            let name = attack.name;
            let slowest = run_attack(server.address, attack, &elsewhere)?;
            report::say(&format!(
                "  {name}: closed within {:.1} s, peak {:.1} MiB above idle",
                slowest.as_secs_f64(),
                server.peak_memory()? - idle
            ))?;
            closed = closed.max(slowest);
        }
        let home = Instant::now();
        let (slowest, refused) = thread::scope(|scope| {
            let attack = scope.spawn(|| run_attack(server.address, at_home, &[[127, 0, 0, 1].into()]));
            // By now there are more connections than one address may have.
            thread::sleep(ARRIVAL);
            let refused = !newcomer_is_answered(server.address);
            let slowest = attack.join().map_err(|_| "the attackers panicked")??;
            Ok::<_, Failure>((slowest, refused))
        })?;
        let again = newcomer_is_answered(server.address);
        Ok(((quiet, begun), idle, closed.max(slowest), (begun, home), (home, Instant::now(), refused, again)))
    })?;
    let memory = server.peak_memory()? - idle;
    server.stop()?;
    let before = took.p99(quiet.0, quiet.1);
    let during = took.p99(attacked.0, attacked.1) / before;
    let (since, until, refused, again) = home;
    let beside = took.p99(since, until) / before;
    let seconds = closed.as_secs_f64();
    let figures = format!(
        "{ATTACKERS} connections in each of 5 attacks: {memory:.1} MiB above idle (at most {MEMORY}), the last \
         closed after {seconds:.1} s (at most {}), p99 of workers {before:.1} ms before and {during:.2} times that \
         (less than 2), with all attackers at the workers' own address {beside:.2} times (less than 2), newcomers \
         there {} meanwhile and {} after",
        CLOSED_WITHIN.as_secs(),
        if refused { "refused" } else { "answered" },
        if again { "answered" } else { "refused" },
    );
    let passed = memory <= MEMORY && closed <= CLOSED_WITHIN && during < 2.0 && beside < 2.0 && again;
    Ok(Outcome::of(figures, passed))
}
