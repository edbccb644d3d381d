//! Twelve children, each with a different relationship to all askers, and what is written about them.

use std::cell::Cell;
use std::collections::HashMap;

use alongside_domain::accounts::agency::{Agency, Sector};
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_storage::Database;
use chrono::Duration;
use serde_json::json;

use super::accounts;
use super::case::Tie;
use crate::support::world::beginning;
use crate::support::{Ask, Worker, World, words};

/// A key that every asker has used. A change that is allowed is answered with 422 and changes nothing.
pub(super) const USED_KEY: &str = "used-before";

/// A caller of the scene.
pub(super) struct Asker {
    pub(super) worker: Worker,
    pub(super) role: Role,
    pub(super) sector: Sector,
    /// Which of the three agencies.
    pub(super) agency: usize,
    /// How often they have requested an action that ends something.
    pub(super) turns: Cell<usize>,
}

impl Asker {
    pub(super) fn is_staff(&self) -> bool {
        matches!(self.role, Role::Practitioner | Role::Supervisor | Role::SafeguardingLead)
    }
}

/// A recording.
pub(super) struct Written {
    pub(super) id: String,
    pub(super) kind: EntryKind,
    pub(super) segment: Segment,
    /// Its agency. The fourth is that of the founder of the record.
    pub(super) agency: usize,
    /// The asker who wrote it.
    pub(super) author: Option<usize>,
    /// It was sent to all three agencies with a referral.
    pub(super) attached: bool,
    pub(super) sent_by: Option<usize>,
    pub(super) sent_to: Option<usize>,
    /// The askers whom it names as readers.
    pub(super) named: Vec<usize>,
    /// The askers who were granted a request to read it.
    pub(super) disclosed_to: Vec<usize>,
    /// The line that police released about it.
    pub(super) line: Option<String>,
}

impl Written {
    /// The request by one of the askers to read it. Its id is the recording's own id with the asker at the start, which
    /// serves as well as any other.
    fn request_by(&self, asker: usize) -> String {
        format!("{asker:08x}{}", &self.id[8..])
    }

    /// A request to read it: the asker's own or, failing that, another asker's.
    pub(super) fn request_before(&self, asker: usize) -> Option<String> {
        let own = self.disclosed_to.iter().find(|requester| **requester == asker);
        own.or(self.disclosed_to.first()).map(|requester| self.request_by(*requester))
    }
}

/// A child, and the relationships of all askers to it.
pub(super) struct Child {
    pub(super) id: String,
    pub(super) tie: Tie,
    pub(super) agencies_work: bool,
    pub(super) agencies_asked: bool,
    pub(super) written: Vec<Written>,
    /// By asker.
    pub(super) involvements: HashMap<usize, String>,
    /// By agency.
    pub(super) bystanders_involvements: Vec<String>,
    /// By asker.
    pub(super) emergencies: HashMap<usize, String>,
    pub(super) bystanders_emergency: String,
    pub(super) bystanders_suppression: String,
    /// By asker.
    pub(super) proposals: HashMap<usize, String>,
    pub(super) elsewhere_proposed: String,
}

pub(super) struct Scene {
    pub(super) askers: Vec<Asker>,
    pub(super) children: Vec<Child>,
    /// One of each agency.
    pub(super) bystanders: Vec<Worker>,
    pub(super) agencies: Vec<Agency>,
    founder: Worker,
    /// Of the founder's agency. The first one proposes.
    founding_leads: [Worker; 2],
    elsewhere: Agency,
}

const STANDINGS: [(Tie, bool, bool); 12] = [
    (Tie::Nothing, false, false),
    (Tie::Nothing, true, false),
    (Tie::Nothing, false, true),
    (Tie::Duty, false, false),
    (Tie::Duty, true, false),
    (Tie::Meeting, false, false),
    (Tie::Meeting, true, false),
    (Tie::Searching, false, false),
    (Tie::Searching, true, false),
    (Tie::AuditCase, false, false),
    (Tie::Team, true, false),
    (Tie::Allocated, true, false),
];
/// The children about whom the founder has asked all three agencies for help, or has asked other agencies.
const REFERRED: [usize; 3] = [2, 5, 10];
const REFERRED_ON: [usize; 3] = [0, 5, 11];

