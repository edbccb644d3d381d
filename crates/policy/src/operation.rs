//! Every operation in one table: its name, its subject, whether it changes anything, and what it shows.

use alongside_domain::record::entry::Field;
use alongside_domain::{
    AgencyId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, InvolvementId, NoticeId, ProposalId,
    Purpose, RoleGrantId, SanitisedLineId, SessionId, SuppressionId, WorkerId,
};

use crate::subject::Subject;

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Read,
    /// It changes something.
    Write,
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

/// What an actor asks to do to one subject.
pub trait Action: Send + Sync + 'static {
    /// The verb that names it.
    const VERB: Verb;

    /// Its subject.
    fn subject(&self) -> Subject;

    /// The purpose that the actor stated.
    fn purpose(&self) -> Option<Purpose> {
        None
    }

    /// Whether the actor gave a reason from the list and said what happened.
    fn reason_given(&self) -> bool {
        false
    }
}

/// Reads the table below. A line is
///
/// `Name = "name", Resource, Effect, marks…, [groups of fields] { fields of the action } => its subject;`
///
/// - `shows_record`: it shows some of a child's record, so the workers who answer for the child are notified;
/// - `exceptional`: it shows an exception that a worker made, which may be hidden from readers of the record too;
/// - `urgent`: a child may come to harm while it waits, so it goes before everything else;
/// - the groups of fields that a permit for it may also grant;
/// - `?purpose`: the worker states a purpose.
///
/// If the fields and the subject are missing, `action.rs` makes the action: one for each kind of recording, and one for
/// emergency access.
macro_rules! operations {
    ($(
        #[doc = $doc:literal]
        $verb:ident = $text:literal, $resource:ident, $effect:ident $(, $mark:ident)* $(, [$($group:ident),+])?
        $({ $($fields:tt)* } => $subject:ident $(($($about:ident),+))?)?;
    )+) => {
        /// Every operation. Policies, audit and the API's operation ids use the same word for it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Verb { $(#[doc = $doc] $verb),+ }

        impl Verb {
            /// Every verb.
            pub const ALL: &'static [Self] = &[$(Self::$verb),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$verb => $text),+ }
            }

            /// The type of resource that the policies decide about.
            pub(crate) const fn resource(self) -> Resource {
                match self { $(Self::$verb => Resource::$resource),+ }
            }

            /// Whether it changes anything.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$verb => Effect::$effect),+ }
            }

            /// The groups of fields that a permit for it may grant.
            pub(crate) const fn fields(self) -> &'static [Field] {
                match self { $(Self::$verb => &[$($(Field::$group),+)?]),+ }
            }

            const fn marks(self) -> &'static [Mark] {
                match self { $(Self::$verb => &[$(Mark::$mark),*]),+ }
            }
        }

        $($(action! { $doc $verb { $($fields)* } $subject $(($($about),+))? })?)+
    };
}

/// An action with its fields and its subject.
macro_rules! action {
    ($doc:literal $verb:ident { $($field:ident: $type:ident),* $(,)? $(?$purpose:ident)? } $subject:ident $(($($about:ident),+))?) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy)]
        pub struct $verb {
            $(
                #[doc = concat!("The ", stringify!($field), " that it is about.")]
                pub $field: $type,
            )*
            $(
                /// The purpose that the worker stated.
                pub $purpose: Option<Purpose>,
            )?
        }

        impl Action for $verb {
            const VERB: Verb = Verb::$verb;

            fn subject(&self) -> Subject {
                Subject::$subject $(($(self.$about),+))?
            }

            $(fn purpose(&self) -> Option<Purpose> {
                self.$purpose
            })?
        }
    };
}

/// A mark that the table gives to an operation.
#[expect(non_camel_case_types, reason = "written as the table writes them")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    shows_record,
    exceptional,
    urgent,
}

impl Verb {
    fn is(self, mark: Mark) -> bool {
        self.marks().contains(&mark)
    }

    /// Whether it is about a child as a whole. Actions on one recording are not.
    pub fn is_about_a_child(self) -> bool {
        self.resource() == Resource::Child
    }

    /// Whether it is about a child, or about something on a child's record.
    pub fn is_about_children(self) -> bool {
        self.resource() != Resource::Partnership
    }

    /// Whether it shows some of a child's record, so the workers who answer for the child are notified.
    pub fn shows_record(self) -> bool {
        self.is(Mark::shows_record)
    }

    /// Whether it shows an exception that a worker made.
    pub(crate) fn is_about_an_exception(self) -> bool {
        self.is(Mark::exceptional)
    }

