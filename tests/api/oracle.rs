//! The rules a second time, written by hand in Rust and compared with the running service. Each case combines the
//! caller's role, their relationship to the child, what stops them and what they request, in tens of thousands of
//! combinations.

use std::collections::BTreeSet;

use alongside_domain::access::restriction::Restriction;
use alongside_policy::Verb;
use chrono::Duration;
use serde_json::json;

use crate::support::{Ask, World, words};

mod accounts;
mod case;
mod differences;
mod mutations;
mod probes;
mod rules;
mod scene;
mod volume;

use case::{Case, Proof};
use probes::{Probe, SHOWN_WITH_OTHERS, Subject, when_allowed};
use scene::Scene;
pub(crate) use scene::id_in_sql;

/// What is the same for every caller at a time.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent circumstances")]
struct Times {
    record: Restriction,
    listed: bool,
    conflict: bool,
    proof: Proof,
    emergency: bool,
    overdue: bool,
    own_password: bool,
    active: bool,
    front_door: bool,
    over_volume: bool,
}

const PLAIN: Times = Times {
    record: Restriction::Open,
    listed: false,
    conflict: false,
    proof: Proof::SecondFactor,
    emergency: false,
    overdue: false,
    own_password: true,
    active: true,
    front_door: false,
    over_volume: false,
};

/// One in this many combinations is requested: without an obstacle; with one; and with one where the subject is one of
/// the many recordings, to which the same obstacles apply.
const PLAINLY: usize = 61;
const OBSTRUCTED: usize = 59;
const RECORDING_OBSTRUCTED: usize = 701;
/// How many requests are under way at once.
const AT_ONCE: usize = 64;

impl Times {
    /// Sets this up behind the service. Through the API it would take as many requests as are tested.
    fn begin(self, world: &World) {
        let mut behind = world.behind();
        let mut run = |sql: &str| behind.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        run(&format!("UPDATE child SET restriction = '{}'", self.record));
        run("DELETE FROM listed_person");
        if self.listed {
            run("INSERT INTO listed_person (child_id, worker_id) SELECT c.id, w.id FROM child c, worker w");
        }
        let lifted = if self.conflict { "NULL" } else { "declared_at" };
        run(&format!("UPDATE conflict SET lifted_at = {lifted}"));
        run(&format!(
            "UPDATE session SET second_factor_at = {}",
            match self.proof {
                Proof::Password => "NULL",
                Proof::SecondFactor => "(SELECT MIN(started_at) FROM session)",
                Proof::JustNow => "(SELECT MAX(started_at) FROM session)",
            }
        ));
        // A duty that starts when sessions end has not begun.
        let starts = if self.front_door {
            "(SELECT MIN(recorded_at) FROM worker)"
        } else {
            "(SELECT MAX(ends_at) FROM session)"
        };
        run(&format!("UPDATE front_door_duty SET starts_at = {starts}"));
        let confirmed = if self.over_volume { "NULL" } else { "recorded_at" };
        run(&format!("UPDATE unusual_access SET confirmed_at = {confirmed}"));
        let (state, own) = (if self.active { "active" } else { "suspended" }, self.own_password);
        run(&format!("UPDATE worker SET state = '{state}', own_password = {own}"));
    }

    fn with(self, case: Case) -> Case {
        let Self { active, own_password, proof, overdue, conflict, record, listed, front_door, over_volume, .. } = self;
        Case { active, own_password, proof, over_volume, front_door, overdue, conflict, record, listed, ..case }
    }

    /// All obstacles together.
    fn all(emergency: bool) -> Vec<Self> {
        let closings = [
            (Restriction::Open, false),
            (Restriction::Restricted, false),
            (Restriction::Restricted, true),
            (Restriction::Sealed, false),
            (Restriction::Sealed, true),
        ];
        let mut all = Vec::new();
        for proof in [Proof::Password, Proof::SecondFactor, Proof::JustNow] {
            for conflict in [false, true] {
                all.extend(closings.map(|(record, listed)| Self {
                    record,
                    listed,
                    conflict,
                    proof,
                    emergency,
                    ..PLAIN
                }));
            }
        }
        all
    }

    fn is_plain(self) -> bool {
        self.record == Restriction::Open
            && !self.conflict
            && self.active
            && self.own_password
            && self.proof != Proof::Password
            && !self.over_volume
    }
}

/// Draws one in so many, the same in every run. There is no fixed interval, which would leave some actions out.
fn is_drawn(number: usize, one_in: usize) -> bool {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).is_multiple_of(one_in)
}

/// What was requested, and the results.
#[derive(Default)]
struct Tally {
    /// All combinations that could be requested.
    passed: usize,
    asked: usize,
    wrong: Vec<String>,
    met: BTreeSet<&'static str>,
    acts: BTreeSet<&'static str>,
    verdicts: BTreeSet<String>,
}

