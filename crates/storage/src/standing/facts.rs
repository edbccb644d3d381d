//! What a decision needs to know of a caller and of a subject. Facts, never the content of a record.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Roles;
use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_domain::{AgencyId, ChildId, Version, WorkerId};
use alongside_policy::{EntryFacts, Facts, Relation, SecondFactor};

/// The caller, as the database has them now.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub(crate) struct ActorFacts {
    pub(crate) worker: WorkerId,
    pub(crate) agency: AgencyId,
    pub(crate) sector: Sector,
    pub(crate) roles: Roles,
    pub(crate) may_act: bool,
    pub(crate) own_password: bool,
    pub(crate) second_factor: SecondFactor,
    pub(crate) front_door: bool,
    /// They read unusually much today, and no colleague has confirmed it.
    pub(crate) over_volume: bool,
}

impl ActorFacts {
    pub(crate) fn facts(&self, subject: &SubjectFacts) -> Facts {
        Facts {
            roles: self.roles,
            sector: self.sector,
            may_act: self.may_act,
            own_password: self.own_password,
            second_factor: self.second_factor,
            front_door: self.front_door,
            over_volume: self.over_volume,
            relation: subject.relation,
            entry: subject.entry_facts,
            purpose_stated: false,
            reason_given: false,
        }
    }
}

/// The child an action is about, with the sealed key that opens the record once a permit is given.
#[derive(Debug, Clone)]
pub(crate) struct ChildFacts {
    pub(crate) id: ChildId,
    pub(crate) agency: AgencyId,
    pub(crate) version: Version,
    pub(crate) key_sealed: Option<Vec<u8>>,
    /// The record has partner information.
    pub(crate) has_partner_information: bool,
}

/// The recording an action is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryHeadFacts {
    pub(crate) kind: EntryKind,
    pub(crate) agency: AgencyId,
    pub(crate) segment: Segment,
}

/// What an action is about, as far as a decision needs it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubjectFacts {
    pub(crate) child: Option<ChildFacts>,
    pub(crate) entry: Option<EntryHeadFacts>,
    pub(crate) entry_facts: Option<EntryFacts>,
    pub(crate) relation: Relation,
    /// A worker of another agency is allocated to the child.
    pub(crate) others_in_charge: bool,
}

impl SubjectFacts {
    pub(crate) fn with(self, more: impl FnOnce(Relation) -> Relation) -> Self {
        Self { relation: more(self.relation), ..self }
    }
}
