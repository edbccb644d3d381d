//! Changes that a client may repeat, and what a repetition returns.

use alongside_domain::Purpose;
use alongside_policy::Action;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::granted::Granted;
use crate::database::error::Error;
use crate::sealing::keys::digest_of;

/// A repetition reads what the change made. It needs no other purpose than the change.
pub(crate) const REPEATING: Option<Purpose> = Some(Purpose::RecordKeeping);

/// A change that is made once for one Idempotency-Key.
pub trait Repeatable: Action + Sized {
    /// What it returns.
    type Answer;
    /// The id of what it made or changed.
    type Made: Serialize + DeserializeOwned;

    /// The id in a result.
    fn made(answer: &Self::Answer) -> Self::Made;

    /// What a repetition returns: what was made, as the caller may see it now.
    fn again(granted: &mut Granted<'_, Self>, made: Self::Made) -> Result<Self::Answer, Error>;
}

/// Changes that return no body. A repetition only checks that the change is still allowed.
macro_rules! repeatable_without_body {
    ($($action:ty),+ $(,)?) => {$(
        impl crate::context::repeatable::Repeatable for $action {
            type Answer = ();
            type Made = ();

            fn made((): &()) {}

            fn again(_: &mut crate::context::granted::Granted<'_, Self>, (): ()) -> Result<(), crate::database::error::Error> {
                Ok(())
            }
        }
    )+};
}

pub(crate) use repeatable_without_body;

/// An Idempotency-Key and what it was sent with.
#[derive(Debug, Clone)]
pub struct Once {
    pub(crate) digest: Vec<u8>,
    pub(crate) fingerprint: Vec<u8>,
}

impl Once {
    /// For a key sent to `route` with `body`, which includes anything else that distinguishes the request.
    pub fn new(key: &str, route: &str, body: &[u8]) -> Self {
        let mut whole = Vec::with_capacity(route.len() + 1 + body.len());
        whole.extend_from_slice(route.as_bytes());
        whole.push(0);
        whole.extend_from_slice(body);
        Self { digest: digest_of(key.as_bytes()), fingerprint: digest_of(&whole) }
    }
}
