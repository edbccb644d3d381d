//! The policy's answer.

use std::marker::PhantomData;
use std::sync::Arc;

use alongside_domain::Purpose;
use alongside_domain::record::entry::Field;

use crate::decision::Decision;
use crate::facts::Facts;
use crate::operation::Action;

/// Proof that the policies allow `A` on the subject of the action. Only [`Policy::permit`](crate::Policy::permit) makes
/// one.
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

    /// The facts that the decision was made from.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

/// What a refused actor may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// Nothing. The response is the same as for a subject that does not exist.
    Hidden,
    /// That a stated purpose would allow the request.
    PurposeNeeded,
    /// That the subject exists, and which agency to ask.
    Withheld,
    /// That they may read the subject but not do this to it.
    NotYours,
}

/// The policies refused the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the actor may learn.
    pub reason: RefusalReason,
    /// The policies that forbade it. Empty if no policy permitted it.
    pub policies: Vec<String>,
}
