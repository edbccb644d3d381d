//! The door: facts, decision, work, audit. In that order, for every action, with no way around.

use std::sync::Arc;

use alongside_domain::accounts::worker::Actor;
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use alongside_domain::record::entry::Field;
use alongside_domain::{At, AuditEventId, ChildId};
use alongside_policy::{Action, Effect, Permit, Policy, Refusal, RefusalReason, Relation, Subject, Verb};
use diesel::result::Error as Failure;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::audit::activity::{Activity, What};
use crate::context::lanes::{Job, Ran, WriteJob};
use crate::context::store::Shared;
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::notices::notice::FirstLook;
use crate::notices::suppression::{self, UnseenLook};
use crate::sealing::keys::SealKey;
use crate::standing::actor::{self, ActorFacts};
use crate::standing::subject::{self, ChildFacts, SubjectFacts};

/// Leave to do `A`, and nothing else, to the subject that the action names. Queries are its methods.
pub struct Granted<'a, A> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) shared: &'a Shared,
    pub(crate) action: &'a A,
    pub(crate) policy: Arc<Policy>,
    pub(crate) permit: Permit<A>,
    pub(crate) actor: ActorFacts,
    pub(crate) subject: SubjectFacts,
    pub(crate) now: At,
    /// The child that an action brought into being.
    pub(crate) created: Option<ChildId>,
    /// What an action brought into being, where its event is to name that: the kind and the id.
    pub(crate) recorded: Option<(&'static str, Uuid)>,
    /// What the event says of an action that is done: permitted, or a repetition and what came of it.
    pub(crate) outcome: AuditOutcome,
    /// The rules and the groups of fields by which a repetition was decided.
    pub(crate) repeated_by: Option<(Vec<String>, String)>,
    /// How many numbers were compared with those of other children.
    pub(crate) compared: u32,
    /// A correction gave the record a number that others have: some whom the actor could find, or none.
    pub(crate) hit: Option<AuditOutcome>,
}

