//! More requests than the service can answer: ordinary reads at five times its best rate over 8,000 connections, with
//! five urgent requests a second. If a connection still waits for a response when its next read is due, it skips that
//! read, as a person who waits does.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::ChildId;
use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_storage::{Database, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::client::{self, Connection, head_of};
use crate::load::{self, Loaded};
use crate::random::Random;
use crate::report::{held, number, say};
use crate::server::Server;
use crate::{Arguments, Failure, Measure, hidden};

/// Children in the database, unless the command line says otherwise.
pub(crate) const CHILDREN: usize = 2_000;
/// The number of connections that read.
const CONNECTIONS: u32 = 8_000;
/// How many times the service's best rate is due.
const TIMES: f64 = 5.0;
/// The number of workers with urgent requests. Each sends one every eight seconds, so five arrive in a second. Of five,
/// one signs in first, one begins emergency access each time, and the others raise concerns.
const URGENT: u32 = 40;
const URGENT_A_SECOND: u32 = 5;
/// How long the best rate is measured, and the warm-up of the overload before requests are counted.
const BEST: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_secs(4);
/// The targets.
const GOODPUT: f64 = 0.8;
const ORDINARY_P99: f64 = 1_500.0;
const URGENT_P99: f64 = 1_500.0;

/// The results of many requests.
#[derive(Default)]
struct Came {
    sent: usize,
    refused: usize,
    failed: usize,
    microseconds: Vec<u32>,
}

impl Came {
    fn add(&mut self, status: u16, took: Duration) {
        self.sent += 1;
        match status {
            200 | 201 => self.microseconds.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)),
            503 | 429 => self.refused += 1,
            _ => self.failed += 1,
        }
    }

    fn sorted(mut self) -> Self {
        self.microseconds.sort_unstable();
        self
    }

    fn join(mut self, other: Self) -> Self {
        self.sent += other.sent;
        self.refused += other.refused;
        self.failed += other.failed;
        self.microseconds.extend(other.microseconds);
        self
    }

    /// The longest time, in milliseconds, of this share of the answered requests.
    fn share(&self, percent: usize) -> f64 {
        let place = self.microseconds.len() * percent / 100;
        f64::from(self.microseconds.get(place).copied().unwrap_or_default()) / 1_000.0
    }
}

/// Runs the bench on both databases and prints its table.
pub(crate) fn main(arguments: &Arguments, databases: &[Database]) -> Result<(), Failure> {
    let rows = databases.iter().map(|database| measure(arguments, database)).collect::<Result<Vec<_>, _>>()?;
    say(&format!(
        "\nReads are due at {TIMES} times the best rate over {CONNECTIONS} connections; {URGENT_A_SECOND} urgent \
         requests a second: concerns, emergency accesses and sign-ins.\n\n\
         | database | best/s | due/s | sent/s | goodput/s | of the best | target | p50 ms | p99 ms | target \
         | urgent sent | refused | target | p50 ms | p99 ms | target |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    ))?;
    rows.iter().try_for_each(|row| say(row))
}

fn measure(arguments: &Arguments, database: &Database) -> Result<String, Failure> {
    let name = hidden::database_name(database);
    say(&format!("{name}: {database}"))?;
    if matches!(database, Database::Postgres(_)) {
        Store::migrate(database, None)?;
    }
    let key_file = arguments.directory.join(format!("{name}.key"));
    let loaded = {
        let store = crate::open(database, &key_file)?;
        let loaded = load::load(&store, arguments.children)?;
        load::staff(&store, &urgent_names())?;
        loaded
    };
    let settings = [("CONNECTIONS_BY_ADDRESS", "20000"), ("CONNECTIONS_IN_ALL", "20000")];
    let (server, _) = Server::start_with(&arguments.server, database, &key_file, &arguments.directory, &settings)?;
    let token = client::sign_in(&server, load::SIGN_IN_NAME)?;
    // The workers' address is known from now on.
    let tokens = urgent_names().iter().map(|name| client::sign_in(&server, name)).collect::<Result<Vec<_>, _>>()?;

    let best = client::run(&server, &token, Measure::Read, &loaded, BEST)?.per_second();
    let due = best * TIMES;
    say(&format!("  best {best:.0}/s, now {due:.0}/s are due"))?;
    let time = Duration::from_secs(arguments.seconds);
    let (ordinary, urgent) = thread::scope(|scope| {
        let reads = scope.spawn(|| flood(server.address, &token, &loaded, due, time));
        let urgent = scope.spawn(|| raise(&server, &tokens, &loaded, time));
        let reads = reads.join().map_err(|_| "the reads panicked")??;
        let urgent = urgent.join().map_err(|_| "the urgent panicked")??;
        Ok::<_, Failure>((reads.sorted(), urgent.sorted()))
    })?;
    server.stop()?;
    if ordinary.failed + urgent.failed > 0 {
        return Err(format!("{} responses were of an unexpected kind", ordinary.failed + urgent.failed).into());
    }
    let seconds = time.as_secs_f64();
    let goodput = number(ordinary.microseconds.len()) / seconds;
    let (ratio, p99, urgent_p99) = (goodput / best, ordinary.share(99), urgent.share(99));
    Ok(format!(
        "| {name} | {best:.0} | {due:.0} | {:.0} | {goodput:.0} | {} | ≥ {GOODPUT} | {:.1} | {} | ≤ {ORDINARY_P99:.0} | {} | {} | 0 | {:.1} | {} | ≤ {URGENT_P99:.0} |",
        number(ordinary.sent) / seconds,
        held(&format!("{ratio:.2}"), ratio >= GOODPUT),
        ordinary.share(50),
        held(&format!("{p99:.1}"), p99 <= ORDINARY_P99),
        urgent.sent,
        held(&urgent.refused.to_string(), urgent.refused == 0 && urgent.sent > 0),
        urgent.share(50),
        held(&format!("{urgent_p99:.1}"), urgent_p99 <= URGENT_P99),
    ))
}

fn urgent_names() -> Vec<String> {
    (0..URGENT).map(|number| format!("urgent.{number}")).collect()
}

/// Sends reads on a timetable, over many connections on one thread.
fn flood(address: SocketAddr, token: &str, loaded: &Loaded, due: f64, time: Duration) -> Result<Came, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let came = Rc::new(RefCell::new(Came::default()));
    let begin = Instant::now() + Duration::from_secs(2);
    let counted = begin + WARM_UP..begin + WARM_UP + time;
    let interval = Duration::from_secs_f64(f64::from(CONNECTIONS) / due);
    let local = LocalSet::new();
    for place in 0..CONNECTIONS {
        let first = begin + interval.mul_f64(f64::from(place) / f64::from(CONNECTIONS));
        let reader = Reader {
            address,
            token: token.to_owned(),
            children: loaded.children.clone(),
            random: Random::new(u64::from(place)),
            counted: counted.clone(),
            came: Rc::clone(&came),
        };
        // A broken connection is opened again, so that the demand stays the same.
        local.spawn_local(reader.read(first, interval));
    }
    local.block_on(&runtime, async { tokio::time::sleep_until((counted.end + Duration::from_secs(2)).into()).await });
    drop(local);
    Ok(Rc::try_unwrap(came).map_err(|_| "a reader is still running")?.into_inner())
}

/// A connection that reads.
struct Reader {
    address: SocketAddr,
    token: String,
    children: Vec<ChildId>,
    random: Random,
    counted: std::ops::Range<Instant>,
    came: Rc<RefCell<Came>>,
}

impl Reader {
    async fn read(mut self, mut due: Instant, interval: Duration) {
        while due < self.counted.end {
            tokio::time::sleep_until(due.into()).await;
            let Ok(mut stream) = TcpStream::connect(self.address).await else {
                due += interval;
                continue;
            };
            drop(stream.set_nodelay(true));
            let mut buffer = vec![0; 16 * 1_024];
            while due < self.counted.end {
                tokio::time::sleep_until(due.into()).await;
                let sent = Instant::now();
                let Some(child) = self.random.pick(&self.children) else { return };
                let request = format!(
                    "GET /v1/children/{child}/overview HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n",
                    self.token
                );
                let answered = exchange(&mut stream, request.as_bytes(), &mut buffer).await;
                if self.counted.contains(&sent) {
                    self.came.borrow_mut().add(answered.unwrap_or_default(), sent.elapsed());
                }
                let now = Instant::now();
                while due <= now {
                    due += interval;
                }
                if answered.is_none() {
                    break;
                }
            }
        }
    }
}

/// The status of the response, if a complete one arrived.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    let mut filled = 0;
    loop {
        let read = stream.read(buffer.get_mut(filled..)?).await.ok().filter(|read| *read > 0)?;
        filled += read;
        if let Some((status, head, length)) = head_of(buffer.get(..filled)?).ok()?
            && filled >= head + length
        {
            return Some(status);
        }
    }
}

