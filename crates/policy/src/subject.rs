//! What an action is about.

use alongside_domain::{
    AgencyId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, InvolvementId, NoticeId, ProposalId,
    RoleGrantId, SanitisedLineId, SessionId, SuppressionId, WorkerId,
};

/// What an action is about. The audit names it the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The partnership: the action is not about one child.
    Partnership,
    /// A child's record.
    Child(ChildId),
    /// One recording.
    Entry(EntryId),
    /// A request to read a recording.
    DisclosureRequest(DisclosureRequestId),
    /// A line of partner information about a recording that is restricted to police.
    SanitisedLine(SanitisedLineId),
    /// A worker's relationship to a child.
    Involvement(InvolvementId),
    /// A worker whose tie to a child is the subject: an involvement, a co-signature or a conflict.
    ChildAndWorker(ChildId, WorkerId),
    /// An agency.
    Agency(AgencyId),
    /// A worker's account.
    Worker(WorkerId),
    /// A worker whose need for unusual access a colleague of the same agency may confirm.
    Colleague(WorkerId),
    /// A child in an emergency.
    ChildInEmergency(ChildId),
    /// An hour of emergency access.
    Emergency(EmergencyId),
    /// A suppression of notices.
    Suppression(SuppressionId),
    /// A proposal to seal or unseal a record.
    Proposal(ProposalId),
    /// A role that is proposed for a worker.
    RoleGrant(RoleGrantId),
    /// A worker who is to be put on front-door duty.
    OnFrontDoor(WorkerId),
    /// A front-door duty.
    FrontDoorDuty(FrontDoorDutyId),
    /// A notice to the actor.
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
