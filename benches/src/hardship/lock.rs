//! A database that does not answer: the write lock of `SQLite` held by another process, and `PostgreSQL` stopped by a
//! signal. Meanwhile clients read and raise concerns, and a load balancer checks readiness.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::ChildId;
use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_storage::Database;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Outcome, Stage};
use crate::Failure;
use crate::ceiling::connect;
use crate::client::{self, Connection};
use crate::load::{SIGN_IN_NAME, concern};
use crate::random::Random;
use crate::server::Server;

/// Children in the database.
const CHILDREN: usize = 200;
/// Clients. Half of them read and half raise concerns.
const CLIENTS: u64 = 16;
/// How long the service runs normally before the fault and after it.
const SOUND: Duration = Duration::from_secs(3);
/// How long the fault lasts: more than two deadlines.
const FAULT: Duration = Duration::from_secs(12);
/// The service's default deadline, plus half a second.
const LONGEST_WAIT: Duration = Duration::from_millis(5_500);
/// The time within which readiness must fail.
const UNREADY: Duration = Duration::from_secs(2);
/// The time within which readiness must return.
const READY_AGAIN: Duration = Duration::from_secs(2);
/// The interval between two checks by the load balancer.
const BETWEEN: Duration = Duration::from_millis(50);

pub(crate) fn run(stage: &Stage) -> Result<Outcome, Failure> {
    let loaded = stage.load(CHILDREN)?;
    let server = stage.serve(&[])?;
    let token = client::sign_in(&server, SIGN_IN_NAME)?;
    let before = recordings(&stage.database)?;
    let all = Clients::of(server.address, &token, &loaded.children);
    let readiness = thread::scope(|scope| {
        let clients: Vec<_> = (1..=CLIENTS)
            .map(|seed| {
                let all = &all;
                scope.spawn(move || all.ask(seed))
            })
            .collect();
        let readiness = (|| {
            thread::sleep(SOUND);
            let fault = Fault::begin(&stage.database)?;
            let readiness = Readiness::during(&server, fault);
            thread::sleep(SOUND);
            readiness
        })();
        all.over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        readiness
    })?;
    let stored = recordings(&stage.database)? - before;
    let acknowledged = i64::try_from(all.acknowledged.load(Ordering::Relaxed))?;
    let longest = *all.longest.lock().map_err(|_| "a client panicked")?;
    server.stop()?;
    let figures = format!(
        "longest wait {:.2} s (≤ {:.1}), not ready after {:.2} s (≤ {}), ready again after {:.2} s (≤ {}), \
         {} answers 503, {acknowledged} changes acknowledged and {stored} stored",
        longest.as_secs_f64(),
        LONGEST_WAIT.as_secs_f64(),
        readiness.fails.as_secs_f64(),
        UNREADY.as_secs(),
        readiness.recovers.as_secs_f64(),
        READY_AGAIN.as_secs(),
        all.refused.load(Ordering::Relaxed),
    );
    let held = longest <= LONGEST_WAIT && readiness.fails <= UNREADY && readiness.recovers <= READY_AGAIN;
    Ok(Outcome::of(figures, held && acknowledged == stored && acknowledged > 0))
}

/// What the clients share.
struct Clients<'a> {
    address: SocketAddr,
    token: &'a str,
    children: &'a [ChildId],
    over: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    longest: Mutex<Duration>,
}

impl<'a> Clients<'a> {
    fn of(address: SocketAddr, token: &'a str, children: &'a [ChildId]) -> Self {
        Self {
            address,
            token,
            children,
            over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            longest: Mutex::default(),
        }
    }

