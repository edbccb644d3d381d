//! What of a recording is shown to a caller.

use alongside_domain::record::entry::Field;
use alongside_policy::{Action, EntryFacts, Facts, Permit, Verb, verb_to_view};

use crate::context::granted::Granted;

/// The parts of a recording that are granted separately.
#[derive(Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) sensitive_words: bool,
    pub(crate) unnamed_people: bool,
}

impl Sight {
    /// Everything, for the service's own use.
    pub(crate) const WHOLE: Self = Self { sensitive_words: true, unnamed_people: true };

    /// Whether nothing is cut.
    pub(crate) fn is_whole(self) -> bool {
        self.sensitive_words && self.unnamed_people
    }

    /// What both grants show.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            sensitive_words: self.sensitive_words && other.sensitive_words,
            unnamed_people: self.unnamed_people && other.unnamed_people,
        }
    }

    pub(crate) fn of<A: Action>(permit: &Permit<A>) -> Self {
        Self {
            sensitive_words: permit.grants(Field::SensitiveWords),
            unnamed_people: permit.grants(Field::UnnamedPeople),
        }
    }
}

/// How a recording appears in a list. Decided once for each combination of facts on a page, not once a row.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    Read(Sight),
    Named,
    Hidden,
}

impl Shown {
    /// What is shown where both decisions must allow it.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Hidden, _) | (_, Self::Hidden) => Self::Hidden,
            (Self::Named, _) | (_, Self::Named) => Self::Named,
            (Self::Read(one), Self::Read(other)) => Self::Read(one.and(other)),
        }
    }
}

impl<A: Action> Granted<'_, A> {
    /// The policy's answer for one recording in a list.
    pub(crate) fn shown(&self, facts: EntryFacts) -> Shown {
        // The action's decision already checked that a purpose was stated, where one is needed.
        let with_purpose = Facts { purpose_stated: true, ..*self.permit.facts() };
        let allows = |verb| self.policy().decide(verb, with_purpose.about(facts)).allowed;
        if allows(verb_to_view(facts.kind)) {
            Shown::Read(Sight {
                sensitive_words: allows(Verb::ReadSensitiveWords),
                unnamed_people: allows(Verb::ReadUnnamedPeople),
            })
        } else if allows(Verb::KnowOfEntry) {
            Shown::Named
        } else {
            Shown::Hidden
        }
    }
}