    /// Whether a child may come to harm while it waits. This includes proving a second factor, which emergency access
    /// needs.
    pub fn is_urgent(self) -> bool {
        self.is(Mark::urgent)
    }
}

/// The verb that grants a group of fields in addition to the operation itself.
pub(crate) const fn verb_of_field(field: Field) -> Verb {
    match field {
        Field::Identity => Verb::ReadIdentity,
        Field::Identifiers => Verb::ReadIdentifiers,
        Field::Address => Verb::ReadAddress,
        Field::SensitiveWords => Verb::ReadSensitiveWords,
        Field::UnnamedPeople => Verb::ReadUnnamedPeople,
    }
}

operations! {
    /// Read who the child is.
    ViewChild = "view_child", Child, Read, shows_record, [Identity, Identifiers, Address]
        { child: ChildId, ?purpose } => Child(child);
    /// Read who the child is, with the latest concerns.
    ViewOverview = "view_overview", Child, Read, shows_record, [Identity, Identifiers, Address]
        { child: ChildId, ?purpose } => Child(child);
    /// Read all of the child's recordings, newest first.
    ViewChronology = "view_chronology", Child, Read, shows_record { child: ChildId, ?purpose } => Child(child);
    /// Read the child's concerns.
    ListConcerns = "list_concerns", Child, Read, shows_record;
    /// Read the child's observations.
    ListObservations = "list_observations", Child, Read, shows_record;
    /// Read the child's contacts.
    ListContacts = "list_contacts", Child, Read, shows_record;
    /// Read who works with the child.
    ListInvolvements = "list_involvements", Child, Read, shows_record { child: ChildId, ?purpose } => Child(child);
    /// Read the partner information that police released about withheld recordings.
    ListPartnerInformation = "list_partner_information", Child, Read, shows_record
        { child: ChildId, ?purpose } => Child(child);
    /// See names, dates and needs.
    ReadIdentity = "read_identity", Child, Read, shows_record;
    /// See the child's numbers in other systems.
    ReadIdentifiers = "read_identifiers", Child, Read, shows_record;
    /// See where the child lives.
    ReadAddress = "read_address", Child, Read, shows_record;
    /// Correct who the child is.
    AmendChild = "amend_child", Child, Write, [Identity, Identifiers, Address] { child: ChildId } => Child(child);
    /// Record an observation.
    ObserveIndicator = "observe_indicator", Child, Write;
    /// Record a contact.
    RecordContact = "record_contact", Child, Write;
    /// Raise a concern.
    RaiseConcern = "raise_concern", Child, Write, urgent;
    /// Refer the child to another agency for help.
    ReferChild = "refer_child", Child, Write;
    /// Start a worker's involvement with the child.
    StartInvolvement = "start_involvement", Child, Write
        { child: ChildId, worker: WorkerId } => ChildAndWorker(child, worker);
    /// End a worker's involvement with the child.
    EndInvolvement = "end_involvement", Child, Write { involvement: InvolvementId } => Involvement(involvement);
    /// Extend a worker's involvement with the child.
    RenewInvolvement = "renew_involvement", Child, Write { involvement: InvolvementId } => Involvement(involvement);
    /// See who viewed the record.
    ViewAccessHistory = "view_access_history", Child, Read { child: ChildId, ?purpose } => Child(child);
    /// See what the caller may do with the record.
    ViewOwnAccess = "view_own_access", Child, Read { child: ChildId } => Child(child);
    /// Declare yourself the duty worker for this child.
    ClaimDuty = "claim_duty", Child, Write { child: ChildId } => Child(child);
    /// Suppress the notices about your access for a time.
    SuppressNotices = "suppress_notices", Child, Write { child: ChildId } => Child(child);
    /// Open the record in an emergency.
    BeginEmergencyAccess = "begin_emergency_access", Child, Write, urgent;
    /// Co-sign a colleague's next emergency access.
    CosignEmergencyAccess = "cosign_emergency_access", Child, Write, urgent
        { child: ChildId, worker: WorkerId } => ChildAndWorker(child, worker);
    /// Review an emergency access.
    ReviewEmergencyAccess = "review_emergency_access", Child, Write
        { emergency: EmergencyId } => Emergency(emergency);
    /// Read why an emergency access was begun, and what was viewed.
    ViewEmergencyAccess = "view_emergency_access", Child, Read, exceptional
        { emergency: EmergencyId } => Emergency(emergency);
    /// Read why notices of police access are suppressed.
    ViewNoticeSuppression = "view_notice_suppression", Child, Read, exceptional
        { suppression: SuppressionId } => Suppression(suppression);
    /// See whether the record is restricted or sealed, and to whom it is open.
    ViewRestriction = "view_restriction", Child, Read { child: ChildId, ?purpose } => Child(child);
    /// Restrict the record to named people.
    RestrictRecord = "restrict_record", Child, Write { child: ChildId } => Child(child);
    /// Open a restricted record again.
    LiftRestriction = "lift_restriction", Child, Write { child: ChildId } => Child(child);
    /// Propose to seal or unseal the record.
    ProposeSealing = "propose_sealing", Child, Write { child: ChildId } => Child(child);
    /// Decide about a proposal to seal or unseal.
    DecideSealing = "decide_sealing", Child, Write { proposal: ProposalId } => Proposal(proposal);
    /// Begin the record of the child's new identity.
    BeginNewIdentity = "begin_new_identity", Child, Write { child: ChildId } => Child(child);
    /// See which record was the child's before.
    ViewFormerIdentity = "view_former_identity", Child, Read, shows_record
        { child: ChildId, ?purpose } => Child(child);
    /// Declare that a worker is part of the child's story.
    DeclareConflict = "declare_conflict", Child, Write
        { child: ChildId, worker: WorkerId } => ChildAndWorker(child, worker);
    /// Lift a declared conflict.
    LiftConflict = "lift_conflict", Child, Write
        { child: ChildId, worker: WorkerId } => ChildAndWorker(child, worker);
    /// Read a concern.
    ViewConcern = "view_concern", Entry, Read, shows_record, [SensitiveWords, UnnamedPeople];
    /// Read an observation.
    ViewObservation = "view_observation", Entry, Read, shows_record, [SensitiveWords, UnnamedPeople];
    /// Read a contact.
    ViewContact = "view_contact", Entry, Read, shows_record, [SensitiveWords, UnnamedPeople];
    /// Read a referral with its status and outcome.
    ViewReferral = "view_referral", Entry, Read, shows_record, [UnnamedPeople];
    /// Learn that a recording exists.
    KnowOfEntry = "know_of_entry", Entry, Read, shows_record;
    /// See the child's words marked as sensitive.
    ReadSensitiveWords = "read_sensitive_words", Entry, Read, shows_record;
    /// See the names of sources who asked not to be named.
    ReadUnnamedPeople = "read_unnamed_people", Entry, Read, shows_record;
    /// Ask the holder to disclose a withheld recording.
    RequestDisclosure = "request_disclosure", Entry, Write { entry: EntryId } => Entry(entry);
    /// Grant or refuse a disclosure request.
    DecideDisclosure = "decide_disclosure", Entry, Write
        { request: DisclosureRequestId } => DisclosureRequest(request);
    /// End the access that a disclosure request gave.
    RevokeDisclosure = "revoke_disclosure", Entry, Write
        { request: DisclosureRequestId } => DisclosureRequest(request);
    /// Release partner information about a recording that is restricted to police.
    SanitiseRecording = "sanitise_recording", Entry, Write { entry: EntryId } => Entry(entry);
    /// Withdraw partner information.
    WithdrawSanitisedLine = "withdraw_sanitised_line", Entry, Write { line: SanitisedLineId } => SanitisedLine(line);
    /// Correct a concern.
    AmendConcern = "amend_concern", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Correct an observation.
    AmendObservation = "amend_observation", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Correct a contact.
    AmendContact = "amend_contact", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Withdraw a concern.
    WithdrawConcern = "withdraw_concern", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Withdraw an observation.
    WithdrawObservation = "withdraw_observation", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Withdraw a contact.
    WithdrawContact = "withdraw_contact", Entry, Write, [SensitiveWords, UnnamedPeople];
    /// Accept or decline a referral.
    DecideReferral = "decide_referral", Entry, Write { referral: EntryId } => Entry(referral);
    /// Record the outcome of a referral.
    ConcludeReferral = "conclude_referral", Entry, Write { referral: EntryId } => Entry(referral);
    /// Begin a child's record.
    CreateChild = "create_child", Partnership, Write {} => Partnership;
    /// Search for a child.
    SearchChildren = "search_children", Partnership, Read { ?purpose } => Partnership;
    /// Read the referrals to and from the caller's agency.
    ListReferrals = "list_referrals", Partnership, Read {} => Partnership;
    /// See the disclosure requests that the caller made or may answer.
    ListDisclosureRequests = "list_disclosure_requests", Partnership, Read {} => Partnership;
    /// See which emergency access was used and which still needs review.
    ListEmergencyReviews = "list_emergency_reviews", Partnership, Read {} => Partnership;
    /// See your sessions.
    ListOwnSessions = "list_own_sessions", Partnership, Read {} => Partnership;
    /// End one of your sessions.
    EndOwnSession = "end_own_session", Partnership, Write { session: SessionId } => Session(session);
    /// Set up your second factor.
    SetSecondFactor = "set_second_factor", Partnership, Write {} => Partnership;
    /// Prove your second factor.
    ProveSecondFactor = "prove_second_factor", Partnership, Write, urgent {} => Partnership;
    /// Choose a new password for your account.
    ChangePassword = "change_password", Partnership, Write {} => Partnership;
    /// Read your notices.
    ListNotices = "list_notices", Partnership, Read {} => Partnership;
    /// Receive your notices as they arrive.
    StreamNotices = "stream_notices", Partnership, Read {} => Partnership;
    /// Mark a notice as read.
    AcknowledgeNotice = "acknowledge_notice", Partnership, Write { notice: NoticeId } => Notice(notice);
    /// See a worker's sessions.
    ListSessions = "list_sessions", Partnership, Read { worker: WorkerId } => Worker(worker);
    /// End a worker's session.
    EndSession = "end_session", Partnership, Write { session: SessionId } => Session(session);
    /// Remove a worker's second factor, for example after a lost device.
    ResetSecondFactor = "reset_second_factor", Partnership, Write { worker: WorkerId } => Worker(worker);
    /// See a worker's linked accounts at other issuers.
    ListIdentities = "list_identities", Partnership, Read { worker: WorkerId } => Worker(worker);
    /// Link a worker to their account at an issuer.
    LinkIdentity = "link_identity", Partnership, Write { worker: WorkerId } => Worker(worker);
    /// Remove the link between a worker and an issuer.
    UnlinkIdentity = "unlink_identity", Partnership, Write { worker: WorkerId } => Worker(worker);
    /// Take up the roles that were confirmed for you.
    TakeUpRoles = "take_up_roles", Partnership, Write {} => Partnership;
    /// Propose a role for a worker, which a second person confirms.
    ProposeRoleGrant = "propose_role_grant", Partnership, Write { worker: WorkerId } => Worker(worker);
    /// See the proposed roles and the decisions about them.
    ListRoleGrants = "list_role_grants", Partnership, Read {} => Partnership;
    /// Confirm or decline a role that another person proposed.
    DecideRoleGrant = "decide_role_grant", Partnership, Write { grant: RoleGrantId } => RoleGrant(grant);
    /// Put a colleague on front-door duty.
    GiveFrontDoorDuty = "give_front_door_duty", Partnership, Write { worker: WorkerId } => OnFrontDoor(worker);
    /// End a front-door duty early.
    EndFrontDoorDuty = "end_front_door_duty", Partnership, Write { duty: FrontDoorDutyId } => FrontDoorDuty(duty);
    /// See who is on front-door duty.
    ListFrontDoorDuties = "list_front_door_duties", Partnership, Read {} => Partnership;
    /// See unusual access, and whether a colleague confirmed it.
    ListUnusualAccess = "list_unusual_access", Partnership, Read {} => Partnership;
    /// Confirm that a colleague's work needs unusual access.
    ConfirmUnusualAccess = "confirm_unusual_access", Partnership, Write { worker: WorkerId } => Colleague(worker);
    /// View counts of concerns.
    ViewConcernCounts = "view_concern_counts", Partnership, Read {} => Partnership;
    /// See your account.
    ViewMe = "view_me", Partnership, Read {} => Partnership;
    /// See the agencies.
    ListAgencies = "list_agencies", Partnership, Read {} => Partnership;
    /// See an agency.
    ViewAgency = "view_agency", Partnership, Read { agency: AgencyId } => Agency(agency);
    /// See the staff of the partnership.
    ListWorkers = "list_workers", Partnership, Read {} => Partnership;
    /// See a colleague's account.
    ViewWorker = "view_worker", Partnership, Read { worker: WorkerId } => Worker(worker);
    /// See the versions of an agency's details.
    ViewAgencyVersions = "view_agency_versions", Partnership, Read { agency: AgencyId } => Agency(agency);
    /// See the versions of a worker's account.
    ViewWorkerVersions = "view_worker_versions", Partnership, Read { worker: WorkerId } => Worker(worker);
    /// Add an agency.
    AddAgency = "add_agency", Partnership, Write {} => Partnership;
    /// Correct an agency's details.
    AmendAgency = "amend_agency", Partnership, Write { agency: AgencyId } => Agency(agency);
    /// Add a worker.
    AddWorker = "add_worker", Partnership, Write {} => Partnership;
    /// Correct a worker's account.
    AmendWorker = "amend_worker", Partnership, Write { worker: WorkerId } => Worker(worker);
}
