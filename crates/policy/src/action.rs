//! What one may ask to do. Each action carries its own subject, so that what is checked is what is done.

use alongside_domain::access::emergency::NewEmergency;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::contact::Contact;
use alongside_domain::record::entry::Content;
use alongside_domain::record::observation::Observation;
use alongside_domain::statutory::referral::Referral;
use alongside_domain::{
    AgencyId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, InvolvementId, NoticeId, ProposalId,
    Purpose, RoleGrantId, SanitisedLineId, SessionId, SuppressionId, WorkerId,
};

pub use crate::verb::{Effect, Verb};

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

/// Something that an actor asks to do to one subject.
pub trait Action: Send + Sync + 'static {
    /// Its name.
    const VERB: Verb;

    /// What it is about.
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

macro_rules! child_reads {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            /// The child.
            pub child: ChildId,
            /// Why.
            pub purpose: Option<Purpose>,
        }

        impl Action for $name {
            const VERB: Verb = Verb::$name;
            fn subject(&self) -> Subject { Subject::Child(self.child) }
            fn purpose(&self) -> Option<Purpose> { self.purpose }
        }
    )+};
}

child_reads! {
    /// Read who the child is.
    ViewChild,
    /// Read who the child is with the latest concerns.
    ViewOverview,
    /// Read all of the child's recordings in order.
    ViewChronology,
    /// Read who works with the child.
    ListInvolvements,
    /// Read what partners let others know of what they keep to themselves.
    ListPartnerInformation,
    /// See who looked.
    ViewAccessHistory,
    /// See how far the record is closed, and for whom it is open.
    ViewRestriction,
    /// See which record was the child's before.
    ViewFormerIdentity,
}

macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),* } => $subject:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            $(
                #[doc = concat!("The ", stringify!($field), " it is about.")]
                pub $field: $type
            ),*
        }

        impl Action for $name {
            const VERB: Verb = Verb::$name;
            fn subject(&self) -> Subject {
                let subject: fn(&Self) -> Subject = $subject;
                subject(self)
            }
        }
    )+};
}

