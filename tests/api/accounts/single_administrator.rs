//! No single administrator can read a record, neither alone nor through the actions of honest colleagues. The test
//! tries many sequences of actions that the administrator may take.

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::issuer::{Key, KeyServer, claims};
use crate::support::world::PASSWORD;
use crate::support::{Ask, Worker, World, words};

const ROLES: [&str; 5] = ["practitioner", "supervisor", "safeguarding_lead", "auditor", "administrator"];
/// How many actions are tried, and the most accounts there may be.
const STEPS: u64 = 250;
const ACCOUNTS: usize = 14;
/// The password that the administrator sets and knows.
const STOLEN: &str = "what the administrator would choose";

/// The first password of accounts that an honest colleague adds.
const UNKNOWN: &str = "what a colleague gives only the owner";

/// An account that the administrator may try to get into.
struct Account {
    worker: Worker,
    /// None where only its owner knows it.
    password: Option<&'static str>,
    /// The code that was handed to its owner.
    code: Option<String>,
}

/// One administrator who tries everything, and the honest people around them.
struct Search<'a> {
    world: &'a World,
    key: Key,
    administrator: Worker,
    honest: [Worker; 3],
    accounts: Vec<Account>,
    /// Sessions in accounts of other workers.
    sessions: Vec<Worker>,
    codes: Vec<String>,
    child: String,
    joined: u64,
    drawn: u64,
    did: Vec<String>,
}

