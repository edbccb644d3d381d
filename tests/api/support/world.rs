//! The service on a fresh database, at a time of the test's choosing.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, Bytes};
use alongside_domain::accounts::agency::{Agency, AgencyDetails, Sector};
use alongside_domain::accounts::worker::{NewWorker, Role, WorkerDetails, WorkerState};
use alongside_domain::audit::activity::Thresholds;
use alongside_domain::{At, Clock};
use alongside_http::{Api, Issuer, Limits, application};
use alongside_policy::Policy;
use alongside_storage::{
    Database, KeyFileReaders, Options, PasswordChosenBy, PasswordCost, Store, SystemIds, authenticator_code,
};
use chrono::{Duration, TimeZone as _, Utc};
use serde_json::{Value, json};

use super::client::{Answer, Ask, Send, Worker};
use super::database::{Backend, Behind, Fresh};
use super::held::Held;
use super::issuer::issuer_at;

/// The password of every worker.
pub(crate) const PASSWORD: &str = "four ordinary words together";

/// The secret of every worker's authenticator.
pub(crate) const AUTHENTICATOR: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A clock that stops until a test moves it.
pub(crate) struct TestClock(Mutex<At>);

impl Clock for TestClock {
    fn now(&self) -> At {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The instant at which every world begins.
pub(crate) fn beginning() -> At {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).single().expect("an instant")
}

/// How a store is opened in tests.
pub(crate) fn options(database: Database, key_file: PathBuf) -> Options {
    Options {
        database,
        key_file,
        key_file_readers: KeyFileReaders::OwnerAlone,
        clock: Arc::new(TestClock(Mutex::new(beginning()))),
        ids: Arc::new(SystemIds),
        readers: 2,
        writers: 1,
        patience: Duration::seconds(40).to_std().expect("positive"),
        password_cost: PasswordCost::Cheap,
        policy: Policy::shipped().expect("policies"),
        referral_days: 70,
        thresholds: Thresholds::NEVER,
    }
}

/// The service, three agencies, and the workers that the test adds.
pub(crate) struct World {
    pub(crate) social_care: Agency,
    pub(crate) police: Agency,
    pub(crate) health: Agency,
    pub(crate) store: Store,
    thresholds: Thresholds,
    clock: Arc<TestClock>,
    send: Send,
    people: AtomicU32,
    // Last, so that the database is dropped after everything that uses it.
    pub(crate) fresh: Fresh,
}

/// More than any test needs.
pub(crate) const PLENTY: Limits = Limits {
    requests: 1_000_000,
    burst: 1_000_000,
    searches: 1_000_000,
    sign_ins: 1_000_000,
    sign_ins_by_address: 1_000_000,
    streams: 100,
    streams_in_all: 1_000,
    unread: 1_000,
    at_once: 10_000,
    deadline: std::time::Duration::from_secs(60),
};

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let fresh = Fresh::new(backend);
        let clock = Arc::new(TestClock(Mutex::new(beginning())));
        let store = Store::open(Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ..options(fresh.served(), fresh.folder.path().join("key.json"))
        })
        .expect("a store");
        let send = service(&store, &PLENTY, vec![issuer_at("http://127.0.0.1:9")]).await;
        Self {
            social_care: agency(&store, "Larkmoor Children's Services", Sector::SocialCare).await,
            police: agency(&store, "Larkmoor Police", Sector::Police).await,
            health: agency(&store, "Larkmoor Community Health", Sector::Health).await,
            store,
            thresholds: Thresholds::NEVER,
            clock,
            send,
            people: AtomicU32::new(0),
            fresh,
        }
    }

    /// The same records behind a service with these limits, for workers who sign in from now on.
    pub(crate) async fn limited_to(self, limits: Limits) -> Self {
        self.limited_and_trusting(limits, Vec::new()).await
    }

    /// The same records behind a service that also accepts the tokens of these issuers.
    pub(crate) async fn trusting(self, issuers: Vec<Issuer>) -> Self {
        self.limited_and_trusting(PLENTY, issuers).await
    }

    /// Both.
    pub(crate) async fn limited_and_trusting(self, limits: Limits, issuers: Vec<Issuer>) -> Self {
        Self { send: service(&self.store, &limits, issuers).await, ..self }
    }

    /// The same records with the store of a second server. All workers still use the first.
    pub(crate) fn beside_another(self) -> Self {
        let store = Store::open(Options {
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            thresholds: self.thresholds,
            ..options(self.fresh.served(), self.fresh.folder.path().join("key.json"))
        });
        Self { store: store.expect("a store"), ..self }
    }

    /// The same records behind a restarted service, with these thresholds for unusual access.
    pub(crate) async fn watching(self, thresholds: Thresholds) -> Self {
        let world = Self { thresholds, ..self }.beside_another();
        Self { send: service(&world.store, &PLENTY, Vec::new()).await, ..world }
    }

    /// Another agency.
    pub(crate) async fn agency(&self, name: &str, sector: Sector) -> Agency {
        agency(&self.store, name, sector).await
    }

    /// A new worker, signed in.
    pub(crate) async fn worker(&self, role: Role, agency: &Agency) -> Worker {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}.{number}", role.as_str().replace('_', "-"));
        let new = NewWorker {
            sign_in_name: name.clone(),
            password: PASSWORD.to_owned(),
            details: WorkerDetails {
                agency_id: agency.id,
                display_name: format!("Worker {number}"),
                job_title: role.as_str().replace('_', " "),
                roles: vec![role],
                state: WorkerState::Active,
                supervisor_id: None,
            },
        };
        let worker = self.store.bootstrap_worker(new, PasswordChosenBy::Owner).await.expect("a worker");
        self.store.bootstrap_second_factor(worker.id, AUTHENTICATOR).await.expect("a second factor");
        let mut worker = Worker {
            id: worker.id.to_string(),
            name,
            token: String::new(),
            refresh_token: String::new(),
            codes: Rc::new(AtomicI64::new(0)),
            send: Rc::clone(&self.send),
        };
        self.signs_in(&mut worker).await;
        worker
    }

    pub(crate) async fn practitioner(&self, agency: &Agency) -> Worker {
        self.worker(Role::Practitioner, agency).await
    }

    /// A practitioner whom a supervisor of the agency has put on front-door duty for two weeks.
    pub(crate) async fn on_front_door(&self, agency: &Agency) -> Worker {
        let (worker, supervisor) = (self.practitioner(agency).await, self.worker(Role::Supervisor, agency).await);
        let duty = json!({ "worker_id": worker.id, "ends_at": self.now() + Duration::days(14) });
        supervisor.post("/v1/front-door-duties", &duty).await.is(201);
        worker
    }

    /// Gives a worker a new session.
    pub(crate) async fn signs_in(&self, worker: &mut Worker) {
        let body = json!({ "sign_in_name": worker.name, "password": PASSWORD, "code": self.code(worker) });
        let session = self.asks(Ask::post("/v1/sessions", &body)).await.is(201);
        worker.token = session.string("access_token");
        worker.refresh_token = session.string("refresh_token");
    }

    /// A code that this worker has not used. Each works once, and the codes just before and after count too.
    pub(crate) fn code(&self, worker: &Worker) -> String {
        let present = self.now().timestamp() / 30;
        let step = (worker.codes.load(Ordering::Relaxed) + 1).max(present - 1);
        assert!(step <= present + 1, "no code is left in this minute: let time pass");
        worker.codes.store(step, Ordering::Relaxed);
        let at = chrono::DateTime::from_timestamp(step * 30, 0).expect("an instant");
        authenticator_code(AUTHENTICATOR, at).expect("a code")
    }

    /// An attempt to get into an account by a person who knows its password. They sign in, replace the password and set
    /// up an authenticator, as far as they can. Also returns whether the password was replaced.
    pub(crate) async fn gets_into(&self, account: &Worker, present: &str, own: &str) -> (Worker, bool) {
        let session = self.sign_in(&account.name, present).await;
        let token = session.body["access_token"].as_str().unwrap_or_default().to_owned();
        let worker = Worker { token, ..account.clone() };
        let change = json!({ "present_password": present, "new_password": own });
        let replaced = worker.post("/v1/me/password", &change).await.status == 204;
        let enrolment = worker.post("/v1/me/second-factor", &json!({})).await;
        let code = enrolment.body["secret"].as_str().and_then(|secret| authenticator_code(secret, self.now()));
        if let Some(code) = code {
            worker.post("/v1/me/second-factor/confirmation", &json!({ "code": code })).await.is(201);
        }
        (worker, replaced)
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "sign_in_name": name, "password": password });
        self.asks(Ask::post("/v1/sessions", &body)).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let body = json!({ "refresh_token": token });
        self.asks(Ask::post("/v1/sessions/refresh", &body)).await
    }

    /// Sends a request without signing in.
    pub(crate) async fn asks(&self, ask: Ask) -> Answer {
        (self.send)(ask).await
    }

    pub(crate) fn now(&self) -> At {
        self.clock.now()
    }

    /// Time passes.
    pub(crate) fn pass(&self, time: Duration) {
        *self.clock.0.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// Two leads seal a record for these people.
    pub(crate) async fn seals(&self, child: &str, leads: &[Worker; 2], open_to: &[&Worker]) {
        let body = json!({ "change": "seal", "restriction": super::words::restriction(open_to) });
        let proposed = leads[0].post(&format!("/v1/children/{child}/sealing-proposals"), &body).await.is(201);
        let proposal = proposed.body["steps"][0]["id"].as_str().expect("an id");
        let approve = json!({ "answer": "approve", "because": "The placement order was seen." });
        leads[1].post(&format!("/v1/sealing-proposals/{proposal}/decision"), &approve).await.is(200);
    }

    /// Seals every record and names every worker on its list, behind the service.
    pub(crate) fn is_sealed_and_open_to_everybody(&self) {
        let mut behind = self.behind();
        for sql in [
            "UPDATE child SET restriction = 'sealed'",
            "DELETE FROM listed_person",
            "INSERT INTO listed_person (child_id, worker_id) SELECT c.id, w.id FROM child c, worker w",
        ] {
            behind.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    /// The same worker, who uses the server of this store.
    pub(crate) async fn answers(&self, worker: &Worker) -> Worker {
        Worker { send: service(&self.store, &PLENTY, Vec::new()).await, ..worker.clone() }
    }

    /// Refuses commits with audit events until [`World::commits_again`].
    pub(crate) fn cannot_commit(&self) {
        let refusal = match self.fresh.backend() {
            Backend::Sqlite => {
                "CREATE TABLE room (id INTEGER PRIMARY KEY); \
                 CREATE TABLE needed (id INTEGER REFERENCES room (id) DEFERRABLE INITIALLY DEFERRED); \
                 CREATE TRIGGER no_room AFTER INSERT ON audit_event BEGIN INSERT INTO needed VALUES (1); END"
            }
            Backend::Postgresql => {
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$; \
                 CREATE CONSTRAINT TRIGGER no_room AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION no_room()"
            }
        };
        self.behind().run(refusal).expect("no room");
    }

    pub(crate) fn commits_again(&self) {
        self.behind()
            .run(match self.fresh.backend() {
                Backend::Sqlite => "DROP TRIGGER no_room",
                Backend::Postgresql => "DROP TRIGGER no_room ON audit_event",
            })
            .expect("room again");
    }

    /// The same worker behind a service with these limits.
    pub(crate) async fn behind_limits(&self, worker: &Worker, limits: Limits) -> Worker {
        Worker { send: service(&self.store, &limits, Vec::new()).await, ..worker.clone() }
    }

    /// Keeps recordings and audit events from being stored for a while.
    pub(crate) fn holds_writing(&self) -> Held {
        Held::begin(
            &self.fresh,
            match self.fresh.backend() {
                Backend::Sqlite => "SELECT 1",
                Backend::Postgresql => "LOCK TABLE audit_event, entry IN SHARE ROW EXCLUSIVE MODE",
            },
        )
    }

    /// Keeps every account from being changed for a while.
    pub(crate) fn holds_accounts(&self) -> Held {
        Held::begin(&self.fresh, "UPDATE worker SET version = version")
    }

    /// A second connection, past the service.
    pub(crate) fn behind(&self) -> Behind {
        self.fresh.behind()
    }

    /// How many rows a table has.
    pub(crate) fn rows(&self, table: &str) -> i64 {
        self.behind().number(&format!("SELECT COUNT(*) AS n FROM {table}"))
    }
}

async fn agency(store: &Store, name: &str, sector: Sector) -> Agency {
    let details = AgencyDetails { name: name.to_owned(), sector, in_sharing_agreement: true };
    store.bootstrap_agency(details).await.expect("an agency")
}

/// The service of a store, in this process.
async fn service(store: &Store, limits: &Limits, issuers: Vec<Issuer>) -> Send {
    let api = web::Data::new(Api::new(store.clone(), limits).trusting(issuers));
    let service = Rc::new(init_service(application(api)).await);
    Rc::new(move |ask: Ask| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let mut request = TestRequest::default().method(ask.method).uri(&ask.path);
            if let Some(address) = ask.address {
                request = request.peer_addr((address, 40_000).into());
            }
            for (name, value) in ask.headers {
                request = request.insert_header((name, value));
            }
            let response = call_service(&*service, request.set_payload(ask.body).to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = if headers.get("content-type").is_some_and(|kind| kind == "text/event-stream") {
                first_part(response.into_body()).await
            } else {
                read_body(response).await
            };
            let text = String::from_utf8_lossy(&body).into_owned();
            Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
        })
    })
}

/// The beginning of a body that does not end by itself.
async fn first_part(body: impl MessageBody) -> Bytes {
    let mut body = std::pin::pin!(body);
    let part = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
    part.and_then(Result::ok).unwrap_or_default()
}
