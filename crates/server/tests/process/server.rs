//! A server in a separate process over a database, and how to reach it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

/// The first password of the worker, set on the command line.
const FIRST_PASSWORD: &str = "a password for the first time";
/// The password that the worker chooses.
const PASSWORD: &str = "a password for this test alone";

/// A server process over one database, and how to reach it.
pub(crate) struct Server {
    pub(crate) process: Child,
    base: String,
    folder: PathBuf,
    agent: ureq::Agent,
}

pub(crate) fn alongside(folder: &Path, database: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alongside"));
    command
        .env("ALONGSIDE_DATABASE_URL", database)
        .env("ALONGSIDE_KEY_FILE", folder.join("key"))
        .env("ALONGSIDE_LISTEN", format!("127.0.0.1:{port}"))
        .env("ALONGSIDE_METRICS_LISTEN", format!("127.0.0.1:{}", free_port()))
        .env("ALONGSIDE_REQUESTS_PER_MINUTE", "1000000")
        .env("ALONGSIDE_SIGN_INS_PER_MINUTE", "1000000")
        .env("ALONGSIDE_LOG_LEVEL", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub(crate) fn start(folder: &Path, database: &str) -> Self {
        let port = free_port();
        Self::started(alongside(folder, database, port).arg("serve").spawn().unwrap(), folder, port)
    }

    /// A server with a partnership's own policies.
    pub(crate) fn start_with_rules(folder: &Path, database: &str, rules: &Path) -> Self {
        let port = free_port();
        let mut serve = alongside(folder, database, port);
        Self::started(serve.env("ALONGSIDE_POLICIES", rules).arg("serve").spawn().unwrap(), folder, port)
    }

    /// A server for which a failed write is an error and not a signal that ends it, as on a full disk.
    pub(crate) fn start_on_a_disk_that_may_fill(folder: &Path, database: &str) -> Self {
        let port = free_port();
        let serve = alongside(folder, database, port);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" serve"]).arg(serve.get_program());
        for (name, value) in serve.get_envs() {
            shell.env(name, value.unwrap());
        }
        Self::started(shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), folder, port)
    }

    fn started(process: Child, folder: &Path, port: u16) -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        let (base, folder) = (format!("http://127.0.0.1:{port}"), folder.to_owned());
        let server = Self { process, base, folder, agent: config.build().into() };
        let started = Instant::now();
        while server.agent.get(format!("{}/health/ready", server.base)).call().is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub(crate) fn post(&self, path: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("Authorization", format!("Bearer {token}"));
        let mut response = request.send_json(body).ok()?;
        let status = response.status().as_u16();
        let nothing = status == 204;
        Some((status, if nothing { Value::Null } else { response.body_mut().read_json().ok()? }))
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let request = self.agent.get(format!("{}{path}", self.base)).header("Authorization", format!("Bearer {token}"));
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }

    /// The status of the readiness check.
    pub(crate) fn readiness(&self) -> u16 {
        self.agent.get(format!("{}/health/ready", self.base)).call().unwrap().status().as_u16()
    }

    /// Opens a stream of notices.
    pub(crate) fn listens(&self, token: &str) -> impl std::io::Read + use<> {
        let request = self.agent.get(format!("{}/v1/notices/stream", self.base));
        request.header("Authorization", format!("Bearer {token}")).call().unwrap().into_body().into_reader()
    }

    /// Every row of a list.
    pub(crate) fn all(&self, path: &str, token: &str) -> Vec<Value> {
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

    /// Signs in. The first time, replaces the first password and sets up the second factor.
    pub(crate) fn sign_in(&self) -> String {
        let path = self.folder.join("authenticator");
        let Ok(secret) = std::fs::read_to_string(&path) else {
            let first = json!({ "sign_in_name": "test.worker", "password": FIRST_PASSWORD });
            let token = self.start_session(&first).unwrap();
            let change = json!({ "present_password": FIRST_PASSWORD, "new_password": PASSWORD });
            assert_eq!(self.post("/v1/me/password", &token, &change).unwrap().0, 204);
            let (status, enrolment) = self.post("/v1/me/second-factor", &token, &json!({})).unwrap();
            assert_eq!(status, 201, "{enrolment}");
            let secret = enrolment["secret"].as_str().unwrap();
            std::fs::write(&path, secret).unwrap();
            let code = json!({ "code": code(secret, 0) });
            let (status, answer) = self.post("/v1/me/second-factor/confirmation", &token, &code).unwrap();
            assert_eq!(status, 201, "{answer}");
            return token;
        };
        // Each code works once, and the next one is already accepted.
        [0, 30]
            .iter()
            .find_map(|ahead| {
                let code = code(&secret, *ahead);
                self.start_session(&json!({ "sign_in_name": "test.worker", "password": PASSWORD, "code": code }))
            })
            .unwrap()
    }

    fn start_session(&self, credentials: &Value) -> Option<String> {
        let (status, answer) = self.post("/v1/sessions", "", credentials).unwrap();
        (status == 201).then(|| answer["access_token"].as_str().unwrap().to_owned())
    }

    pub(crate) fn restarted(self, folder: &Path, database: &str) -> Self {
        self.kill();
        Self::start(folder, database)
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The code that an authenticator will show this many seconds from now.
fn code(secret: &str, ahead: i64) -> String {
    let at = SystemClock.now() + chrono::Duration::seconds(ahead);
    alongside_storage::authenticator_code(secret, at).unwrap()
}

pub(crate) fn add_worker(folder: &Path, database: &str) {
    let mut add = alongside(folder, database, 1);
    add.args(["worker", "add", "--sign-in-name", "test.worker", "--agency", "Test Council", "--sector", "social_care"])
        .args(["--display-name", "Test Worker", "--job-title", "Social worker", "--role", "practitioner"])
        .stdin(Stdio::piped());
    let mut process = add.spawn().unwrap();
    writeln!(process.stdin.take().unwrap(), "{FIRST_PASSWORD}").unwrap();
    assert!(process.wait().unwrap().success(), "the worker is not added");
}

pub(crate) fn child() -> Value {
    json!({ "details": { "identity": {
        "given_name": "Robin", "family_name": "Aldercott", "born_on": "2012-03-04", "sex": "U", "ethnicity": "NOBT",
    } } })
}

pub(crate) fn concern(number: u32) -> Value {
    json!({
        "occurred": { "on": "2026-01-05" },
        "content": {
            "told": { "by": "school", "to": "Social worker" },
            "seen": format!("Note {number}: waited by the gate after school had closed."),
            "immediate_safety": "no_immediate_concern",
        },
    })
}
