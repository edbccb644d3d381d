//! The actions that do not fit on a line of the table of operations: recordings of each kind, and emergency access.

use alongside_domain::access::emergency::NewEmergency;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::contact::Contact;
use alongside_domain::record::entry::Content;
use alongside_domain::record::observation::Observation;
use alongside_domain::statutory::referral::Referral;
use alongside_domain::{ChildId, EntryId, Purpose};

pub use crate::operation::*;
pub use crate::subject::Subject;

/// Open the record in an emergency.
#[derive(Debug, Clone, Copy)]
pub struct BeginEmergencyAccess {
    child: ChildId,
    reason_given: bool,
}

impl BeginEmergencyAccess {
    /// An emergency access with the reason that the worker gave.
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

/// The verbs of one kind of recording.
pub trait Recordable: Content {
    /// Records it.
    const RECORD: Verb;
    /// Reads one.
    const VIEW: Verb;
}

/// A kind of recording that is listed, amended and withdrawn.
pub trait Correctable: Recordable {
    /// Reads the child's recordings of this kind.
    const LIST: Verb;
    /// Corrects one.
    const AMEND: Verb;
    /// Withdraws one.
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

            #[doc = concat!("The ", stringify!($id), " that it is about.")]
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

entry_actions! {
    /// Record something about a child.
    Record<Recordable> { child: ChildId } => RECORD;
    /// Read one recording.
    View<Recordable> { entry: EntryId, purpose } => VIEW;
    /// Read a child's recordings of one kind.
    List<Correctable> { child: ChildId, purpose } => LIST;
    /// Correct a recording.
    Amend<Correctable> { entry: EntryId } => AMEND;
    /// Withdraw a recording.
    Withdraw<Correctable> { entry: EntryId } => WITHDRAW;
}
