//! What a decision depends on, and nothing else: no ids, no names. Equal facts get equal decisions.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::{Role, Roles};
use alongside_domain::record::entry::{EntryKind, Segment};

/// How the actor stands to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub struct Relation {
    /// They, or somebody close to them, are part of the child's story.
    pub conflict: bool,
    /// How far the record is closed.
    pub restriction: Restriction,
    /// They are one of the people for whom a closed record is open.
    pub listed: bool,
    /// They have emergency access to this child now.
    pub emergency: bool,
    /// A review of an emergency access of theirs is overdue, and no supervisor co-signed this one.
    pub review_overdue: bool,
    /// In charge of their agency's work with the child.
    pub allocated: bool,
    /// In the team around the child.
    pub team: bool,
    /// On duty for the child's agency, for a shift.
    pub duty: bool,
    /// Invited to a meeting about the child.
    pub meeting: bool,
    /// Looking for the child, who is missing.
    pub responder: bool,
    /// Examining this record in an audit of cases.
    pub audit_case: bool,
    /// Somebody of their agency is allocated or in the team.
    pub agency_involved: bool,
    /// Their agency has a referral about the child that waits for its answer.
    pub agency_receiving: bool,
    /// The worker, the involvement or the notices held back in question are of their own agency.
    pub colleague: bool,
    /// It is their own: their involvement, their emergency access, their proposal, an account that they could get into.
    pub own: bool,
    /// They manage, or are managed by, whoever it is about.
    pub in_line: bool,
    /// The role that is proposed, where it is about a proposal.
    pub proposed_role: Option<Role>,
}

/// What matters of one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub struct EntryFacts {
    /// Its kind.
    pub kind: EntryKind,
    /// Whose confidence it is kept in.
    pub segment: Segment,
    /// The actor's agency recorded it.
    pub own_agency: bool,
    /// The actor wrote it.
    pub author: bool,
    /// It is kept for named people, and the actor is one of them.
    pub named: bool,
    /// The holder granted the actor's request to read it.
    pub released: bool,
    /// It is a referral that the actor's agency sent.
    pub sent_by_my_agency: bool,
    /// It is a referral to the actor's agency.
    pub sent_to_my_agency: bool,
    /// It is a concern that goes with a referral to the actor's agency, shared or kept as it was sent.
    pub attached_to_referral: bool,
}

impl EntryFacts {
    /// A recording of another agency with which the actor has nothing to do.
    pub const fn of(kind: EntryKind, segment: Segment) -> Self {
        Self {
            kind,
            segment,
            own_agency: false,
            author: false,
            named: false,
            released: false,
            sent_by_my_agency: false,
            sent_to_my_agency: false,
            attached_to_referral: false,
        }
    }
}

/// How far a session is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SecondFactor {
    /// By a password alone.
    #[default]
    Missing,
    /// By a second factor, when the session began or since.
    Proved,
    /// By a second factor, in the last five minutes.
    Fresh,
}

/// Everything a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub struct Facts {
    /// The actor's roles.
    pub roles: Roles,
    /// The field of the actor's agency.
    pub sector: Sector,
    /// The account is active, the session runs, the agency is in the sharing agreement.
    pub may_act: bool,
    /// Nobody else chose the password that the session was begun with.
    pub own_password: bool,
    /// When the actor last proved a second factor.
    pub second_factor: SecondFactor,
    /// A supervisor or safeguarding lead of the actor's agency has put them on its front door, and the duty runs.
    pub front_door: bool,
    /// The actor did unusually much today, and nobody has confirmed that their work needs it.
    pub over_volume: bool,
    /// How the actor stands to the child.
    pub relation: Relation,
    /// What matters of the recording, where the action is about one.
    pub entry: Option<EntryFacts>,
    /// The actor said why they look.
    pub purpose_stated: bool,
    /// The actor gave a reason from the list and said what happened.
    pub reason_given: bool,
}

impl Facts {
    /// The same facts about one recording.
    #[must_use]
    pub fn about(self, entry: EntryFacts) -> Self {
        Self { entry: Some(entry), ..self }
    }
}
