//! Every action by name, and what kind of thing it is about.

use alongside_domain::record::entry::Field;

/// Whether an action changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Read,
    /// It changes something.
    Write,
}

macro_rules! verbs {
    ($($(#[$meta:meta])* $verb:ident = $text:literal, $resource:ident, $effect:ident;)+) => {
        /// Every action by name: the same word in the policies, in the audit and in the API's operation ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Verb { $($(#[$meta])* $verb),+ }

        impl Verb {
            /// Every verb.
            pub const ALL: &'static [Self] = &[$(Self::$verb),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$verb => $text),+ }
            }

            /// The type of resource that the policies decide about.
            pub(crate) const fn resource(self) -> Resource {
                match self { $(Self::$verb => Resource::$resource),+ }
            }

            /// Whether it is about a child as a whole, and not about one recording or no child.
            pub fn is_about_a_child(self) -> bool {
                self.resource() == Resource::Child
            }

            /// Whether it is about a child, or about something on a child's record.
            pub fn is_about_children(self) -> bool {
                self.resource() != Resource::Partnership
            }

            /// Whether it shows some of a child's record, so that others who answer for the child are told of it.
            pub fn shows_record(self) -> bool {
                self.effect() == Effect::Read
                    && self.resource() != Resource::Partnership
                    && !self.is_about_an_exception()
                    && !matches!(self, Self::ViewOwnAccess | Self::ViewAccessHistory | Self::ViewRestriction)
            }

            /// Whether it shows what somebody did out of the ordinary, of which nobody else may learn: not even
            /// whoever reads the child's record.
            pub(crate) fn is_about_an_exception(self) -> bool {
                matches!(self, Self::ViewEmergencyAccess | Self::ViewNoticeSuppression)
            }

            /// Whether a child may come to harm while it waits, so that it goes before everything else. A second factor is
            /// proved before an emergency access.
            pub const fn is_urgent(self) -> bool {
                matches!(
                    self,
                    Self::RaiseConcern
                        | Self::BeginEmergencyAccess
                        | Self::CosignEmergencyAccess
                        | Self::ProveSecondFactor
                )
            }

            /// Whether it changes anything.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$verb => Effect::$effect),+ }
            }
        }
    };
}

/// The types of resource in the Cedar schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Partnership,
    Child,
    Entry,
}

impl Resource {
    /// Its name in the schema.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Partnership => "Partnership",
            Self::Child => "Child",
            Self::Entry => "Entry",
        }
    }
}

