//! What is proved: the promises, and that none of them holds only because the policies have no effect.

use std::fmt;

use crate::failure::Failure;
use crate::promises::{PROMISES, Promise};
use crate::prover::Prover;

/// A property that the policies must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Property {
    /// No policy fails. The engine would skip it, even a forbid.
    NothingFails,
    /// A promise is kept.
    Kept(Promise),
    /// Every action is open to a worker. One that is always denied would keep every promise.
    EveryActionIsOpen,
    /// Every permit can allow a request. One that cannot does not do what its title says.
    EveryPermitIsReached,
    /// Every forbid changes a decision. One that changes nothing protects no one.
    EveryForbidMatters,
}

impl Property {
    /// Everything that is proved, in this order.
    pub(crate) fn all() -> Vec<Self> {
        let kept = PROMISES.iter().copied().map(Self::Kept);
        std::iter::once(Self::NothingFails)
            .chain(kept)
            .chain([Self::EveryActionIsOpen, Self::EveryPermitIsReached, Self::EveryForbidMatters])
            .collect()
    }

    /// Fails with what breaks this property, if anything does.
    pub(crate) fn prove(&self, prover: &mut Prover<'_>) -> Result<(), Failure> {
        match self {
            Self::NothingFails => prover.nothing_fails(),
            Self::Kept(promise) => prover.kept(promise),
            Self::EveryActionIsOpen => prover.every_action_is_open(),
            Self::EveryPermitIsReached => prover.every_permit_is_reached(),
            Self::EveryForbidMatters => prover.every_forbid_matters(),
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingFails => "no policy can fail",
            Self::Kept(promise) => promise.title,
            Self::EveryActionIsOpen => "every action is open to at least one worker",
            Self::EveryPermitIsReached => "every permit can allow a request",
            Self::EveryForbidMatters => "every forbid matters",
        })
    }
}
