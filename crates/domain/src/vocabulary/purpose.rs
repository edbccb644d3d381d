//! Why somebody looks.

crate::codes! {
    /// The purpose that accompanies every look at a child's record and stands in its audit event.
    pub enum Purpose {
        /// Work with the child. Assumed for a worker allocated to the child.
        DirectWork = "direct_work",
        /// Finding out whether a child is being harmed.
        SafeguardingEnquiry = "safeguarding_enquiry",
        /// Deciding a referral or following what became of it.
        Referral = "referral",
        /// Supervising the work of others.
        Supervision = "supervision",
        /// Preparing or holding a meeting of agencies.
        MultiAgencyMeeting = "multi_agency_meeting",
        /// Keeping records correct and complete.
        RecordKeeping = "record_keeping",
        /// Examining how the service is used.
        Audit = "audit",
    }
}
