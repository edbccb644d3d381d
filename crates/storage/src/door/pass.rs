//! The door: facts, decision, work, audit. Every action passes through them in that order, and there is no way around.

use alongside_domain::accounts::worker::Actor;
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use alongside_domain::{At, ChildId};
use alongside_policy::{Action, Effect, Policy, Refusal, RefusalReason, Relation, Subject};

use crate::audit::activity::{Activity, What};
use crate::audit::event;
use crate::context::granted::{Granted, Leave, names_of};
use crate::context::job::Passed;
use crate::context::looks::UnseenLook;
use crate::context::store::Shared;
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::notices::suppression;
use crate::standing::actor;
use crate::standing::facts::SubjectFacts;
use crate::standing::subject;

/// One attempt to act.
pub(crate) fn pass<A: Action, T>(
    shared: &Shared,
    connection: &mut Connection,
    actor: &Actor,
    action: &A,
    work: &mut impl FnMut(&mut Granted<'_, A>) -> Result<T, Error>,
) -> Passed<T> {
    let now = shared.clock.now();
    let mut event = event::attempt(shared.ids.as_ref(), actor, action, now);
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
        Ok(leave) => {
            let mut granted = Granted::new((shared, connection), action, policy, leave, now);
            let result = work(&mut granted);
            let looked = result.is_ok() && A::VERB.effect() == Effect::Read && unseen.is_none();
            let (result, first) = match if looked { granted.first_look() } else { Ok(None) } {
                Ok(first) => (result, first),
                Err(error) => (Err(error), None),
            };
            let search = granted.hit.map(|outcome| event::search(shared.ids.as_ref(), &event, outcome));
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
    // An unknown id is decided like a known one to which no worker has a relationship.
    let exists = subject.is_some();
    let subject = subject.unwrap_or_default();
    // Store the unknown id as the child. An event without a child is stored faster, and the timing would show it.
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
