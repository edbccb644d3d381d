//! The actions of the workers in the demonstration, step by step.

use alongside_domain::access::involvement::{InvolvementKind, NewInvolvement};
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Actor;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::contact::Contact;
use alongside_domain::record::entry::{Amendment, New, Segment};
use alongside_domain::record::observation::Observation;
use alongside_domain::statutory::front_door::NewFrontDoorDuty;
use alongside_domain::statutory::referral::{Decision, DecisionKind, Outcome, Referral};
use alongside_domain::{EntryId, Purpose, Version, WorkerId};
use alongside_policy::action::{
    Amend, ConcludeReferral, CreateChild, DecideReferral, GiveFrontDoorDuty, Record, StartInvolvement, View,
};
use alongside_storage::Error;
use chrono::Duration;

use super::confidences::kept;
use super::recordings;
use super::script::{Event, Life, Part, ReferralEvent, ScriptDecision};
use super::seed::{Seeder, known, missing};
use crate::failure::Failure;

/// How long the team is involved before the involvement is reviewed, in days.
const INVOLVED_FOR: Duration = Duration::days(365);
/// How long a front-door duty lasts in the stories.
const SHIFT: Duration = Duration::hours(8);

impl Seeder<'_> {
    pub(super) async fn begin_record(&mut self, index: usize, life: &Life) -> Result<(), Failure> {
        let actor = self.actor(life, Part::SocialWorker).await?;
        let new = recordings::child(&life.child);
        let child =
            self.store.act(&actor, CreateChild {}, move |granted| granted.create(&new, &mut |_| Ok(()))).await?.id;
        self.told.get_mut(index).ok_or_else(missing)?.child = Some(child);
        self.involve_team(index, life, "Named for this child by their agency; part of the plan from the start.").await
    }

    pub(super) async fn involve_team(&mut self, index: usize, life: &Life, reason: &str) -> Result<(), Failure> {
        let child = self.child(index)?;
        let actor = self.actor(life, Part::SocialWorker).await?;
        let manager = self.overseer(Sector::SocialCare, actor.worker).await?;
        // Workers cannot involve themselves: the manager allocates the social worker, who brings in the others.
        let team = [
            (&manager, Part::SocialWorker, InvolvementKind::Allocated),
            (&actor, Part::Police, InvolvementKind::Team),
            (&actor, Part::Nurse, InvolvementKind::Team),
        ];
        let ends_at = self.store.now() + INVOLVED_FOR;
        for (by, part, kind) in team {
            let worker_id = known(&self.workers, life.worker(part))?;
            let new = NewInvolvement { worker_id, kind, ends_at, reason: reason.to_owned() };
            let action = StartInvolvement { child, worker: worker_id };
            self.store.act(by, action, move |granted| granted.start(&new)).await?;
        }
        Ok(())
    }

    /// A supervisor or safeguarding lead of the agency other than the worker, with a current session.
    async fn overseer(&mut self, sector: Sector, of: WorkerId) -> Result<Actor, Failure> {
        let overseers = self.overseers.get(&sector).ok_or_else(missing)?;
        let other = overseers.iter().copied().find(|overseer| *overseer != of).ok_or_else(missing)?;
        self.actor_of(other).await
    }

    /// A supervisor or safeguarding lead puts the worker on front-door duty.
    pub(super) async fn put_on_front_door(
        &mut self,
        sector: Sector,
        worker: WorkerId,
        for_time: Duration,
    ) -> Result<(), Failure> {
        let by = self.overseer(sector, worker).await?;
        let new = NewFrontDoorDuty { worker_id: worker, starts_at: None, ends_at: self.store.now() + for_time };
        let action = GiveFrontDoorDuty { worker };
        self.store.act(&by, action, move |granted| granted.give_duty(&new)).await?;
        Ok(())
    }

    pub(super) async fn record(&mut self, index: usize, life: &Life, number: usize) -> Result<(), Failure> {
        let event = life.events.get(number).ok_or_else(missing)?;
        let child = self.child(index)?;
        let actor = self.actor(life, event.by()).await?;
        let now = self.store.now();
        let (confidence, reader) = (event.confidence(), |part| self.reader(life, part));
        let entry = match event {
            Event::Concern(event) => {
                let new = kept(recordings::concern(event, now), confidence, reader)?;
                let action = Record::<Concern>::new(child);
                let entry = self.store.act(&actor, action, move |granted| granted.record(&new)).await?.head.id;
                if event.segment == Segment::Shared {
                    self.told.get_mut(index).ok_or_else(missing)?.shared_concerns.push(entry);
                }
                entry
            }
            Event::Observation(event) => {
                let new = kept(recordings::observation(event, now), confidence, reader)?;
                let action = Record::<Observation>::new(child);
                self.store.act(&actor, action, move |granted| granted.record(&new)).await?.head.id
            }
            Event::Contact(event) => {
                let new = kept(recordings::contact(event, now), confidence, reader)?;
                let action = Record::<Contact>::new(child);
                self.store.act(&actor, action, move |granted| granted.record(&new)).await?.head.id
            }
            Event::Referral(event) => {
                let to = known(&self.agencies, &event.to)?;
                let concerns = self.told.get(index).ok_or_else(missing)?.shared_concerns.clone();
                let new = recordings::referral(event, to, concerns, now);
                let action = Record::<Referral>::new(child);
                self.store.act(&actor, action, move |granted| granted.refer(&new)).await?.referral.head.id
            }
        };
        self.told.get_mut(index).ok_or_else(missing)?.entries.insert(number, entry);
        Ok(())
    }

    pub(super) async fn decide(&mut self, index: usize, life: &Life, number: usize) -> Result<(), Failure> {
        let event = referral_of(life, number)?;
        let referral = self.entry(index, number)?;
        let actor = self.actor(life, receiver(event.to)?).await?;
        self.put_on_front_door(event.to, actor.worker, SHIFT).await?;
        let decision = match event.decision {
            ScriptDecision::Accept => DecisionKind::Accept,
            ScriptDecision::Decline | ScriptDecision::None => DecisionKind::Decline,
        };
        let decision = Decision { decision, reason: event.decision_reason.clone() };
        let version = self.read_referral(&actor, referral).await?;
        let action = DecideReferral { referral };
        self.store.act(&actor, action, move |granted| granted.decide(version, &decision)).await?;
        Ok(())
    }

    pub(super) async fn conclude(&mut self, index: usize, life: &Life, number: usize) -> Result<(), Failure> {
        let event = referral_of(life, number)?;
        let referral = self.entry(index, number)?;
        let actor = self.actor(life, receiver(event.to)?).await?;
        let outcome = Outcome { outcome: event.outcome.clone().unwrap_or_default() };
        let version = self.read_referral(&actor, referral).await?;
        let action = ConcludeReferral { referral };
        self.store.act(&actor, action, move |granted| granted.conclude(version, &outcome)).await?;
        Ok(())
    }

    async fn read_referral(&self, actor: &Actor, referral: EntryId) -> Result<Version, Error> {
        let look = View::<Referral>::new(referral, Some(Purpose::Referral));
        self.store.act(actor, look, |granted| Ok(granted.referral()?.referral.head.version)).await
    }

    pub(super) async fn tell_of_promises(&mut self, index: usize, life: &Life, number: usize) -> Result<(), Failure> {
        let Some(Event::Contact(event)) = life.events.get(number) else {
            return Err(missing());
        };
        let entry = self.entry(index, number)?;
        let actor = self.actor(life, event.by).await?;
        let look = View::<Contact>::new(entry, Some(Purpose::RecordKeeping));
        let stands = self.store.act(&actor, look, |granted| granted.entry(None)).await?;
        let as_recorded = recordings::contact(event, stands.head.recorded_at);
        let as_recorded = kept(as_recorded, event.confidence.as_ref(), |part| self.reader(life, part))?;
        let corrected = recordings::promises_told(event, New { occurred: stands.head.occurred, ..as_recorded });
        let because = "The promises are due; this records whether they were kept.".to_owned();
        let amendment = Amendment { because, corrected };
        let version = stands.head.version;
        let action = Amend::<Contact>::new(entry);
        self.store.act(&actor, action, move |granted| granted.amend(version, &amendment)).await?;
        Ok(())
    }
}

fn referral_of(life: &Life, number: usize) -> Result<&ReferralEvent, Failure> {
    match life.events.get(number) {
        Some(Event::Referral(event)) => Ok(event),
        _ => Err(missing()),
    }
}

/// The member of the child's team who answers for an agency of this field.
fn receiver(sector: Sector) -> Result<Part, Failure> {
    match sector {
        Sector::SocialCare => Ok(Part::SocialWorker),
        Sector::Police => Ok(Part::Police),
        Sector::Health => Ok(Part::Nurse),
        Sector::Education | Sector::Other => Err(missing()),
    }
}
