//! The policy's answer.

use std::marker::PhantomData;
use std::sync::Arc;

use alongside_domain::Purpose;
use alongside_domain::record::entry::Field;

use crate::Policy;
use crate::action::{Action, Verb};
use crate::engine::Decision;
use crate::facts::{EntryFacts, Facts, Relation};

/// Proof that the policies allow `A` on the subject that the action carries. Made by [`Policy::permit`] alone.
#[must_use]
#[derive(Debug)]
pub struct Permit<A> {
    pub(crate) decision: Arc<Decision>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) facts: Facts,
    pub(crate) fields: Vec<Field>,
    pub(crate) action: PhantomData<fn() -> A>,
}

impl<A: Action> Permit<A> {
    /// The policies that decided.
    pub fn policies(&self) -> &[String] {
        &self.decision.policies
    }

    /// The purpose that was stated or assumed.
    pub fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// The groups of fields that are granted.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether a group of fields is granted.
    pub fn grants(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }

    /// The facts the decision was made from.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether the actor of this permit may also do `verb` to a child to whom they stand as `relation` says:
    /// how search results are cut.
    pub fn allows_for(&self, policy: &Policy, verb: Verb, relation: Relation) -> bool {
        policy.decide(verb, Facts { relation, ..self.facts }).allowed
    }

    /// Whether the actor of this permit may also do `verb` to a recording of a child to whom they stand as `relation`
    /// says: how lists across children are confirmed.
    pub fn allows_of(&self, policy: &Policy, verb: Verb, relation: Relation, entry: EntryFacts) -> bool {
        policy.decide(verb, Facts { relation, ..self.facts }.about(entry)).allowed
    }

    /// Whether the actor of this permit may also do `verb` to another recording of the same child: how
    /// lists are confirmed.
    pub fn allows_also(&self, policy: &Policy, verb: Verb, entry: EntryFacts) -> bool {
        policy.decide(verb, self.facts.about(entry)).allowed
    }
}

/// What a refused actor may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// Nothing: the subject does not exist as far as they are concerned.
    Hidden,
    /// They would be allowed had they said why they look.
    PurposeNeeded,
    /// They may know that it exists, and whom to ask.
    Withheld,
    /// They may read it; doing this to it is for others.
    NotYours,
}

/// No permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the actor may learn.
    pub reason: RefusalReason,
    /// The policies that forbade it; none where none permitted it.
    pub policies: Vec<String>,
}
