//! Everything that a decision depends on, without ids or names. Equal facts get equal decisions.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::{Role, Roles};
use alongside_domain::record::entry::{EntryKind, Segment};

/// The actor's relationship to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub struct Relation {
    /// The actor, or a person close to them, is part of the child's story.
    pub conflict: bool,
    /// Whether the record is open, restricted or sealed.
    pub restriction: Restriction,
    /// The actor is one of the people to whom a closed record is open.
    pub listed: bool,
    /// The actor has emergency access to this child now.
    pub emergency: bool,
    /// The actor has an overdue emergency review, and no supervisor or safeguarding lead co-signed this access.
    pub review_overdue: bool,
    /// In charge of their agency's work with the child.
    pub allocated: bool,
    /// In the team around the child.
    pub team: bool,
    /// On duty for the child's agency, for a shift.
    pub duty: bool,
    /// Invited to a meeting about the child.
    pub meeting: bool,
    /// Searching for the child, who is missing.
    pub responder: bool,
    /// Examining this record in an audit of cases.
    pub audit_case: bool,
    /// A worker of the actor's agency is allocated or in the team.
    pub agency_involved: bool,
    /// The actor's agency has received a referral about the child and has not decided on it.
    pub agency_receiving: bool,
    /// The subject is a worker, an involvement or a suppression of the actor's own agency.
    pub colleague: bool,
    /// The subject is the actor's own: their involvement, emergency access, proposal or request, or a role for an
    /// account that is theirs or that they could get into.
    pub own: bool,
    /// The actor manages, or is managed by, the worker whom the subject is about.
    pub in_line: bool,
    /// The proposed role, if the subject is a role grant.
    pub proposed_role: Option<Role>,
}

/// The facts of one recording that decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
pub struct EntryFacts {
    /// Its kind.
    pub kind: EntryKind,
    /// Who the recording is kept for.
    pub segment: Segment,
    /// The actor's agency recorded it.
    pub own_agency: bool,
    /// The actor is its author.
    pub author: bool,
    /// It is kept for named people, and the actor is one of them.
    pub named: bool,
    /// The holder granted the actor's request to read it.
    pub released: bool,
    /// It is a referral that the actor's agency sent.
    pub sent_by_my_agency: bool,
    /// It is a referral to the actor's agency.
    pub sent_to_my_agency: bool,
    /// It is a concern sent with a referral to the actor's agency, and is shared or still in the segment in which it
    /// was sent.
    pub attached_to_referral: bool,
}

impl EntryFacts {
    /// A recording of another agency to which the actor has no tie.
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

/// How well a session is proved.
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
    /// The account is active, the session has not ended, and the agency is in the sharing agreement.
    pub may_act: bool,
    /// The actor chose the password that the session began with, or signed in without one.
    pub own_password: bool,
    /// When the actor last proved a second factor.
    pub second_factor: SecondFactor,
    /// A supervisor or safeguarding lead of the actor's agency put them on front-door duty, and it has not ended.
    pub front_door: bool,
    /// The actor is above the second threshold of unusual access today, and no colleague has confirmed the need.
    pub over_volume: bool,
    /// The actor's relationship to the child.
    pub relation: Relation,
    /// The facts of the recording, if the action is about one.
    pub entry: Option<EntryFacts>,
    /// The actor stated a purpose.
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