actions! {
    /// Correct who the child is.
    AmendChild { child: ChildId } => |a| Subject::Child(a.child);
    /// Begin a child's record.
    CreateChild {} => |_| Subject::Partnership;
    /// Relate a worker to the child.
    StartInvolvement { child: ChildId, worker: WorkerId } => |a| Subject::ChildAndWorker(a.child, a.worker);
    /// End a worker's relation to the child.
    EndInvolvement { involvement: InvolvementId } => |a| Subject::Involvement(a.involvement);
    /// Let a worker's relation to the child end later.
    RenewInvolvement { involvement: InvolvementId } => |a| Subject::Involvement(a.involvement);
    /// Accept or decline a referral.
    DecideReferral { referral: EntryId } => |a| Subject::Entry(a.referral);
    /// Record what became of a referral.
    ConcludeReferral { referral: EntryId } => |a| Subject::Entry(a.referral);
    /// Read the referrals to and from one's agency.
    ListReferrals {} => |_| Subject::Partnership;
    /// Ask the holder for what is withheld.
    RequestDisclosure { entry: EntryId } => |a| Subject::Entry(a.entry);
    /// Grant or refuse what somebody asked for.
    DecideDisclosure { request: DisclosureRequestId } => |a| Subject::DisclosureRequest(a.request);
    /// Take back what was granted.
    RevokeDisclosure { request: DisclosureRequestId } => |a| Subject::DisclosureRequest(a.request);
    /// See the requests to read what is withheld, one's own and those to answer.
    ListDisclosureRequests {} => |_| Subject::Partnership;
    /// Release a line about what police keep to themselves.
    SanitiseRecording { entry: EntryId } => |a| Subject::Entry(a.entry);
    /// Take such a line back.
    WithdrawSanitisedLine { line: SanitisedLineId } => |a| Subject::SanitisedLine(a.line);
    /// See what one may do oneself.
    ViewOwnAccess { child: ChildId } => |a| Subject::Child(a.child);
    /// Take duty for the child on one's own word.
    ClaimDuty { child: ChildId } => |a| Subject::Child(a.child);
    /// Hold back the notices of one's own looks.
    SuppressNotices { child: ChildId } => |a| Subject::Child(a.child);
    /// Sign a colleague's next emergency access.
    CosignEmergencyAccess { child: ChildId, worker: WorkerId } => |a| Subject::ChildAndWorker(a.child, a.worker);
    /// Judge an emergency access.
    ReviewEmergencyAccess { emergency: EmergencyId } => |a| Subject::Emergency(a.emergency);
    /// Read why an emergency access was begun, and what was looked at.
    ViewEmergencyAccess { emergency: EmergencyId } => |a| Subject::Emergency(a.emergency);
    /// Read why notices of looks are held back.
    ViewNoticeSuppression { suppression: SuppressionId } => |a| Subject::Suppression(a.suppression);
    /// Close the record to all but named people.
    RestrictRecord { child: ChildId } => |a| Subject::Child(a.child);
    /// Open a restricted record again.
    LiftRestriction { child: ChildId } => |a| Subject::Child(a.child);
    /// Propose to seal or unseal the record.
    ProposeSealing { child: ChildId } => |a| Subject::Child(a.child);
    /// Decide about a proposal to seal or unseal.
    DecideSealing { proposal: ProposalId } => |a| Subject::Proposal(a.proposal);
    /// Begin the record of the child's new identity.
    BeginNewIdentity { child: ChildId } => |a| Subject::Child(a.child);
    /// Say that a worker is part of the child's story.
    DeclareConflict { child: ChildId, worker: WorkerId } => |a| Subject::ChildAndWorker(a.child, a.worker);
    /// Say that a worker no longer is.
    LiftConflict { child: ChildId, worker: WorkerId } => |a| Subject::ChildAndWorker(a.child, a.worker);
    /// See the emergency accesses and which wait for review.
    ListEmergencyReviews {} => |_| Subject::Partnership;
    /// See one's own sessions.
    ListOwnSessions {} => |_| Subject::Partnership;
    /// End one of one's own sessions.
    EndOwnSession { session: SessionId } => |a| Subject::Session(a.session);
    /// Set up one's own second factor.
    SetSecondFactor {} => |_| Subject::Partnership;
    /// Prove one's own second factor.
    ProveSecondFactor {} => |_| Subject::Partnership;
    /// Choose another password for oneself.
    ChangePassword {} => |_| Subject::Partnership;
    /// Read what one is told.
    ListNotices {} => |_| Subject::Partnership;
    /// Be told at once.
    StreamNotices {} => |_| Subject::Partnership;
    /// Say that a notice was read.
    AcknowledgeNotice { notice: NoticeId } => |a| Subject::Notice(a.notice);
    /// See a worker's sessions.
    ListSessions { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// End a worker's session.
    EndSession { session: SessionId } => |a| Subject::Session(a.session);
    /// Take away a second factor whose device is lost.
    ResetSecondFactor { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// See by which subjects of other issuers a worker is known.
    ListIdentities { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// Say by which subject of an issuer a worker is known there.
    LinkIdentity { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// Take back what was said of a worker and an issuer.
    UnlinkIdentity { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// Take up the roles that were confirmed.
    TakeUpRoles {} => |_| Subject::Partnership;
    /// Propose to give a worker a role that two grant.
    ProposeRoleGrant { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// See which roles were proposed, and what became of them.
    ListRoleGrants {} => |_| Subject::Partnership;
    /// Give a role that somebody else proposed, or decline to.
    DecideRoleGrant { grant: RoleGrantId } => |a| Subject::RoleGrant(a.grant);
    /// Put a colleague on front-door duty.
    GiveFrontDoorDuty { worker: WorkerId } => |a| Subject::OnFrontDoor(a.worker);
    /// End a front-door duty before its time.
    EndFrontDoorDuty { duty: FrontDoorDutyId } => |a| Subject::FrontDoorDuty(a.duty);
    /// See who is on front-door duty.
    ListFrontDoorDuties {} => |_| Subject::Partnership;
    /// See who did unusually much, and whether it was confirmed.
    ListUnusualAccess {} => |_| Subject::Partnership;
    /// Confirm that the work of a colleague needs what was unusual.
    ConfirmUnusualAccess { worker: WorkerId } => |a| Subject::Colleague(a.worker);
    /// Draw counts of concerns.
    ViewConcernCounts {} => |_| Subject::Partnership;
    /// See one's own account.
    ViewMe {} => |_| Subject::Partnership;
    /// See the agencies.
    ListAgencies {} => |_| Subject::Partnership;
    /// See the staff of the partnership.
    ListWorkers {} => |_| Subject::Partnership;
    /// See what was said of an agency, version by version.
    ViewAgencyVersions { agency: AgencyId } => |a| Subject::Agency(a.agency);
    /// See what was said of a worker, version by version.
    ViewWorkerVersions { worker: WorkerId } => |a| Subject::Worker(a.worker);
    /// Add an agency.
    AddAgency {} => |_| Subject::Partnership;
    /// Correct an agency.
    AmendAgency { agency: AgencyId } => |a| Subject::Agency(a.agency);
    /// Add a worker.
    AddWorker {} => |_| Subject::Partnership;
    /// Correct a worker's account.
    AmendWorker { worker: WorkerId } => |a| Subject::Worker(a.worker);
}

/// Open the record in an emergency.
#[derive(Debug, Clone, Copy)]
pub struct BeginEmergencyAccess {
    child: ChildId,
    reason_given: bool,
}

impl BeginEmergencyAccess {
    /// For the reason that is given.
    pub fn new(child: ChildId, new: &NewEmergency) -> Self {
        Self { child, reason_given: new.is_explained() }
    }
}

impl Action for BeginEmergencyAccess {
    const VERB: Verb = Verb::BeginEmergencyAccess;

    fn subject(&self) -> Subject {
        Subject::ChildInEmergency(self.child)
    }

    fn reason_given(&self) -> bool {
        self.reason_given
    }
}

/// Look for a child.
#[derive(Debug, Clone, Copy)]
pub struct SearchChildren {
    /// Why.
    pub purpose: Option<Purpose>,
}

impl Action for SearchChildren {
    const VERB: Verb = Verb::SearchChildren;

    fn subject(&self) -> Subject {
        Subject::Partnership
    }

    fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }
}

/// The verbs of one kind of recording.
pub trait Recordable: Content {
    /// To record it.
    const RECORD: Verb;
    /// To read one.
    const VIEW: Verb;
}

/// A kind of recording that is listed, amended and withdrawn.
pub trait Correctable: Recordable {
    /// To read the child's.
    const LIST: Verb;
    /// To correct one.
    const AMEND: Verb;
    /// To take one back.
    const WITHDRAW: Verb;
}

macro_rules! recordable {
    ($($content:ident: $record:ident, $view:ident $(, $list:ident, $amend:ident, $withdraw:ident)?;)+) => {$(
        impl Recordable for $content {
            const RECORD: Verb = Verb::$record;
            const VIEW: Verb = Verb::$view;
        }
        $(impl Correctable for $content {
            const LIST: Verb = Verb::$list;
            const AMEND: Verb = Verb::$amend;
            const WITHDRAW: Verb = Verb::$withdraw;
        })?
    )+};
}

recordable! {
    Concern: RaiseConcern, ViewConcern, ListConcerns, AmendConcern, WithdrawConcern;
    Observation: ObserveIndicator, ViewObservation, ListObservations, AmendObservation, WithdrawObservation;
    Contact: RecordContact, ViewContact, ListContacts, AmendContact, WithdrawContact;
    Referral: ReferChild, ViewReferral;
}

macro_rules! entry_actions {
    ($($(#[$meta:meta])* $name:ident<$bound:ident> { $id:ident: $id_type:ident $(, $purpose:ident)? } => $verb:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<C> {
            $id: $id_type,
            $($purpose: Option<Purpose>,)?
            content: std::marker::PhantomData<fn() -> C>,
        }

        impl<C: $bound> $name<C> {
            /// The action on this subject.
            pub fn new($id: $id_type $(, $purpose: Option<Purpose>)?) -> Self {
                Self { $id, $($purpose,)? content: std::marker::PhantomData }
            }

            #[doc = concat!("The ", stringify!($id), " it is about.")]
            pub fn $id(&self) -> $id_type {
                self.$id
            }
        }

        impl<C: $bound> Action for $name<C> {
            const VERB: Verb = C::$verb;
            fn subject(&self) -> Subject { Subject::from(self.$id) }
            $(fn purpose(&self) -> Option<Purpose> { self.$purpose })?
        }
    )+};
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

entry_actions! {
    /// Record something about a child.
    Record<Recordable> { child: ChildId } => RECORD;
    /// Read one recording.
    View<Recordable> { entry: EntryId, purpose } => VIEW;
    /// Read a child's recordings of one kind.
    List<Correctable> { child: ChildId, purpose } => LIST;
    /// Correct a recording.
    Amend<Correctable> { entry: EntryId } => AMEND;
    /// Take a recording back.
    Withdraw<Correctable> { entry: EntryId } => WITHDRAW;
}
