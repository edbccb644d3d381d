//! The purpose of an access.

crate::codes! {
    /// Why a worker accesses a child's record. It is stored in the audit event.
    pub enum Purpose {
        /// Work with the child. Assumed for a worker allocated to the child.
        DirectWork = "direct_work",
        /// Finding out whether a child is being harmed.
        SafeguardingEnquiry = "safeguarding_enquiry",
        /// Deciding a referral or following its outcome.
        Referral = "referral",
        /// Supervising the work of others.
        Supervision = "supervision",
        /// Preparing or holding a multi-agency meeting.
        MultiAgencyMeeting = "multi_agency_meeting",
        /// Keeping records correct and complete.
        RecordKeeping = "record_keeping",
        /// Examining how the service is used.
        Audit = "audit",
    }
}
