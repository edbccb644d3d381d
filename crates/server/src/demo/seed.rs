//! Plays the script through the same door as all other requests. Each step is done by its worker, at the instant of the
//! story; the policies decide it and the audit records it.

use std::collections::HashMap;

use alongside_domain::accounts::agency::{AgencyDetails, Sector};
use alongside_domain::accounts::worker::{Actor, NewWorker, Role, WorkerDetails, WorkerState};
use alongside_domain::{AgencyId, At, ChildId, DisclosureRequestId, EntryId, IdSource as _, SessionId, WorkerId};
use alongside_storage::{PasswordChosenBy, Store, SystemIds};
use chrono::Duration;

use super::clock::StoryClock;
use super::credentials::{AUTHENTICATOR, PASSWORD};
use super::moments::{Moment, Step, sequence};
use super::script::{Life, Part, Partnership};
use crate::failure::Failure;
use crate::terminal::Progress;

/// How long a session is used before the worker signs in again.
const SITTING: Duration = Duration::minutes(30);

/// What has been recorded about one child so far.
#[derive(Default)]
pub(super) struct Told {
    pub(super) child: Option<ChildId>,
    pub(super) entries: HashMap<usize, EntryId>,
    pub(super) shared_concerns: Vec<EntryId>,
    /// The requests, by the number of the recording and the number of the request.
    pub(super) requests: HashMap<(usize, usize), DisclosureRequestId>,
}

/// Plays the script.
pub(super) struct Seeder<'a> {
    pub(super) store: &'a Store,
    clock: &'a StoryClock,
    lives: &'a [Life],
    pub(super) agencies: HashMap<Sector, AgencyId>,
    pub(super) workers: HashMap<String, WorkerId>,
    /// The supervisors and safeguarding leads of each agency.
    pub(super) overseers: HashMap<Sector, Vec<WorkerId>>,
    sittings: HashMap<WorkerId, (SessionId, At)>,
    pub(super) told: Vec<Told>,
}

impl<'a> Seeder<'a> {
    /// Adds the agencies and their staff. The children follow with [`Seeder::play`].
    pub(super) async fn begin(
        store: &'a Store,
        clock: &'a StoryClock,
        partnership: &Partnership,
        lives: &'a [Life],
    ) -> Result<Self, Failure> {
        let (mut agencies, mut keys, mut workers) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut overseers: HashMap<Sector, Vec<WorkerId>> = HashMap::new();
        for agency in &partnership.agencies {
            let details =
                AgencyDetails { name: agency.name.clone(), sector: agency.sector, in_sharing_agreement: true };
            let id = store.bootstrap_agency(details).await?.id;
            agencies.insert(agency.sector, id);
            keys.insert(agency.key.as_str(), (id, agency.sector));
        }
        for worker in &partnership.workers {
            let (agency_id, sector) = known(&keys, worker.agency.as_str())?;
            let details = WorkerDetails {
                agency_id,
                display_name: worker.display_name.clone(),
                job_title: worker.job_title.clone(),
                roles: worker.roles.clone(),
                state: WorkerState::Active,
                supervisor_id: None,
            };
            // The password is public.
            let new = NewWorker { sign_in_name: worker.sign_in_name.clone(), password: PASSWORD.to_owned(), details };
            let id = store.bootstrap_worker(new, PasswordChosenBy::Owner).await?.id;
            store.bootstrap_second_factor(id, AUTHENTICATOR).await?;
            if worker.roles.iter().any(|role| matches!(role, Role::Supervisor | Role::SafeguardingLead)) {
                overseers.entry(sector).or_default().push(id);
            }
            workers.insert(worker.key.clone(), id);
        }
        let told = lives.iter().map(|_| Told::default()).collect();
        Ok(Self { store, clock, lives, agencies, workers, overseers, sittings: HashMap::new(), told })
    }

    /// Plays every step up to `now`.
    pub(super) async fn play(&mut self, now: At) -> Result<(), Failure> {
        let moments = sequence(self.lives, now);
        let mut progress = Progress::new("Writing the demonstration's records", moments.len());
        for (done, moment) in moments.iter().enumerate() {
            self.clock.move_to(moment.at);
            self.step(moment).await?;
            progress.reached(done + 1)?;
        }
        self.clock.move_to(now);
        let amira = known(&self.workers, "amira")?;
        self.put_on_front_door(Sector::SocialCare, amira, Duration::days(7)).await
    }

    /// The first child, for the welcome message.
    pub(super) fn first_child(&self) -> Option<ChildId> {
        self.told.first().and_then(|told| told.child)
    }

    async fn step(&mut self, moment: &Moment) -> Result<(), Failure> {
        let lives = self.lives;
        let life = lives.get(moment.life).ok_or_else(missing)?;
        let done = match moment.step {
            Step::Begin => self.begin_record(moment.life, life).await,
            Step::Renew => {
                self.involve_team(moment.life, life, "Reviewed by the team after six months; the work continues.").await
            }
            Step::Record(number) => self.record(moment.life, life, number).await,
            Step::Decide(number) => self.decide(moment.life, life, number).await,
            Step::Conclude(number) => self.conclude(moment.life, life, number).await,
            Step::Request(number, which) => self.request((moment.life, number), life, which).await,
            Step::Answer(number, which) => self.answer((moment.life, number), life, which).await,
            Step::Release(number) => self.release(moment.life, life, number).await,
            Step::TellOfPromises(number) => self.tell_of_promises(moment.life, life, number).await,
        };
        done.map_err(|failure| {
            Failure::new(format!("The demonstration stopped at {}, {:?}: {failure}", life.child.key, moment.step))
        })
    }

    /// The worker who has this part, with a current session.
    pub(super) async fn actor(&mut self, life: &Life, part: Part) -> Result<Actor, Failure> {
        let worker = self.reader(life, part)?;
        self.actor_of(worker).await
    }

    /// The worker, with a current session.
    pub(super) async fn actor_of(&mut self, worker: WorkerId) -> Result<Actor, Failure> {
        let now = self.store.now();
        let running = self.sittings.get(&worker).filter(|(_, since)| now - *since < SITTING).copied();
        let session = if let Some((session, _)) = running {
            session
        } else {
            let session = self.store.bootstrap_session(worker).await?.id;
            self.sittings.insert(worker, (session, now));
            session
        };
        Ok(Actor { worker, session, request: SystemIds.next(now) })
    }

    pub(super) fn child(&self, index: usize) -> Result<ChildId, Failure> {
        self.told.get(index).and_then(|told| told.child).ok_or_else(missing)
    }

    pub(super) fn entry(&self, index: usize, number: usize) -> Result<EntryId, Failure> {
        self.told.get(index).and_then(|told| told.entries.get(&number)).copied().ok_or_else(missing)
    }
}

pub(super) fn known<K, Q, V: Copy>(map: &HashMap<K, V>, key: &Q) -> Result<V, Failure>
where
    K: std::borrow::Borrow<Q> + std::hash::Hash + Eq,
    Q: std::hash::Hash + Eq + ?Sized,
{
    map.get(key).copied().ok_or_else(missing)
}

pub(super) fn missing() -> Failure {
    Failure::new("The demonstration refers to a person or thing that it has not introduced.")
}
