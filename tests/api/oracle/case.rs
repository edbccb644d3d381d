//! What a rule may depend on, in the words of the field.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};

/// How far the session is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    Password,
    SecondFactor,
    JustNow,
}

/// What the worker has to do with the child.
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

/// Whom it is about: who is to be involved, who had the emergency access, who proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    Oneself,
    Colleague,
    /// Their manager, or somebody they manage, of another agency.
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
    /// It goes with a referral to the worker's agency.
    pub(super) attached: bool,
    /// The worker is one of those for whom it is kept.
    pub(super) kept_for_me: bool,
    /// The worker asked the holder for it and was granted it.
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

/// Who asks for what, and how they stand to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent circumstances of one request")]
pub(super) struct Case {
    /// As the API and the rules name it.
    pub(super) act: &'static str,
    pub(super) role: Role,
    /// A second role, which no account may have: the rules hold even so.
    pub(super) also: Option<Role>,
    pub(super) sector: Sector,
    /// The account is active, and the agency is in the sharing agreement.
    pub(super) active: bool,
    /// Nobody else chose the password.
    pub(super) own_password: bool,
    pub(super) proof: Proof,
    /// They did unusually much today, and nobody has confirmed it.
    pub(super) over_volume: bool,
    pub(super) says_why: bool,
    /// On front-door duty, which a supervisor gave.
    pub(super) front_door: bool,
    /// What happened is told, where emergency access is asked for.
    pub(super) explained: bool,
    pub(super) tie: Tie,
    /// Somebody of the agency is allocated or in the team.
    pub(super) agency_works: bool,
    /// The agency has a referral that waits for its answer.
    pub(super) agency_asked: bool,
    pub(super) emergency: bool,
    /// An earlier emergency access waits for its review too long.
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
    /// Somebody without any tie, with everything proved and said, about an open record.
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

    /// The same asker about the same subject, asking for something else.
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
    /// The asker may see it; this is for others.
    NotYours,
    SayWhy,
    ChoosePassword,
    ProveSecondFactor,
    SignInAgain,
    AskAColleague,
}

impl Verdict {
    /// The status, and the kind of problem; `None` for what is allowed, whose answer depends on the act.
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
