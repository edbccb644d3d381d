//! What an action is about.

use alongside_domain::{
    AgencyId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, InvolvementId, NoticeId, ProposalId,
    RoleGrantId, SanitisedLineId, SessionId, SuppressionId, WorkerId,
};

/// What an action is about, as the audit names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// No child in particular.
    Partnership,
    /// A child's record.
    Child(ChildId),
    /// One recording.
    Entry(EntryId),
    /// A request to read a recording.
    DisclosureRequest(DisclosureRequestId),
    /// A line about a recording that police keep to themselves.
    SanitisedLine(SanitisedLineId),
    /// A worker's relationship to a child.
    Involvement(InvolvementId),
    /// A worker who is to be related to a child.
    ChildAndWorker(ChildId, WorkerId),
    /// An agency.
    Agency(AgencyId),
    /// A worker's account.
    Worker(WorkerId),
    /// A worker for whom a colleague of the same agency answers.
    Colleague(WorkerId),
    /// A child in an emergency.
    ChildInEmergency(ChildId),
    /// An hour of emergency access.
    Emergency(EmergencyId),
    /// Notices of looks that are held back.
    Suppression(SuppressionId),
    /// A step in closing or opening a record.
    Proposal(ProposalId),
    /// A role that is proposed for a worker.
    RoleGrant(RoleGrantId),
    /// A worker who is to be put on front-door duty.
    OnFrontDoor(WorkerId),
    /// A front-door duty.
    FrontDoorDuty(FrontDoorDutyId),
    /// Something one is told.
    Notice(NoticeId),
    /// A session.
    Session(SessionId),
}

impl From<ChildId> for Subject {
    fn from(child: ChildId) -> Self {
        Self::Child(child)
    }
}

impl From<EntryId> for Subject {
    fn from(entry: EntryId) -> Self {
        Self::Entry(entry)
    }
}