fn kind_of_tie(tie: Tie) -> Option<&'static str> {
    Some(match tie {
        Tie::Nothing => return None,
        Tie::Duty => "duty",
        Tie::Meeting => "meeting",
        Tie::Searching => "missing_response",
        Tie::AuditCase => "audit_case",
        Tie::Team => "team",
        Tie::Allocated => "allocated",
    })
}

/// An id as SQL of this world's database writes it.
pub(crate) fn id_in_sql(world: &World, id: &str) -> String {
    if matches!(world.fresh.database, Database::Sqlite(_)) {
        format!("X'{}'", id.replace('-', ""))
    } else {
        format!("'{id}'")
    }
}

impl Scene {
    pub(super) async fn new(world: &World) -> Self {
        let elsewhere = world.agency("Larkmoor Housing", Sector::Other).await;
        let agencies = vec![world.social_care.clone(), world.police.clone(), world.health.clone()];
        let (mut askers, mut bystanders) = (Vec::new(), Vec::new());
        for (number, agency) in agencies.iter().enumerate() {
            for role in Role::ALL {
                let worker = world.worker(*role, agency).await;
                askers.push(Asker {
                    worker,
                    role: *role,
                    sector: agency.details.sector,
                    agency: number,
                    turns: Cell::new(0),
                });
            }
            bystanders.push(world.practitioner(agency).await);
        }
        let founder = world.practitioner(&elsewhere).await;
        let founding_leads = [
            world.worker(Role::SafeguardingLead, &elsewhere).await,
            world.worker(Role::SafeguardingLead, &elsewhere).await,
        ];
        let mut scene = Self { askers, bystanders, agencies, founder, founding_leads, elsewhere, children: Vec::new() };
        for (number, standing) in STANDINGS.into_iter().enumerate() {
            let child = scene.child(world, number, standing).await;
            scene.children.push(child);
        }
        scene.settle(world);
        accounts::provide(world, &scene).await;
        scene
    }

    async fn child(&self, world: &World, number: usize, (tie, works, asked): (Tie, bool, bool)) -> Child {
        let id = self.founder.creates_child(&words::child(number)).await.is(201).id();
        let mut bystanders_involvements = Vec::new();
        for bystander in &self.bystanders {
            bystanders_involvements.push(self.involve(&id, bystander, "team").await);
        }
        let mut involvements = HashMap::new();
        for (asker, kind) in self.askers.iter().enumerate().filter_map(|(n, _)| Some((n, kind_of_tie(tie)?))) {
            involvements.insert(asker, self.involve(&id, &self.askers[asker].worker, kind).await);
        }
        let mut written = self.recordings(&id, number).await;
        written.extend(self.referrals(&id, number).await);
        let mut proposals = HashMap::new();
        for (asker, _) in self.askers.iter().enumerate().filter(|(_, asker)| asker.role == Role::SafeguardingLead) {
            let proposal = self.propose(&id).await;
            world
                .behind()
                .run(&format!(
                    "UPDATE restriction_step SET proposed_by = {} WHERE id = {}",
                    id_in_sql(world, &self.askers[asker].worker.id),
                    id_in_sql(world, &proposal)
                ))
                .expect("a proposer");
            proposals.insert(asker, proposal);
        }
        Child {
            tie,
            agencies_work: works,
            agencies_asked: asked,
            written,
            involvements,
            bystanders_involvements,
            emergencies: HashMap::new(),
            bystanders_emergency: self.bystanders[1].begins_emergency(&id).await.is(201).id(),
            bystanders_suppression: self.suppress(&id).await,
            proposals,
            elsewhere_proposed: self.propose(&id).await,
            id,
        }
    }

    async fn involve(&self, child: &str, worker: &Worker, kind: &str) -> String {
        let body = json!({
            "worker_id": worker.id, "kind": kind, "ends_at": beginning() + Duration::hours(12),
            "reason": "Needed for the plan.",
        });
        self.founder.post(&format!("/v1/children/{child}/involvements"), &body).await.is(201).id()
    }