verbs! {
    /// Read who the child is.
    ViewChild = "view_child", Child, Read;
    /// Read who the child is with the latest concerns.
    ViewOverview = "view_overview", Child, Read;
    /// Read all of the child's recordings in order.
    ViewChronology = "view_chronology", Child, Read;
    /// Read the child's concerns.
    ListConcerns = "list_concerns", Child, Read;
    /// Read the child's observations.
    ListObservations = "list_observations", Child, Read;
    /// Read the child's contacts.
    ListContacts = "list_contacts", Child, Read;
    /// Read who works with the child.
    ListInvolvements = "list_involvements", Child, Read;
    /// Read what partners let others know of what they keep to themselves.
    ListPartnerInformation = "list_partner_information", Child, Read;
    /// See names, dates and needs.
    ReadIdentity = "read_identity", Child, Read;
    /// See numbers of other systems.
    ReadIdentifiers = "read_identifiers", Child, Read;
    /// See where the child lives.
    ReadAddress = "read_address", Child, Read;
    /// Correct who the child is.
    AmendChild = "amend_child", Child, Write;
    /// Record an observation.
    ObserveIndicator = "observe_indicator", Child, Write;
    /// Record a contact.
    RecordContact = "record_contact", Child, Write;
    /// Raise a concern.
    RaiseConcern = "raise_concern", Child, Write;
    /// Ask another agency for help.
    ReferChild = "refer_child", Child, Write;
    /// Relate a worker to the child.
    StartInvolvement = "start_involvement", Child, Write;
    /// End a worker's relation to the child.
    EndInvolvement = "end_involvement", Child, Write;
    /// Let a worker's relation to the child end later.
    RenewInvolvement = "renew_involvement", Child, Write;
    /// See who looked.
    ViewAccessHistory = "view_access_history", Child, Read;
    /// See what one may do oneself.
    ViewOwnAccess = "view_own_access", Child, Read;
    /// Take duty for the child on one's own word.
    ClaimDuty = "claim_duty", Child, Write;
    /// Hold back the notices of one's own looks.
    SuppressNotices = "suppress_notices", Child, Write;
    /// Open the record in an emergency.
    BeginEmergencyAccess = "begin_emergency_access", Child, Write;
    /// Sign a colleague's next emergency access.
    CosignEmergencyAccess = "cosign_emergency_access", Child, Write;
    /// Judge an emergency access.
    ReviewEmergencyAccess = "review_emergency_access", Child, Write;
    /// Read why an emergency access was begun, and what was looked at.
    ViewEmergencyAccess = "view_emergency_access", Child, Read;
    /// Read why notices of looks are held back.
    ViewNoticeSuppression = "view_notice_suppression", Child, Read;
    /// See how far the record is closed, and for whom it is open.
    ViewRestriction = "view_restriction", Child, Read;
    /// Close the record to all but named people.
    RestrictRecord = "restrict_record", Child, Write;
    /// Open a restricted record again.
    LiftRestriction = "lift_restriction", Child, Write;
    /// Propose to seal or unseal the record.
    ProposeSealing = "propose_sealing", Child, Write;
    /// Decide about a proposal to seal or unseal.
    DecideSealing = "decide_sealing", Child, Write;
    /// Begin the record of the child's new identity.
    BeginNewIdentity = "begin_new_identity", Child, Write;
    /// See which record was the child's before.
    ViewFormerIdentity = "view_former_identity", Child, Read;
    /// Say that a worker is part of the child's story.
    DeclareConflict = "declare_conflict", Child, Write;
    /// Say that a worker no longer is.
    LiftConflict = "lift_conflict", Child, Write;
    /// Read a concern.
    ViewConcern = "view_concern", Entry, Read;
    /// Read an observation.
    ViewObservation = "view_observation", Entry, Read;
    /// Read a contact.
    ViewContact = "view_contact", Entry, Read;
    /// Read a referral with its status and outcome.
    ViewReferral = "view_referral", Entry, Read;
    /// Learn that a recording exists.
    KnowOfEntry = "know_of_entry", Entry, Read;
    /// See the child's words marked as sensitive.
    ReadSensitiveWords = "read_sensitive_words", Entry, Read;
    /// See who told, where they asked not to be named.
    ReadUnnamedPeople = "read_unnamed_people", Entry, Read;
    /// Ask the holder for what is withheld.
    RequestDisclosure = "request_disclosure", Entry, Write;
    /// Grant or refuse what somebody asked for.
    DecideDisclosure = "decide_disclosure", Entry, Write;
    /// Take back what was granted.
    RevokeDisclosure = "revoke_disclosure", Entry, Write;
    /// Release a line about what police keep to themselves.
    SanitiseRecording = "sanitise_recording", Entry, Write;
    /// Take such a line back.
    WithdrawSanitisedLine = "withdraw_sanitised_line", Entry, Write;
    /// Correct a concern.
    AmendConcern = "amend_concern", Entry, Write;
    /// Correct an observation.
    AmendObservation = "amend_observation", Entry, Write;
    /// Correct a contact.
    AmendContact = "amend_contact", Entry, Write;
    /// Take back a concern.
    WithdrawConcern = "withdraw_concern", Entry, Write;
    /// Take back an observation.
    WithdrawObservation = "withdraw_observation", Entry, Write;
    /// Take back a contact.
    WithdrawContact = "withdraw_contact", Entry, Write;
    /// Accept or decline a referral.
    DecideReferral = "decide_referral", Entry, Write;
    /// Record what became of a referral.
    ConcludeReferral = "conclude_referral", Entry, Write;
    /// Begin a child's record.
    CreateChild = "create_child", Partnership, Write;
    /// Look for a child.
    SearchChildren = "search_children", Partnership, Read;
    /// Read the referrals to and from one's agency.
    ListReferrals = "list_referrals", Partnership, Read;
    /// See the requests to read what is withheld, one's own and those to answer.
    ListDisclosureRequests = "list_disclosure_requests", Partnership, Read;
    /// See the emergency accesses and which wait for review.
    ListEmergencyReviews = "list_emergency_reviews", Partnership, Read;
    /// See one's own sessions.
    ListOwnSessions = "list_own_sessions", Partnership, Read;
    /// End one of one's own sessions.
    EndOwnSession = "end_own_session", Partnership, Write;
    /// Set up one's own second factor.
    SetSecondFactor = "set_second_factor", Partnership, Write;
    /// Prove one's own second factor.
    ProveSecondFactor = "prove_second_factor", Partnership, Write;
    /// Choose another password for oneself.
    ChangePassword = "change_password", Partnership, Write;
    /// Read what one is told.
    ListNotices = "list_notices", Partnership, Read;
    /// Be told at once.
    StreamNotices = "stream_notices", Partnership, Read;
    /// Say that a notice was read.
    AcknowledgeNotice = "acknowledge_notice", Partnership, Write;
    /// See a worker's sessions.
    ListSessions = "list_sessions", Partnership, Read;
    /// End a worker's session.
    EndSession = "end_session", Partnership, Write;
    /// Take away a second factor whose device is lost.
    ResetSecondFactor = "reset_second_factor", Partnership, Write;
    /// See by which subjects of other issuers a worker is known.
    ListIdentities = "list_identities", Partnership, Read;
    /// Say by which subject of an issuer a worker is known there.
    LinkIdentity = "link_identity", Partnership, Write;
    /// Take back what was said of a worker and an issuer.
    UnlinkIdentity = "unlink_identity", Partnership, Write;
    /// Take up the roles that were confirmed.
    TakeUpRoles = "take_up_roles", Partnership, Write;
    /// Propose to give a worker a role that two grant.
    ProposeRoleGrant = "propose_role_grant", Partnership, Write;
    /// See which roles were proposed, and what became of them.
    ListRoleGrants = "list_role_grants", Partnership, Read;
    /// Give a role that somebody else proposed, or decline to.
    DecideRoleGrant = "decide_role_grant", Partnership, Write;
    /// Put a colleague on front-door duty.
    GiveFrontDoorDuty = "give_front_door_duty", Partnership, Write;
    /// End a front-door duty before its time.
    EndFrontDoorDuty = "end_front_door_duty", Partnership, Write;
    /// See who is on front-door duty.
    ListFrontDoorDuties = "list_front_door_duties", Partnership, Read;
    /// See who did unusually much, and whether it was confirmed.
    ListUnusualAccess = "list_unusual_access", Partnership, Read;
    /// Confirm that the work of a colleague needs what was unusual.
    ConfirmUnusualAccess = "confirm_unusual_access", Partnership, Write;
    /// Draw counts of concerns.
    ViewConcernCounts = "view_concern_counts", Partnership, Read;
    /// See one's own account.
    ViewMe = "view_me", Partnership, Read;
    /// See the agencies.
    ListAgencies = "list_agencies", Partnership, Read;
    /// See the staff of the partnership.
    ListWorkers = "list_workers", Partnership, Read;
    /// See what was said of an agency, version by version.
    ViewAgencyVersions = "view_agency_versions", Partnership, Read;
    /// See what was said of a worker, version by version.
    ViewWorkerVersions = "view_worker_versions", Partnership, Read;
    /// Add an agency.
    AddAgency = "add_agency", Partnership, Write;
    /// Correct an agency.
    AmendAgency = "amend_agency", Partnership, Write;
    /// Add a worker.
    AddWorker = "add_worker", Partnership, Write;
    /// Correct a worker's account.
    AmendWorker = "amend_worker", Partnership, Write;
}

/// The verbs that grant a group of fields beside the action itself.
pub(crate) const fn verb_of_field(field: Field) -> Verb {
    match field {
        Field::Identity => Verb::ReadIdentity,
        Field::Identifiers => Verb::ReadIdentifiers,
        Field::Address => Verb::ReadAddress,
        Field::SensitiveWords => Verb::ReadSensitiveWords,
        Field::UnnamedPeople => Verb::ReadUnnamedPeople,
    }
}
