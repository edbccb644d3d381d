//! Contacts with the child, in which trust is built.

use alongside_domain::At;
use alongside_domain::record::contact::Contact;
use alongside_domain::record::entry::Entry;

use crate::record::entry::{Shown, entry_handlers};

impl Shown for Contact {
    const PLURAL: &'static str = "contacts";
    type View = Entry<Self>;

    fn shown(entry: Entry<Self>, _: At) -> Entry<Self> {
        entry
    }
}

entry_handlers!(
    Contact as Entry<Contact>,
    tag = "contacts",
    list = "/v1/children/{child}/contacts",
    one = "/v1/contacts/{contact}",
    id = "contact",
    record = "record_contact",
    list_op = "list_contacts",
    view = "view_contact",
    versions = "view_contact_versions",
    amend = "amend_contact",
    withdraw = "withdraw_contact"
);