    async fn suppress(&self, child: &str) -> String {
        let path = format!("/v1/children/{child}/notice-suppressions");
        self.bystanders[1].post(&path, &words::suppression(beginning())).await.is(201).id()
    }

    async fn propose(&self, child: &str) -> String {
        let [lead, _] = &self.founding_leads;
        let body = json!({ "change": "seal", "restriction": words::restriction(&self.founding_leads()) });
        let path = format!("/v1/children/{child}/sealing-proposals");
        let proposed = lead.post(&path, &body).await.is(201);
        // The test clock stops, so the steps have no order. The earlier ones have other proposers.
        let steps = proposed.body["steps"].as_array().expect("steps");
        let mine = steps.iter().find(|step| step["proposed_by"] == json!(lead.id));
        mine.and_then(|step| step["id"].as_str()).expect("an id").to_owned()
    }

    /// One of each kind in each segment by each agency, and a concern by every asker who may raise one.
    async fn recordings(&self, child: &str, number: usize) -> Vec<Written> {
        let mut written = Vec::new();
        let kinds = [
            (EntryKind::Concern, "concerns", words::concern()),
            (EntryKind::Observation, "observations", words::observation()),
            (EntryKind::Contact, "contacts", words::contact()),
        ];
        for (agency, bystander) in self.bystanders.iter().enumerate() {
            for segment in Segment::ALL {
                for (kind, plural, body) in &kinds {
                    let mut body = words::kept_in(segment.as_str(), body.clone());
                    let named = if *segment == Segment::NamedPeople { self.every_third(number) } else { Vec::new() };
                    body["named_people"] = named.iter().map(|asker| json!(self.askers[*asker].worker.id)).collect();
                    let id = bystander.post(&format!("/v1/children/{child}/{plural}"), &body).await.is(201).id();
                    let disclosed_to =
                        if *kind == EntryKind::Contact { self.every_third(number + 1) } else { Vec::new() };
                    written.push(Written { named, disclosed_to, ..written_by(id, *kind, *segment, agency) });
                }
            }
        }
        for (author, asker) in self.askers.iter().enumerate().filter(|(_, asker)| asker.is_staff()) {
            let segment = Segment::ALL[(author + number) % Segment::ALL.len()];
            let body = words::kept_in(segment.as_str(), words::concern());
            let id = asker.worker.raises_concern(child, &body).await.is(201).id();
            written.push(Written { author: Some(author), ..written_by(id, EntryKind::Concern, segment, asker.agency) });
        }
        for one in &mut written {
            self.is_released(one).await;
        }
        written
    }

    /// Police release a line about a concern in their segment.
    async fn is_released(&self, written: &mut Written) {
        let oversees = |asker: &Asker| matches!(asker.role, Role::Supervisor | Role::SafeguardingLead);
        let mut people = self.askers.iter().enumerate().filter(|(_, a)| a.sector == Sector::Police && oversees(a));
        let somebody_else = people.find(|(number, _)| written.author != Some(*number));
        if let (Segment::PoliceRestricted, EntryKind::Concern, Some((_, police))) =
            (written.segment, written.kind, somebody_else.filter(|(_, police)| police.agency == written.agency))
        {
            let path = format!("/v1/recordings/{}/sanitised-lines", written.id);
            written.line = Some(police.worker.post(&path, &words::sanitised_line()).await.is(201).id());
        }
    }

    /// Every third asker, different ones for each child.
    fn every_third(&self, number: usize) -> Vec<usize> {
        (0..self.askers.len()).filter(|asker| (asker + number).is_multiple_of(3)).collect()
    }

