//! The policy's answer.

use std::marker::PhantomData;
use std::sync::Arc;

use alongside_domain::Purpose;
use alongside_domain::record::entry::Field;

use crate::decision::Decision;
use crate::facts::Facts;
use crate::operation::Action;

/// Proof that the policies allow `A` on the subject that the action carries. Made by [`Policy::permit`](crate::Policy::permit) alone.
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