impl Tally {
    /// Sends the requests and compares the answers.
    async fn ask(&mut self, scene: &Scene, probes: Vec<(usize, Case, Ask)>) {
        for some in probes.chunks(AT_ONCE) {
            let asked: Vec<_> = some
                .iter()
                .map(|(asker, case, ask)| {
                    let (worker, ask) = (scene.askers[*asker].worker.clone(), ask.clone());
                    (case, actix_web::rt::spawn(async move { worker.asks(ask).await }))
                })
                .collect();
            for (case, answer) in asked {
                let answer = answer.await.expect("an answer");
                self.compare(case, answer.status, answer.problem());
            }
        }
    }

    fn compare(&mut self, case: &Case, status: u16, problem: &str) {
        self.asked += 1;
        self.acts.insert(case.act);
        let verdict = rules::verdict(case);
        self.verdicts.insert(format!("{verdict:?}"));
        let expected = verdict.refusal().unwrap_or_else(|| when_allowed(case));
        if (status, problem) != expected {
            match differences::known(case) {
                Some(name) => drop(self.met.insert(name)),
                None => self.wrong.push(format!("{status} {problem} and not {expected:?}: {case:?}")),
            }
        }
    }

    /// The next of the combinations, at these times.
    fn probes(&mut self, scene: &Scene, times: Times) -> Vec<(usize, Case, Ask)> {
        let mut probes = Vec::new();
        for child in &scene.children {
            let subjects = probes::subjects(child);
            for number in 0..scene.askers.len() {
                let probe = Probe { scene, child, number };
                for (act, subject, says_why) in
                    subjects.iter().flat_map(|(act, s)| [(*act, *s, true), (*act, *s, false)])
                {
                    self.passed += 1;
                    let every = match subject {
                        _ if times.is_plain() => PLAINLY,
                        Subject::Recording(_) => RECORDING_OBSTRUCTED,
                        _ => OBSTRUCTED,
                    };
                    if !is_drawn(self.passed, every) {
                        continue;
                    }
                    let case = Case { says_why, ..times.with(probe.case(act, subject, times.emergency)) };
                    probes.extend(probe.ask(&case, subject).map(|ask| (number, case, ask)));
                }
            }
        }
        probes
    }

    async fn ask_partnership(&mut self, scene: &Scene, times: Times) {
        let mut probes = Vec::new();
        for number in 0..scene.askers.len() {
            let probe = Probe { scene, child: &scene.children[0], number };
            for (act, subject, says_why) in accounts::subjects().flat_map(|(act, s)| [(act, s, true), (act, s, false)])
            {
                let case = probe.case(act, subject, false);
                let Times { proof, active, own_password, front_door, over_volume, .. } = times;
                let case = Case { active, own_password, proof, over_volume, says_why, front_door, ..case };
                probes.extend(probe.ask(&case, subject).map(|ask| (number, case, ask)));
            }
        }
        self.ask(scene, probes).await;
    }

    async fn at(&mut self, world: &World, scene: &Scene, times: Times) {
        times.begin(world);
        let probes = self.probes(scene, times);
        self.ask(scene, probes).await;
        if times.record == Restriction::Open && !times.conflict {
            self.ask_partnership(scene, times).await;
        }
    }
}

