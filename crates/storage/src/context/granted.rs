//! A grant: permission to do one action. Every query is a method of it.

use std::sync::Arc;

use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::record::entry::Field;
use alongside_domain::{At, ChildId};
use alongside_policy::{Action, Facts, Permit, Policy, Relation, Verb};
use uuid::Uuid;

use crate::context::store::Shared;
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::sealing::keys::SealKey;
use crate::standing::facts::{ActorFacts, ChildFacts, SubjectFacts};
use crate::standing::subject;

/// What was decided for an action: the permit, and the facts that it rests on.
pub(crate) type Leave<A> = (Permit<A>, ActorFacts, SubjectFacts);

/// Permission to do `A`, and nothing else, to the subject that the action names. Queries are its methods.
pub struct Granted<'a, A> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) shared: &'a Shared,
    pub(crate) action: &'a A,
    pub(crate) policy: Arc<Policy>,
    pub(crate) permit: Permit<A>,
    pub(crate) actor: ActorFacts,
    pub(crate) subject: SubjectFacts,
    pub(crate) now: At,
    /// The child whose record the action began.
    pub(crate) created: Option<ChildId>,
    /// The kind and id of what the action made, if its event is to name that.
    pub(crate) recorded: Option<(&'static str, Uuid)>,
    /// The outcome that the event records: permitted, or the outcome of a repetition.
    pub(crate) outcome: AuditOutcome,
    /// The rules and the groups of fields by which a repetition was decided.
    pub(crate) repeated_by: Option<(Vec<String>, String)>,
    /// How many numbers were compared with those of other children.
    pub(crate) compared: u32,
    /// The correction gave the record a number that others have. The outcome says whether the caller could find any.
    pub(crate) hit: Option<AuditOutcome>,
}

impl<'a, A: Action> Granted<'a, A> {
    /// The one place where a grant is made: from the policy's decision for this action.
    pub(crate) fn new(
        (shared, connection): (&'a Shared, &'a mut Connection),
        action: &'a A,
        policy: Arc<Policy>,
        (permit, actor, subject): Leave<A>,
        now: At,
    ) -> Self {
        Self {
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
        }
    }
}

/// The record of one child, opened for the caller. It is made in three places: for the grant's own subject, for a row
/// that the policy confirmed, and for a new record. So a key is used for no other child.
pub(crate) struct OpenRecord {
    child: ChildId,
    key: SealKey,
    relation: Relation,
}

impl OpenRecord {
    pub(crate) fn child(&self) -> ChildId {
        self.child
    }

    pub(crate) fn key(&self) -> &SealKey {
        &self.key
    }

    /// The caller's relationship to the child.
    pub(crate) fn relation(&self) -> Relation {
        self.relation
    }
}

impl<A: Action> Granted<'_, A> {
    /// The record of the grant's own subject.
    pub(crate) fn opened(&self) -> Result<OpenRecord, Error> {
        self.open(&self.subject)
    }

    /// The record of one row of a list, if the policy allows `verb` for that row too.
    pub(crate) fn confirm_row(&self, verb: Verb, subject: &SubjectFacts) -> Result<Option<OpenRecord>, Error> {
        let facts = Facts { relation: subject.relation, entry: subject.entry_facts, ..*self.permit.facts() };
        if self.policy.decide(verb, facts).allowed { self.open(subject).map(Some) } else { Ok(None) }
    }

    /// A new record, with its key as it is stored.
    pub(crate) fn open_new(&self, child: ChildId) -> Result<(OpenRecord, Vec<u8>), Error> {
        let (key, sealed) = self.shared.keys.new_child_key(child.0)?;
        Ok((OpenRecord { child, key, relation: Relation::default() }, sealed))
    }

    fn open(&self, subject: &SubjectFacts) -> Result<OpenRecord, Error> {
        let child = subject.child.as_ref().ok_or(Error::Corrupt("the action concerns no child"))?;
        let sealed = child.key_sealed.as_deref().ok_or(Error::Corrupt("the key of the record was destroyed"))?;
        let key = self.shared.keys.child_key(child.id.0, sealed)?;
        Ok(OpenRecord { child: child.id, key, relation: subject.relation })
    }

    /// The child the action concerns.
    pub(crate) fn child_facts(&self) -> Result<&ChildFacts, Error> {
        self.subject.child.as_ref().ok_or(Error::Corrupt("the action concerns no child"))
    }

    /// The key that opens the child's record: used only behind a permit.
    pub(crate) fn child_key(&self) -> Result<SealKey, Error> {
        self.opened().map(|record| record.key)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Reads what an earlier request of the caller made, if the rules allow `action` now, decided as for a GET. The
    /// response for a hidden subject is the one for an unknown id.
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
                let (connection, policy) = (&mut *self.connection, Arc::clone(&self.policy));
                look(&mut Granted::new(
                    (self.shared, connection),
                    action,
                    policy,
                    (permit, self.actor, subject),
                    self.now,
                ))
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

pub(crate) fn names_of(fields: &[Field]) -> String {
    fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(",")
}
