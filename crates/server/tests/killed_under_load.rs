//! The server is killed in the middle of its work, twenty times, on either database. What it acknowledged
//! must be there with its audit event, nothing may be half-written, and it must start again by itself.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking, and its helpers do too"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROUNDS: u32 = 20;
const CLIENTS: usize = 8;
const PASSWORD: &str = "a password for this test alone";

/// A server process over one database, and how to reach it.
struct Server {
    process: Child,
    base: String,
    agent: ureq::Agent,
}

fn alongside(folder: &Path, database: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alongside"));
    command
        .env("ALONGSIDE_DATABASE_URL", database)
        .env("ALONGSIDE_KEY_FILE", folder.join("key"))
        .env("ALONGSIDE_LISTEN", format!("127.0.0.1:{port}"))
        .env("ALONGSIDE_METRICS_LISTEN", format!("127.0.0.1:{}", free_port()))
        .env("ALONGSIDE_REQUESTS_PER_MINUTE", "1000000")
        .env("ALONGSIDE_LOG_LEVEL", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    fn start(folder: &Path, database: &str) -> Self {
        let port = free_port();
        let process = alongside(folder, database, port).arg("serve").spawn().unwrap();
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        let server = Self { process, base: format!("http://127.0.0.1:{port}"), agent: config.build().into() };
        let started = Instant::now();
        while server.agent.get(format!("{}/health/ready", server.base)).call().is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("Authorization", format!("Bearer {token}"));
        let mut response = request.send_json(body).ok()?;
        let status = response.status().as_u16();
        Some((status, response.body_mut().read_json().ok()?))
    }

    fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let request = self.agent.get(format!("{}{path}", self.base)).header("Authorization", format!("Bearer {token}"));
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }

    /// Every row of a list.
    fn all(&self, path: &str, token: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = self.get(&format!("{path}?limit=200{cursor}"), token);
            assert_eq!(status, 200);
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    fn sign_in(&self) -> String {
        let credentials = json!({ "sign_in_name": "test.worker", "password": PASSWORD });
        let (status, answer) = self.post("/v1/sessions", "", &credentials).unwrap();
        assert_eq!(status, 201);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn add_worker(folder: &Path, database: &str) {
    let mut add = alongside(folder, database, 1);
    add.args(["worker", "add", "--sign-in-name", "test.worker", "--agency", "Test Council", "--sector", "social_care"])
        .args(["--display-name", "Test Worker", "--job-title", "Social worker", "--role", "practitioner"])
        .stdin(Stdio::piped());
    let mut process = add.spawn().unwrap();
    writeln!(process.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(process.wait().unwrap().success(), "the worker is not added");
}

fn child() -> Value {
    json!({ "details": { "identity": {
        "given_name": "Robin", "family_name": "Aldercott", "born_on": "2012-03-04", "sex": "U", "ethnicity": "NOBT",
    } } })
}

fn concern(number: u32) -> Value {
    json!({
        "occurred": { "at": "2026-01-05T16:00:00Z", "precision": "day" },
        "content": {
            "told": { "by": "school", "to": "Social worker" },
            "seen": format!("Note {number}: waited by the gate after school had closed."),
            "immediate_safety": "no_immediate_concern",
        },
    })
}

/// Raises concerns from many clients until the server dies under them; gives back what was acknowledged.
fn load_until_killed(server: Server, token: &str, child: &str, after: Duration) -> Vec<String> {
    let (acknowledged, stop, number) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let body = concern(number.fetch_add(1, Ordering::Relaxed));
                    match server.post(&format!("/v1/children/{child}/concerns"), token, &body) {
                        Some((201, answer)) => {
                            acknowledged.lock().unwrap().push(answer["id"].as_str().unwrap().to_owned())
                        }
                        Some((status, _)) => assert_eq!(status, 503, "only a dying server refuses"),
                        None => return,
                    }
                }
            });
        }
        std::thread::sleep(after);
        let killed = Command::new("sh").args(["-c", &format!("kill -9 {}", server.process.id())]).status().unwrap();
        assert!(killed.success());
        stop.store(true, Ordering::Relaxed);
    });
    server.kill();
    acknowledged.into_inner().unwrap()
}

fn survives(database: &str, folder: &Path) {
    add_worker(folder, database);
    let server = Server::start(folder, database);
    let token = server.sign_in();
    let (status, record) = server.post("/v1/children", &token, &child()).unwrap();
    assert_eq!(status, 201);
    let child = record["id"].as_str().unwrap().to_owned();
    server.kill();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let server = Server::start(folder, database);
        let after = Duration::from_millis(100 + u64::from(round) * 17);
        acknowledged.extend(load_until_killed(server, &token, &child, after));
    }
    assert!(acknowledged.len() > 100, "the load was too small to prove anything: {}", acknowledged.len());

    let server = Server::start(folder, database);
    let token = server.sign_in();
    let concerns = server.all(&format!("/v1/children/{child}/concerns"), &token);
    let stored: std::collections::HashSet<_> = concerns.iter().map(|concern| concern["id"].as_str().unwrap()).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged concerns are lost", lost.len(), acknowledged.len());
    let events = server.all(&format!("/v1/children/{child}/access-history"), &token);
    let raised = events.iter().filter(|event| event["action"] == "raise_concern" && event["outcome"] == "permitted");
    assert_eq!(raised.count(), stored.len(), "every stored concern has its event and no event is without its concern");
    let kept = format!("{ROUNDS} kills: {} acknowledged, {} stored, 0 lost", acknowledged.len(), stored.len());
    let _ = writeln!(std::io::stderr(), "{kept}");
    server.kill();
}

#[test]
fn sqlite_keeps_every_acknowledged_change_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    survives(&database, folder.path());
}

#[test]
fn postgresql_keeps_every_acknowledged_change_when_the_server_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "where the throwaway PostgreSQL is comes from scripts/test")]
    let server =
        std::env::var("ALONGSIDE_TEST_POSTGRES").expect("run scripts/test, or this under scripts/with-postgres");
    let folder = tempfile::tempdir().unwrap();
    let name = format!("killed_{}", std::process::id());
    let created = Command::new("psql").args([&server, "-qc", &format!("CREATE SCHEMA {name}")]).status().unwrap();
    assert!(created.success(), "no schema can be made");
    let database = format!("{server}?options=-csearch_path%3D{name}");
    assert!(alongside(folder.path(), &database, 1).arg("migrate").status().unwrap().success());
    survives(&database, folder.path());
    let dropped = Command::new("psql").args([&server, "-qc", &format!("DROP SCHEMA {name} CASCADE")]).status();
    assert!(dropped.unwrap().success());
}