/// Conflicts of every worker with every child. They are lifted until they are needed.
fn declare_conflicts(world: &World, scene: &Scene) {
    let mut behind = world.behind();
    for (number, child) in scene.children.iter().enumerate() {
        for (asker, somebody) in scene.askers.iter().enumerate() {
            let id = id_in_sql(world, &format!("0190000000007000800000000{number:03}{asker:04}"));
            let sql = format!(
                "INSERT INTO conflict (id, child_id, worker_id, kind, declared_by, declared_at, note_sealed, lifted_at) \
                 SELECT {id}, c.id, w.id, 'relative', w.id, c.recorded_at, c.key_sealed, c.recorded_at \
                 FROM child c, worker w WHERE c.id = {} AND w.id = {}",
                id_in_sql(world, &child.id),
                id_in_sql(world, &somebody.worker.id)
            );
            behind.run(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
}

/// Unusual access today by every worker. It is confirmed until it is needed.
fn note_unusual_volume(world: &World) {
    let day = alongside_domain::audit::activity::day_of(world.now());
    let day = match world.fresh.database {
        alongside_storage::Database::Sqlite(_) => day.timestamp_micros().to_string(),
        alongside_storage::Database::Postgres(_) => format!("'{}'", day.to_rfc3339()),
    };
    let sql = format!(
        "INSERT INTO unusual_access (id, worker_id, agency_id, kind, on_day, holds, amount, threshold, recorded_at, \
         confirmed_at) SELECT id, id, agency_id, 'searches', {day}, true, 2, 1, recorded_at, recorded_at FROM worker"
    );
    world.behind().run(&sql).expect("unusual volume");
}

/// Every worker who may do so begins emergency access to every child. All records are restricted at that time.
async fn begin_emergencies(world: &World, scene: &mut Scene) {
    Times { record: Restriction::Restricted, proof: Proof::JustNow, ..PLAIN }.begin(world);
    let Scene { askers, children, .. } = scene;
    for child in children {
        for (number, asker) in askers.iter().enumerate() {
            let answer = asker.worker.begins_emergency(&child.id).await;
            if asker.is_staff() {
                child.emergencies.insert(number, answer.is(201).id());
            } else {
                answer.is(404);
            }
        }
    }
}

/// Gives every worker an old emergency access that no one has reviewed.
fn let_reviews_be_overdue(world: &World, scene: &Scene) {
    let of = &scene.children[0].bystanders_emergency;
    let sql = format!(
        "INSERT INTO emergency_access (id, child_id, worker_id, agency_id, reason, explanation_sealed, started_at, \
         ends_at, review_due_at) SELECT w.id, e.child_id, w.id, w.agency_id, e.reason, e.explanation_sealed, \
         e.started_at, e.started_at, e.started_at FROM emergency_access e, worker w WHERE e.id = {}",
        id_in_sql(world, of)
    );
    world.behind().run(&sql).expect("overdue reviews");
}

on_both! {
    async fn the_service_answers_as_the_rules_say(world: World) {
        let mut scene = Scene::new(&world).await;
        scene.uses_the_key(&world).await;
        declare_conflicts(&world, &scene);
        note_unusual_volume(&world);
        world.pass(Duration::minutes(6));
        scene.somebody_signs_in(&world).await;
        let mut tally = Tally::default();
        for times in Times::all(false) {
            tally.at(&world, &scene, times).await;
        }
        for record in [Restriction::Open, Restriction::Restricted] {
            tally.at(&world, &scene, Times { record, front_door: true, ..PLAIN }).await;
        }
        for times in [PLAIN, Times { record: Restriction::Sealed, ..PLAIN }, Times { conflict: true, ..PLAIN }] {
            tally.at(&world, &scene, Times { over_volume: true, ..times }).await;
        }
        begin_emergencies(&world, &mut scene).await;
        tally.at(&world, &scene, Times { over_volume: true, emergency: true, ..PLAIN }).await;
        for times in Times::all(true) {
            tally.at(&world, &scene, times).await;
        }
        let_reviews_be_overdue(&world, &scene);
        for proof in [Proof::SecondFactor, Proof::JustNow] {
            tally.at(&world, &scene, Times { overdue: true, emergency: true, proof, ..PLAIN }).await;
        }
        for proof in [Proof::Password, Proof::JustNow] {
            tally.at(&world, &scene, Times { own_password: false, overdue: true, emergency: true, proof, ..PLAIN }).await;
        }
        tally.at(&world, &scene, Times { active: false, overdue: true, emergency: true, ..PLAIN }).await;
        let Tally { asked, wrong, met, acts, verdicts, .. } = tally;
        let alone = Verb::ALL.iter().map(|verb| verb.as_str()).filter(|act| !SHOWN_WITH_OTHERS.contains(act));
        assert_eq!(acts, alone.collect(), "add to the probes how each action is requested");
        assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
        assert!(asked >= 30_000, "only {asked} combinations were requested");
        assert_eq!(verdicts.len(), 9, "{verdicts:?}");
        let stale: Vec<_> = differences::KNOWN.iter().filter(|(name, _)| !met.contains(name)).map(|(name, _)| name).collect();
        assert!(stale.is_empty(), "no longer met, so take them off the list: {stale:?}");
    }
    async fn lists_show_nothing_of_records_that_are_closed_to_the_caller(world: World) {
        let founder = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let child = founder.creates_child(&words::child(0)).await.is(201).id();
        let referral = founder.refers(&child, &words::referral(&world.police, &[])).await.is(201).id();
        let search = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        let id = |id: &str| id_in_sql(&world, id);
        let conflict = format!(
            "INSERT INTO conflict (id, child_id, worker_id, kind, declared_by, declared_at, note_sealed) \
             SELECT c.id, c.id, w.id, 'relative', w.id, c.recorded_at, c.key_sealed \
             FROM child c, worker w WHERE w.id = {}",
            id(&officer.id)
        );
        let closings = [
            ("restricted", "UPDATE child SET restriction = 'restricted'"),
            ("sealed", "UPDATE child SET restriction = 'sealed'"),
            ("conflict", "UPDATE child SET restriction = 'open'"),
        ];
        let mut shown = Vec::new();
        for (closing, sql) in closings {
            world.behind().run(sql).expect("a restriction");
            if closing == "conflict" {
                world.behind().run(&conflict).expect("a conflict");
            }
            officer.reads(&format!("/v1/referrals/{referral}")).await.is(404);
            let answers = [
                ("list_referrals", officer.get("/v1/referrals").await.is(200)),
                ("search_children", officer.searches(&search).await.is(200)),
                ("create_child", officer.creates_child(&words::child(0)).await),
            ];
            let telling = answers.into_iter().filter(|(_, answer)| answer.text.contains(&child));
            shown.extend(telling.map(|(act, _)| format!("{act}: {closing}")));
        }
        assert_eq!(shown, differences::SHOWN_IN_LISTS, "remove a list that no longer shows closed records");
    }
}
