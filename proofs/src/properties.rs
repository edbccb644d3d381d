//! What is proved: the promises, and that none of them holds only because the policies mean nothing.

use std::fmt;

use crate::failure::Failure;
use crate::promises::{PROMISES, Promise};
use crate::prover::Prover;

/// Something that the policies must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Property {
    /// The engine skips a policy that fails, a forbid too.
    NothingFails,
    /// A promise is kept.
    Kept(Promise),
    /// An action that is always denied would keep every promise.
    EveryActionIsOpen,
    /// A permit that covers nothing says less than its title.
    EveryPermitIsReached,
    /// A forbid that changes nothing protects nobody.
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

    /// Finds what breaks this, or nothing.
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
            Self::EveryActionIsOpen => "every action is open to somebody",
            Self::EveryPermitIsReached => "every permit can be reached",
            Self::EveryForbidMatters => "every forbid matters",
        })
    }
}