impl<A: Action> Granted<'_, A> {
    /// The child the action concerns.
    pub(crate) fn child_facts(&self) -> Result<&ChildFacts, Error> {
        self.subject.child.as_ref().ok_or(Error::Corrupt("the action concerns no child"))
    }

    /// The key that opens the child's record: used only behind a permit.
    pub(crate) fn child_key(&self) -> Result<SealKey, Error> {
        let child = self.child_facts()?;
        let sealed = child.key_sealed.as_deref().ok_or(Error::Corrupt("the key of the record was destroyed"))?;
        self.shared.keys.child_key(child.id.0, sealed)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Looks at what an earlier request of the actor made, if the rules allow `action` now: decided as the door decides
    /// a GET. What may not be seen is answered like what is not there.
    pub(crate) fn look_again<V: Action, T>(
        &mut self,
        action: &V,
        look: impl FnOnce(&mut Granted<'_, V>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let known = subject::subject(self.connection, &self.actor, action.subject(), self.now)?;
        let exists = known.is_some();
        let subject = known.unwrap_or_default();
        match self.policy.permit(action, self.actor.facts(&subject)) {
            Ok(permit) if exists => {
                self.repeated_by = Some((permit.policies().to_vec(), names_of(permit.fields())));
                look(&mut Granted {
                    connection: &mut *self.connection,
                    shared: self.shared,
                    action,
                    policy: Arc::clone(&self.policy),
                    permit,
                    actor: self.actor,
                    subject,
                    now: self.now,
                    created: None,
                    recorded: None,
                    outcome: AuditOutcome::Permitted,
                    repeated_by: None,
                    compared: 0,
                    hit: None,
                })
            }
            answer => {
                let policies = answer.err().map(|refusal| refusal.policies).unwrap_or_default();
                self.repeated_by = Some((policies, String::new()));
                self.outcome = AuditOutcome::Refused;
                Err(Error::Unknown)
            }
        }
    }
}

fn names_of(fields: &[Field]) -> String {
    fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(",")
}

/// What came of an attempt, and the event that tells of it.
pub(crate) struct Passed<T> {
    pub(crate) result: Result<T, Error>,
    pub(crate) event: Option<AuditEvent>,
    /// The event of a search that the attempt amounted to.
    pub(crate) search: Option<AuditEvent>,
    /// What is counted of it.
    pub(crate) activity: Option<Activity>,
    /// What a look tells others of; a change writes its notices itself.
    pub(crate) first: Option<FirstLook>,
    /// The mark of a look of which nobody is told.
    pub(crate) unseen: Option<UnseenLook>,
}

impl<T> Passed<T> {
    pub(crate) fn of(result: Result<T, Error>, event: Option<AuditEvent>) -> Self {
        Self { result, event, search: None, activity: None, first: None, unseen: None }
    }
}

/// One attempt to act.
pub(crate) fn pass<A: Action, T>(
    shared: &Shared,
    connection: &mut Connection,
    actor: &Actor,
    action: &A,
    work: &mut impl FnMut(&mut Granted<'_, A>) -> Result<T, Error>,
) -> Passed<T> {
    let now = shared.clock.now();
    let mut event = blank_event(shared, actor, action, now);
    let (policy, mut unseen) = (shared.policy(), None);
    match decide(&policy, connection, actor, action, now, (&mut event, &mut unseen)) {
        Err(error @ (Error::Database(_) | Error::Corrupt(_))) => Passed::of(Err(error), None),
        Err(refusal) => {
            event.outcome = AuditOutcome::Refused;
            let result = Err(refusal);
            let activity = What::of(action, &event, &result, 0)
                .and_then(|what| Activity::of(&shared.watch, &policy, &event, what, Relation::default()));
            Passed { activity, unseen, ..Passed::of(result, Some(event)) }
        }
        Ok((permit, actor, subject)) => {
            let mut granted = Granted {
                connection,
                shared,
                action,
                policy,
                permit,
                actor,
                subject,
                now,
                created: None,
                recorded: None,
                outcome: AuditOutcome::Permitted,
                repeated_by: None,
                compared: 0,
                hit: None,
            };
            let result = work(&mut granted);
            let looked = result.is_ok() && A::VERB.effect() == Effect::Read && unseen.is_none();
            let (result, first) = match if looked { granted.first_look() } else { Ok(None) } {
                Ok(first) => (result, first),
                Err(error) => (Err(error), None),
            };
            let search = granted.hit.map(|outcome| search_event(shared, &event, outcome));
            event.child_id = event.child_id.or(granted.created);
            if let Some((kind, id)) = granted.recorded {
                (event.subject_kind, event.subject_id) = (kind.to_owned(), Some(id));
            }
            if let Some((policies, fields)) = granted.repeated_by {
                (event.policies, event.fields) = (policies.join(","), fields);
            }
            event.outcome = match (&result, granted.outcome) {
                (Ok(_), outcome) => outcome,
                (Err(_), AuditOutcome::Refused) => AuditOutcome::Refused,
                (Err(_), _) => AuditOutcome::Failed,
            };
            let repeated = granted.outcome != AuditOutcome::Permitted;
            let what = What::of(action, &event, &result, granted.compared).filter(|_| !repeated);
            let relation = granted.subject.relation;
            let activity = what.and_then(|what| Activity::of(&shared.watch, &granted.policy, &event, what, relation));
            Passed { result, event: Some(event), search, activity, first, unseen }
        }
    }
}

fn blank_event<A: Action>(shared: &Shared, actor: &Actor, action: &A, now: At) -> AuditEvent {
    let (subject_kind, subject_id) = named(action.subject());
    AuditEvent {
        id: AuditEventId(shared.ids.next(now)),
        at: now,
        worker_id: Some(actor.worker),
        agency_id: None,
        roles: String::new(),
        session_id: Some(actor.session),
        action: A::VERB.as_str().to_owned(),
        subject_kind: subject_kind.to_owned(),
        subject_id,
        child_id: None,
        purpose: action.purpose(),
        policies: String::new(),
        fields: String::new(),
        outcome: AuditOutcome::Refused,
        request_id: actor.request,
    }
}

/// The event of a search that found what the actor wrote on another record. It names no child, as that of a search does
/// not: whoever reads the access history of one of them must not learn of the other.
fn search_event(shared: &Shared, of: &AuditEvent, outcome: AuditOutcome) -> AuditEvent {
    AuditEvent {
        id: AuditEventId(shared.ids.next(of.at)),
        action: Verb::SearchChildren.as_str().to_owned(),
        subject_kind: "partnership".to_owned(),
        subject_id: None,
        child_id: None,
        purpose: None,
        fields: String::new(),
        outcome,
        ..of.clone()
    }
}

/// How a subject stands in an event or a notice: its kind and its id.
pub(crate) fn named(subject: Subject) -> (&'static str, Option<Uuid>) {
    match subject {
        Subject::Partnership => ("partnership", None),
        Subject::Child(id) | Subject::ChildInEmergency(id) => ("child", Some(id.0)),
        Subject::Entry(id) => ("entry", Some(id.0)),
        Subject::DisclosureRequest(id) => ("disclosure_request", Some(id.0)),
        Subject::SanitisedLine(id) => ("sanitised_line", Some(id.0)),
        Subject::Involvement(id) => ("involvement", Some(id.0)),
        Subject::ChildAndWorker(_, worker) | Subject::OnFrontDoor(worker) => ("worker", Some(worker.0)),
        Subject::Agency(id) => ("agency", Some(id.0)),
        Subject::Worker(id) | Subject::Colleague(id) => ("worker", Some(id.0)),
        Subject::Emergency(id) => ("emergency", Some(id.0)),
        Subject::Suppression(id) => ("suppression", Some(id.0)),
        Subject::Proposal(id) => ("proposal", Some(id.0)),
        Subject::RoleGrant(id) => ("role_grant", Some(id.0)),
        Subject::FrontDoorDuty(id) => ("front_door_duty", Some(id.0)),
        Subject::Notice(id) => ("notice", Some(id.0)),
        Subject::Session(id) => ("session", Some(id.0)),
    }
}

type Leave<A> = (Permit<A>, ActorFacts, SubjectFacts);

fn decide<A: Action>(
    policy: &Policy,
    connection: &mut Connection,
    actor: &Actor,
    action: &A,
    now: At,
    (event, unseen): (&mut AuditEvent, &mut Option<UnseenLook>),
) -> Result<Leave<A>, Error> {
    let actor = actor::actor(connection, actor, now)?.ok_or(Error::SignedOut)?;
    event.agency_id = Some(actor.agency);
    event.roles = actor.roles.to_text();
    if actor.may_act && policy.needs_own_password(A::VERB, actor.own_password) {
        return Err(Error::OwnPasswordNeeded);
    }
    if actor.may_act && policy.needs_second_factor(A::VERB, actor.second_factor) {
        return Err(Error::SecondFactorNeeded);
    }
    let subject = subject::subject(connection, &actor, action.subject(), now)?;
    // An unknown id is asked about like a known one to which nobody has a relationship.
    let exists = subject.is_some();
    let subject = subject.unwrap_or_default();
    // An id of nothing stands as the child too: an event without one is stored faster, and time would tell.
    let asked = match action.subject() {
        Subject::ChildAndWorker(child, _) => Some(child),
        _ => event.subject_id.filter(|_| A::VERB.is_about_children()).map(ChildId),
    };
    event.child_id = subject.child.as_ref().map(|child| child.id).or(asked);
    if !actor.may_act {
        return Err(Error::SignedOut);
    }
    let answer = policy.permit(action, actor.facts(&subject));
    if A::VERB.effect() == Effect::Read && suppression::covers(connection, &actor, &subject, now)? {
        *unseen = UnseenLook::of(event);
    }
    if let Err(refusal) = &answer
        && policy.waits(A::VERB, actor.over_volume)
    {
        event.policies = refusal.policies.join(",");
        return Err(Error::ConfirmationNeeded);
    }
    if !exists {
        return Err(Error::Unknown);
    }
    match answer {
        Ok(permit) => {
            event.policies = permit.policies().join(",");
            event.purpose = permit.purpose();
            event.fields = names_of(permit.fields());
            Ok((permit, actor, subject))
        }
        Err(refusal) => {
            event.policies = refusal.policies.join(",");
            Err(refused(&refusal, &subject))
        }
    }
}

fn refused(refusal: &Refusal, subject: &SubjectFacts) -> Error {
    match (refusal.reason, subject.entry) {
        (RefusalReason::PurposeNeeded, _) => Error::PurposeNeeded,
        (RefusalReason::NotYours, _) => Error::NotYours,
        (RefusalReason::Withheld, Some(entry)) => {
            Error::Withheld { kind: entry.kind, segment: entry.segment, agency: entry.agency }
        }
        _ => Error::Unknown,
    }
}

/// A change on its way through the writer.
pub(crate) struct Change<F, T> {
    pub(crate) run: F,
    pub(crate) result: Option<Result<T, Error>>,
    pub(crate) reply: oneshot::Sender<Result<T, Error>>,
}

impl<F: Send, T: Send> Job for Change<F, T> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

impl<F, T> WriteJob for Change<F, T>
where
    F: FnMut(&mut Connection) -> Passed<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        let Passed { result, event, search, activity, .. } = (self.run)(connection);
        match result {
            // The statement failed: the savepoint decides whether it is tried again.
            Err(Error::Database(failure)) => Err(failure),
            result => {
                let undo = result.is_err();
                self.result = Some(result);
                Ok(Ran { undo, events: event.into_iter().chain(search).collect(), activity })
            }
        }
    }

    fn settle(self: Box<Self>, durable: Result<(), Error>) {
        let result = self.result.unwrap_or(Err(Error::Unavailable));
        // Nobody waits any more when the client has gone away; what was done stays done.
        let _ = self.reply.send(durable.and(result));
    }
}

