//! Concerns: what somebody noticed and raised.

use alongside_domain::At;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::entry::Entry;

use crate::record::entry::{Shown, entry_handlers};

impl Shown for Concern {
    const PLURAL: &'static str = "concerns";
    type View = Entry<Self>;

    fn shown(entry: Entry<Self>, _: At) -> Entry<Self> {
        entry
    }
}

entry_handlers!(
    Concern as Entry<Concern>,
    tag = "concerns",
    list = "/v1/children/{child}/concerns",
    one = "/v1/concerns/{concern}",
    id = "concern",
    record = "raise_concern",
    list_op = "list_concerns",
    view = "view_concern",
    versions = "view_concern_versions",
    amend = "amend_concern",
    withdraw = "withdraw_concern"
);
