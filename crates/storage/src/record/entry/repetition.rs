//! A repeated request to record or withdraw returns the recording, read as usual.

use alongside_domain::EntryId;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::contact::Contact;
use alongside_domain::record::entry::Entry;
use alongside_domain::record::observation::Observation;
use alongside_policy::action::{Record, View, Withdraw};

use crate::context::granted::Granted;
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::error::Error;

macro_rules! repeatable {
    ($($content:ident),+) => {$(
        impl Repeatable for Record<$content> {
            type Answer = Entry<$content>;
            type Made = EntryId;

            fn made(entry: &Self::Answer) -> EntryId {
                entry.head.id
            }

            fn again(granted: &mut Granted<'_, Self>, entry: EntryId) -> Result<Self::Answer, Error> {
                granted.recorded = Some(("entry", entry.0));
                granted.look_again(&View::<$content>::new(entry, REPEATING), |granted| granted.entry(None))
            }
        }

        impl Repeatable for Withdraw<$content> {
            type Answer = Entry<$content>;
            type Made = EntryId;

            fn made(entry: &Self::Answer) -> EntryId {
                entry.head.id
            }

            fn again(granted: &mut Granted<'_, Self>, entry: EntryId) -> Result<Self::Answer, Error> {
                granted.look_again(&View::<$content>::new(entry, REPEATING), |granted| granted.entry(None))
            }
        }
    )+};
}

repeatable!(Concern, Observation, Contact);