/// The audit event of a read whose answer waits for it.
pub(crate) struct Trace {
    pub(crate) event: AuditEvent,
    pub(crate) activity: Option<Activity>,
    pub(crate) first: Option<FirstLook>,
    pub(crate) unseen: Option<UnseenLook>,
    /// The answer waits for a confirmation.
    pub(crate) withheld: bool,
    pub(crate) reply: oneshot::Sender<Result<(), Error>>,
}

impl Job for Trace {
    /// A decision leaves its event, whoever still waits for the answer.
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl WriteJob for Trace {
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        self.withheld = false;
        if let Some(first) = &self.first {
            first.write(connection)?;
        }
        if let Some(unseen) = self.unseen {
            unseen.write(connection)?;
        }
        Ok(Ran { undo: false, events: vec![self.event.clone()], activity: self.activity.clone() })
    }

    fn changes(&self) -> bool {
        self.first.as_ref().is_some_and(FirstLook::tells) || self.unseen.is_some()
    }

    fn withhold(&mut self) -> bool {
        self.withheld = true;
        true
    }

    fn settle(self: Box<Self>, durable: Result<(), Error>) {
        // What was withheld is looked at again: remembered, it would be shown to a request that was decided before.
        if let (Some(activity), Ok(()), false) = (&self.activity, &durable, self.withheld) {
            activity.remember();
        }
        if let (Some(first), Ok(())) = (self.first, &durable) {
            // Whoever is in charge may be nobody who can be told now, and somebody later today.
            if first.tells() {
                first.remember();
            }
        }
        let shown = if self.withheld { Err(Error::ConfirmationNeeded) } else { Ok(()) };
        let _ = self.reply.send(durable.and(shown));
    }
}