/// Sends urgent requests on a timetable. Each worker has a thread and a connection.
fn raise(server: &Server, tokens: &[String], loaded: &Loaded, time: Duration) -> Result<Came, Failure> {
    let begin = Instant::now() + Duration::from_secs(2) + WARM_UP;
    let every = Duration::from_secs(u64::from(URGENT / URGENT_A_SECOND));
    thread::scope(|scope| {
        let asking: Vec<_> = (0..URGENT)
            .zip(tokens)
            .map(|(place, token)| {
                let first = begin + every.mul_f64(f64::from(place) / f64::from(URGENT));
                scope.spawn(move || {
                    let mut came = Came::default();
                    let mut random = Random::new(u64::from(place) + 100_000);
                    let mut due = first;
                    while due < begin + time {
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        // A code is valid once, so each worker signs in once.
                        let signs_in = place % URGENT_A_SECOND == 0 && due == first;
                        let request = if signs_in {
                            client::sign_in_request(&format!("urgent.{place}"), 30)?
                        } else {
                            let child = random.pick(&loaded.children).ok_or("no children")?;
                            if place % URGENT_A_SECOND == 1 {
                                emergency(*child, token)
                            } else {
                                concern(*child, token, &mut random)?
                            }
                        };
                        let sent = Instant::now();
                        let (status, _) = Connection::open(server.address)?.answer(request.as_bytes())?;
                        came.add(status, sent.elapsed());
                        due += every;
                    }
                    Ok::<_, Failure>(came)
                })
            })
            .collect();
        asking.into_iter().try_fold(Came::default(), |all, one| {
            let one = one.join().map_err(|_| "an urgent worker panicked")??;
            Ok(all.join(one))
        })
    })
}

fn concern(child: ChildId, token: &str, random: &mut Random) -> Result<String, Failure> {
    let body = serde_json::to_string(&load::concern(SystemClock.now() - chrono::Duration::hours(1), random))?;
    Ok(post(&format!("/v1/children/{child}/concerns"), token, &body))
}

fn emergency(child: ChildId, token: &str) -> String {
    let body = serde_json::json!({
        "reason": "unconscious_or_acute_health",
        "explanation": "Brought in by ambulance, cannot answer, and we need to know of medicines.",
    });
    post(&format!("/v1/children/{child}/emergency-access"), token, &body.to_string())
}

fn post(path: &str, token: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