    /// Sends requests until the end. A request without a timely response is sent again with its key until it has one.
    fn ask(&self, seed: u64) -> Result<(), Failure> {
        let mut connection = Connection::open(self.address)?;
        let mut random = Random::new(seed);
        let reads = seed.is_multiple_of(2);
        for number in 0_u64.. {
            let child = random.pick(self.children).ok_or("no children")?;
            let request =
                if reads { self.read(*child) } else { self.raise(*child, &format!("{seed}-{number}"), &mut random)? };
            loop {
                let asked = Instant::now();
                let (status, body) = connection.answer(request.as_bytes())?;
                let told = if status == 503 { None } else { Some(String::from_utf8_lossy(body).into_owned()) };
                let took = asked.elapsed();
                let mut longest = self.longest.lock().map_err(|_| "a client panicked")?;
                *longest = longest.max(took);
                drop(longest);
                match status {
                    200 => break,
                    201 => {
                        self.acknowledged.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                    503 => {
                        self.refused.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(BETWEEN);
                    }
                    other => return Err(format!("answered {other}: {}", told.unwrap_or_default()).into()),
                }
            }
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(BETWEEN / 10);
        }
        Ok(())
    }

    fn read(&self, child: ChildId) -> String {
        let token = self.token;
        format!("GET /v1/children/{child}/overview HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
    }

    fn raise(&self, child: ChildId, key: &str, random: &mut Random) -> Result<String, Failure> {
        let token = self.token;
        let body = serde_json::to_string(&concern(SystemClock.now() - chrono::Duration::hours(1), random))?;
        Ok(format!(
            "POST /v1/children/{child}/concerns HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
             Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// What the load balancer saw.
struct Readiness {
    fails: Duration,
    recovers: Duration,
}

impl Readiness {
    fn during(server: &Server, fault: Fault) -> Result<Self, Failure> {
        let mut connection = Connection::open(server.address)?;
        let begun = Instant::now();
        let fails = until(&mut connection, 503, begun, FAULT)?;
        thread::sleep(FAULT.saturating_sub(begun.elapsed()));
        drop(fault);
        let recovers = until(&mut connection, 204, Instant::now(), FAULT)?;
        Ok(Self { fails, recovers })
    }
}

/// Checks readiness until this is the response. Returns the time that took since a given moment.
fn until(connection: &mut Connection, status: u16, from: Instant, patience: Duration) -> Result<Duration, Failure> {
    loop {
        let (answered, _) = connection.answer(b"GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n")?;
        if answered == status || from.elapsed() > patience {
            return Ok(from.elapsed());
        }
        thread::sleep(BETWEEN);
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    data_directory: String,
}

/// The number of stored recordings.
fn recordings(database: &Database) -> Result<i64, Failure> {
    let query = diesel::sql_query("SELECT COUNT(*) AS n FROM entry");
    let found: Count = match database {
        Database::Sqlite(_) => query.get_result(&mut sqlite(database)?)?,
        Database::Postgres(url) => query.get_result(&mut connect(url)?)?,
    };
    Ok(found.n)
}

#[expect(clippy::disallowed_methods, reason = "the bench bypasses the store on purpose")]
fn sqlite(database: &Database) -> Result<SqliteConnection, Failure> {
    let Database::Sqlite(path) = database else { return Err("not SQLite".into()) };
    let mut connection = SqliteConnection::establish(path.to_str().ok_or("the directory is not UTF-8")?)?;
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    Ok(connection)
}

/// The fault. It ends when this is dropped.
enum Fault {
    /// Another connection holds the write lock.
    Locked(SqliteConnection),
    /// The processes of the database server are stopped, the main process first.
    Stopped(Vec<String>),
}

impl Fault {
    fn begin(database: &Database) -> Result<Self, Failure> {
        match database {
            Database::Sqlite(_) => {
                let mut connection = sqlite(database)?;
                connection.batch_execute("BEGIN IMMEDIATE")?;
                Ok(Self::Locked(connection))
            }
            Database::Postgres(url) => {
                let place: Place = diesel::sql_query("SELECT current_setting('data_directory') AS data_directory")
                    .get_result(&mut connect(url)?)?;
                let file = std::fs::read_to_string(format!("{}/postmaster.pid", place.data_directory))?;
                let first = file.lines().next().ok_or("a PostgreSQL without a process")?.to_owned();
                // The main process is stopped first, so that it starts no other in between.
                let mut stopped = Self::Stopped(Vec::new());
                stopped.stop(first.clone())?;
                for child in children_of(&first)? {
                    stopped.stop(child)?;
                }
                Ok(stopped)
            }
        }
    }

    fn stop(&mut self, process: String) -> Result<(), Failure> {
        // A child process may have ended already, and then there is nothing to stop.
        Command::new("kill").args(["-STOP", &process]).status()?;
        if let Self::Stopped(processes) = self {
            processes.push(process);
        }
        Ok(())
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        match self {
            Self::Locked(connection) => drop(connection.batch_execute("ROLLBACK")),
            Self::Stopped(processes) => {
                for process in processes.iter().rev() {
                    drop(Command::new("kill").args(["-CONT", process]).status());
                }
            }
        }
    }
}

/// The processes whose parent is this one.
fn children_of(parent: &str) -> Result<Vec<String>, Failure> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        // A process may end while its files are read.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{name}/stat")) else { continue };
        // The name, in brackets, may contain any character. State and parent follow it.
        let of = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(1));
        if of == Some(parent) {
            children.push(name);
        }
    }
    Ok(children)
}
