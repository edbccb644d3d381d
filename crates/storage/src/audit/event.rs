//! Audit events: how one is made, and how it names its subject.

use alongside_domain::accounts::worker::Actor;
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use alongside_domain::{At, AuditEventId, IdSource, SessionId, WorkerId};
use alongside_policy::{Action, Subject, Verb};
use uuid::Uuid;

/// The event of an attempt to act, refused until it is permitted.
pub(crate) fn attempt<A: Action>(ids: &dyn IdSource, actor: &Actor, action: &A, now: At) -> AuditEvent {
    let (subject_kind, subject_id) = named(action.subject());
    AuditEvent {
        id: AuditEventId(ids.next(now)),
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

/// The event of an act without a signed-in caller, such as signing in. Refused until it is permitted.
pub(crate) fn without_actor(
    ids: &dyn IdSource,
    now: At,
    action: &str,
    worker: Option<WorkerId>,
    session: Option<SessionId>,
    request: Uuid,
) -> AuditEvent {
    AuditEvent {
        id: AuditEventId(ids.next(now)),
        at: now,
        worker_id: worker,
        agency_id: None,
        roles: String::new(),
        session_id: session,
        action: action.to_owned(),
        subject_kind: "session".to_owned(),
        subject_id: session.map(|session| session.0),
        child_id: None,
        purpose: None,
        policies: String::new(),
        fields: String::new(),
        outcome: AuditOutcome::Refused,
        request_id: request,
    }
}

/// The event of a search that found a number on another record that the caller may see. Like the event of any search,
/// it names no child: a reader of one child's access history must not learn about the other child.
pub(crate) fn search(ids: &dyn IdSource, of: &AuditEvent, outcome: AuditOutcome) -> AuditEvent {
    AuditEvent {
        id: AuditEventId(ids.next(of.at)),
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

/// How an event or a notice names a subject: its kind and its id.
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