    async fn referrals(&self, child: &str, number: usize) -> Vec<Written> {
        let (mut written, mut sent) = (Vec::new(), Segment::Shared);
        if REFERRED.contains(&number) {
            let kept = words::kept_in("own_agency", words::concern());
            let concern = self.founder.raises_concern(child, &kept).await.is(201).id();
            for (agency, to) in self.agencies.iter().enumerate() {
                let id = self.founder.refers(child, &words::referral(to, &[&concern])).await.is(201).id();
                written.push(Written { sent_to: Some(agency), ..written_by(id, EntryKind::Referral, sent, 3) });
            }
            sent = Segment::OwnAgency;
            written.push(Written { attached: true, ..written_by(concern, EntryKind::Concern, sent, 3) });
        }
        if REFERRED_ON.contains(&number) {
            for (agency, bystander) in self.bystanders.iter().enumerate() {
                let id = bystander.refers(child, &words::referral(&self.elsewhere, &[])).await.is(201).id();
                let from_here = written_by(id, EntryKind::Referral, Segment::Shared, agency);
                written.push(Written { sent_by: Some(agency), ..from_here });
            }
        }
        written
    }

    /// Sets up what the API cannot: children whom no worker works with any more, answers from long ago, managers, and
    /// the key that every asker has used.
    fn settle(&self, world: &World) {
        let id = |id: &str| id_in_sql(world, id);
        let mut run = {
            let mut behind = world.behind();
            move |sql: String| behind.run(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
        };
        for child in &self.children {
            if !child.agencies_work || matches!(child.tie, Tie::Team | Tie::Allocated) {
                for involvement in &child.bystanders_involvements {
                    run(format!("UPDATE involvement SET ends_at = started_at WHERE id = {}", id(involvement)));
                }
            }
            let granted = child.written.iter().flat_map(|w| w.disclosed_to.iter().map(move |asker| (w, *asker)));
            for (written, asker) in granted {
                let request = id(&written.request_by(asker));
                run(format!(
                    "INSERT INTO disclosure_request (id, entry_id, child_id, worker_id, agency_id, requested_at, \
                     reason_sealed, answer, segment, ends_at) SELECT {request}, e.id, c.id, w.id, w.agency_id, c.recorded_at, \
                     c.key_sealed, 'grant', e.segment, (SELECT MAX(ends_at) FROM involvement) \
                     FROM entry e, child c, worker w WHERE e.id = {} AND c.id = e.child_id AND w.id = {}",
                    id(&written.id),
                    id(&self.askers[asker].worker.id),
                ));
            }
            if !child.agencies_asked {
                run(format!("UPDATE referral SET status = 'concluded' WHERE child_id = {}", id(&child.id)));
            }
        }
        let lead = |agency: usize| {
            let found = self.askers.iter().find(|a| a.agency == agency && a.role == Role::SafeguardingLead);
            id(&found.expect("a lead").worker.id)
        };
        let managed = id(&self.bystanders[1].id);
        run(format!("UPDATE worker SET supervisor_id = {} WHERE id = {managed}", lead(0)));
        run(format!("UPDATE worker SET supervisor_id = {managed} WHERE id = {}", lead(2)));
    }

    /// Gives every asker the used key.
    pub(super) async fn uses_the_key(&self, world: &World) {
        let kept = words::kept_in("own_agency", words::concern());
        let ask = Ask::post(&format!("/v1/children/{}/concerns", self.children[0].id), &kept);
        self.founder.asks(ask.with("Idempotency-Key", USED_KEY)).await.is(201);
        let copy = "INSERT INTO idempotency (worker_id, key_digest, fingerprint, recorded_at, content) \
                    SELECT w.id, i.key_digest, i.fingerprint, i.recorded_at, i.content FROM worker w, idempotency i \
                    WHERE w.id <> i.worker_id";
        world.behind().run(copy).expect("keys");
    }

    /// A session that starts now. Its time serves for a fresh second factor.
    pub(super) async fn somebody_signs_in(&mut self, world: &World) {
        world.signs_in(&mut self.founder).await;
    }

    pub(super) fn elsewhere(&self) -> &Agency {
        &self.elsewhere
    }

    pub(super) fn founding_leads(&self) -> [&Worker; 2] {
        self.founding_leads.each_ref()
    }
}

fn written_by(id: String, kind: EntryKind, segment: Segment, agency: usize) -> Written {
    Written {
        id,
        kind,
        segment,
        agency,
        author: None,
        attached: false,
        sent_by: None,
        sent_to: None,
        named: Vec::new(),
        disclosed_to: Vec::new(),
        line: None,
    }
}
