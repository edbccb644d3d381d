//! What a rule may depend on, in the words of the field.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};

/// What the session has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    Password,
    SecondFactor,
    JustNow,
}

/// The worker's relationship to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    Nothing,
    Duty,
    Meeting,
    Searching,
    AuditCase,
    Team,
    Allocated,
}

/// The person it is about: who will be involved, who had the emergency access, who proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    Oneself,
    Colleague,
    /// Their manager, or a worker they manage, in another agency.
    InLine,
    Elsewhere,
}

/// Who wrote a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Mine,
    MyAgency,
    Others,
}

/// A recording on the child's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent circumstances of one recording")]
pub(super) struct Recording {
    pub(super) kind: EntryKind,
    pub(super) segment: Segment,
    pub(super) whose: Whose,
    pub(super) sent_by_us: bool,
    pub(super) sent_to_us: bool,
    /// It was sent to the worker's agency with a referral.
    pub(super) attached: bool,
    /// It names the worker as a reader.
    pub(super) kept_for_me: bool,
    /// The worker requested it and the holder granted it.
    pub(super) granted: bool,
}

impl Recording {
    pub(super) fn of(kind: EntryKind, segment: Segment, whose: Whose) -> Self {
        Self {
            kind,
            segment,
            whose,
            sent_by_us: false,
            sent_to_us: false,
            attached: false,
            kept_for_me: false,
            granted: false,
        }
    }
}

/// The caller, the action, and the caller's relationship to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent circumstances of one request")]
pub(super) struct Case {
    /// The name in the API and the rules.
    pub(super) act: &'static str,
    pub(super) role: Role,
    /// A second role, which no account may have. The rules must hold anyway.
    pub(super) also: Option<Role>,
    pub(super) sector: Sector,
    /// The account is active, and the agency is in the sharing agreement.
    pub(super) active: bool,
    /// The owner chose the password.
    pub(super) own_password: bool,
    pub(super) proof: Proof,
    /// They read unusually much today, and no colleague has confirmed it.
    pub(super) over_volume: bool,
    pub(super) says_why: bool,
    /// On front-door duty, which a supervisor gave.
    pub(super) front_door: bool,
    /// The explanation is given, where emergency access is requested.
    pub(super) explained: bool,
    pub(super) tie: Tie,
    /// A worker of the agency is allocated or in the team.
    pub(super) agency_works: bool,
    /// The agency has a referral that it has not answered yet.
    pub(super) agency_asked: bool,
    pub(super) emergency: bool,
    /// The review of an earlier emergency access is overdue.
    pub(super) overdue: bool,
    pub(super) conflict: bool,
    pub(super) record: Restriction,
    pub(super) listed: bool,
    pub(super) person: Option<Person>,
    /// The role that is proposed.
    pub(super) proposed: Option<Role>,
    pub(super) recording: Option<Recording>,
}

impl Case {
    /// A caller without any tie, with everything proved and stated, about an open record.
    pub(super) fn of(act: &'static str, role: Role, sector: Sector) -> Self {
        Self {
            act,
            role,
            also: None,
            sector,
            active: true,
            own_password: true,
            proof: Proof::JustNow,
            over_volume: false,
            says_why: true,
            front_door: false,
            explained: true,
            tie: Tie::Nothing,
            agency_works: false,
            agency_asked: false,
            emergency: false,
            overdue: false,
            conflict: false,
            record: Restriction::Open,
            listed: false,
            person: None,
            proposed: None,
            recording: None,
        }
    }

    pub(super) fn is(&self, role: Role) -> bool {
        self.role == role || self.also == Some(role)
    }

    /// The same caller and subject, with a different action.
    pub(super) fn instead(self, act: &'static str) -> Self {
        Self { act, ..self }
    }
}

/// What the service must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// As if it did not exist.
    Hidden,
    /// It exists, and another agency can be asked.
    Withheld,
    /// The caller may see it but not do this.
    NotYours,
    SayWhy,
    ChoosePassword,
    ProveSecondFactor,
    SignInAgain,
    AskAColleague,
}

impl Verdict {
    /// The status, and the type of problem. `None` for what is allowed, where the answer depends on the action.
    pub(super) fn refusal(self) -> Option<(u16, &'static str)> {
        match self {
            Self::Allowed => None,
            Self::Hidden => Some((404, "/problems/not-found")),
            Self::Withheld => Some((403, "/problems/withheld")),
            Self::NotYours => Some((403, "/problems/not-yours")),
            Self::SayWhy => Some((400, "/problems/purpose-needed")),
            Self::ChoosePassword => Some((403, "/problems/own-password-needed")),
            Self::ProveSecondFactor => Some((403, "/problems/second-factor-needed")),
            Self::SignInAgain => Some((401, "/problems/signed-out")),
            Self::AskAColleague => Some((429, "/problems/confirmation-needed")),
        }
    }
}