impl Search<'_> {
    fn draw(&mut self, of: usize) -> usize {
        self.drawn = self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.drawn >> 33).expect("a number") % of
    }

    fn agency(&mut self) -> Value {
        let world = self.world;
        let agencies = [&world.social_care, &world.police, &world.health];
        json!(agencies[self.draw(3)].id)
    }

    /// Added by the administrator, or by an honest colleague who gives the password only to the owner.
    async fn adds(&mut self, by: &Worker, password: &'static str) {
        let name = format!("added.{}", self.accounts.len());
        let details = json!({
            "agency_id": self.agency(), "display_name": "Noor Hale", "job_title": "Nurse", "roles": [ROLES[self.draw(5)]],
        });
        let new = json!({ "sign_in_name": name, "password": password, "details": details });
        let id = by.post("/v1/workers", &new).await.is(201).id();
        let worker = Worker { id, name, ..by.clone() };
        self.accounts.push(Account { worker, password: Some(password), code: None });
    }

    async fn corrects(&mut self, worker: &Worker) {
        let versions = self.administrator.get(&format!("/v1/workers/{}/versions", worker.id)).await.is(200);
        let number = versions.items().len();
        let mut details = versions.items()[number - 1]["details"].clone();
        match self.draw(4) {
            0 => details["agency_id"] = self.agency(),
            1 => details["state"] = json!("left"),
            2 => details["state"] = json!("active"),
            _ => details["roles"] = json!([ROLES[self.draw(5)]]),
        }
        self.administrator.put(&format!("/v1/workers/{}", worker.id), &format!("\"{number}\""), &details).await;
    }

    /// In every session there is.
    async fn decides(&mut self) {
        let mut people = self.sessions.clone();
        people.push(self.administrator.clone());
        let waiting = self.administrator.get("/v1/role-grants?limit=100").await.is(200);
        for person in people {
            for grant in waiting.items().iter().filter(|grant| grant["status"] != "declined") {
                let path = format!("/v1/role-grants/{}/decision", grant["id"].as_str().expect("an id"));
                let decided = person.post(&path, &json!({ "answer": "approve", "because": "So that it is." })).await;
                self.codes.extend(decided.body["code"].as_str().map(str::to_owned));
            }
        }
    }

    async fn links(&mut self, worker: &Worker) {
        let subject = format!("mine-{}", worker.name);
        let path = format!("/v1/workers/{}/external-identities/larkmoor", worker.id);
        self.administrator.asks(Ask::put(&path, &json!({ "subject": subject }))).await;
        let sid = json!(format!("sign-in {}", self.drawn));
        let mut claims = claims(self.world, &subject);
        claims["sid"] = sid;
        self.sessions.push(Worker { token: self.key.signs(&claims), ..worker.clone() });
    }

    /// The administrator signs in, where they know the password.
    async fn gets_in(&mut self, number: usize) {
        let account = &mut self.accounts[number];
        let Some(known) = account.password.filter(|password| *password != UNKNOWN) else { return };
        let (session, replaced) = self.world.gets_into(&account.worker, known, STOLEN).await;
        account.password = if replaced { Some(STOLEN) } else { account.password };
        self.sessions.push(session);
    }

    /// The owner signs in with the first password and the code, unless the administrator replaced the password.
    async fn owner_joins(&mut self, number: usize) {
        let account = &mut self.accounts[number];
        let first = account.password.filter(|password| *password != STOLEN);
        let Some((first, code)) = first.zip(account.code.take()) else { return };
        let (owner, replaced) =
            self.world.gets_into(&account.worker, first, "what only the owner would ever say").await;
        account.password = if replaced { None } else { account.password };
        if owner.takes_up(&code).await.status == 200 {
            self.joined += 1;
        }
    }

    /// Every honest worker confirms what they may, and hands the codes to the owners.
    async fn the_honest_confirm(&mut self) {
        for person in self.honest.clone() {
            let waiting = person.get("/v1/role-grants?limit=100").await.is(200);
            for grant in waiting.items().iter().filter(|grant| grant["status"] == "proposed") {
                let path = format!("/v1/role-grants/{}/decision", grant["id"].as_str().expect("an id"));
                let decided = person.post(&path, &json!({ "answer": "approve", "because": "Works here." })).await;
                if let Some(code) = decided.body["code"].as_str() {
                    let owned = self.accounts.iter_mut().find(|account| grant["worker_id"] == json!(account.worker.id));
                    owned.expect("the account").code = Some(code.to_owned());
                }
            }
        }
    }

    async fn acts(&mut self) {
        let number = self.draw(self.accounts.len());
        let worker = self.accounts[number].worker.clone();
        let act = self.draw(14);
        self.did.push(format!("{act} {}", worker.name));
        let of = |rest: &str| format!("/v1/workers/{}/{rest}", worker.id);
        let proposal = json!({ "role": ROLES[self.draw(5)], "reason": "Needed from December." });
        match act {
            0 if self.accounts.len() < ACCOUNTS => self.adds(&self.administrator.clone(), PASSWORD).await,
            13 if self.accounts.len() < ACCOUNTS => self.adds(&self.honest[0].clone(), UNKNOWN).await,
            0 | 1 | 13 => drop(self.administrator.post(&of("role-grants"), &proposal).await),
            2 => self.decides().await,
            3 => self.corrects(&worker).await,
            4 => drop(self.administrator.asks(Ask::delete(&of("second-factor"))).await),
            5 => self.links(&worker).await,
            6 => drop(self.administrator.asks(Ask::delete(&of("external-identities/larkmoor"))).await),
            7 | 8 => self.gets_in(number).await,
            9 => {
                for (session, code) in self.sessions.iter().flat_map(|s| self.codes.iter().map(move |code| (s, code))) {
                    session.takes_up(code).await;
                }
            }
            10 => drop(self.honest[0].post(&of("role-grants"), &proposal).await),
            11 => self.the_honest_confirm().await,
            _ => self.owner_joins(number).await,
        }
        let newest = self.sessions.len().saturating_sub(12);
        self.sessions.drain(..newest);
        self.codes.drain(..self.codes.len().saturating_sub(12));
    }

    /// No session of the administrator can read anything.
    async fn reads_nothing(&self) {
        let child = format!("/v1/children/{}", self.child);
        for session in self.sessions.iter().chain([&self.administrator]) {
            let answers = [
                ("record", session.reads(&child).await.status),
                ("emergency", session.begins_emergency(&self.child).await.status),
                ("referrals", session.get("/v1/referrals").await.status),
                ("reviews", session.get("/v1/emergency-accesses").await.status),
                ("histories", session.get(&format!("{child}/access-history")).await.status),
            ];
            for (what, status) in answers {
                assert!(status >= 400, "{what} as {}: {status} after {:?}", session.name, self.did);
            }
        }
        for session in &self.sessions {
            assert!(
                session.get("/v1/role-grants").await.status >= 400,
                "{} decides after {:?}",
                session.name,
                self.did
            );
        }
    }
}

on_both! {
    async fn no_sequence_of_one_administrators_acts_leads_to_a_record_or_to_a_role(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let author = world.practitioner(&world.social_care).await;
        let child = author.creates_child(&words::child(0)).await.is(201).id();
        // The administrator knows even their passwords, but not their authenticators.
        let others = [
            world.practitioner(&world.social_care).await,
            world.worker(Role::Supervisor, &world.social_care).await,
            world.worker(Role::Administrator, &world.police).await,
        ];
        let mut search = Search {
            administrator: world.worker(Role::Administrator, &world.social_care).await,
            honest: [
                world.worker(Role::Administrator, &world.health).await,
                world.worker(Role::SafeguardingLead, &world.social_care).await,
                world.worker(Role::Supervisor, &world.police).await,
            ],
            accounts: others.into_iter().map(|worker| Account { worker, password: Some(PASSWORD), code: None }).collect(),
            world: &world,
            key,
            sessions: Vec::new(),
            codes: Vec::new(),
            child,
            joined: 0,
            drawn: 9,
            did: Vec::new(),
        };
        for _ in 0..STEPS {
            search.acts().await;
            search.reads_nothing().await;
        }
        assert!(search.joined > 0, "no owner took up a role, so the test proves nothing");
        assert!(!search.codes.is_empty() && !search.sessions.is_empty(), "the administrator got no code or no session");
    }
}
