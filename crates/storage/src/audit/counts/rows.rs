//! What counts once in a day, and the counts.

use alongside_domain::audit::activity::ActivityKind;
use alongside_domain::{At, WorkerId};
use diesel::result::Error as Failure;
use uuid::Uuid;

use crate::database::sql_types::{Stamp, Uid};

/// What counts once for a worker on a day: a record that was read, or an id that was not found. Rows are locked in this
/// order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Once {
    pub(crate) worker: WorkerId,
    /// What the day counts.
    pub(crate) kind: ActivityKind,
    pub(crate) day: At,
    pub(crate) subject: Uuid,
}

/// Whose count, of what, and since when. Rows are locked in this order.
pub(crate) type Count = (WorkerId, ActivityKind, At);

/// What counts, because it is new in its hour.
pub(crate) struct Seen {
    pub(crate) worker: WorkerId,
    pub(crate) kind: ActivityKind,
    pub(crate) hour: At,
    /// It is new on its day, too.
    pub(crate) new_today: bool,
}

/// The worker, the kind, and the first and last hour.
pub(crate) type SeenRow = (Uid, String, Stamp, Stamp);

impl TryFrom<SeenRow> for Seen {
    type Error = Failure;

    fn try_from((worker, kind, first, last): SeenRow) -> Result<Self, Failure> {
        Ok(Self { worker: worker.into(), kind: kind_of(&kind)?, hour: last.0, new_today: first == last })
    }
}

/// A count, and what it is now.
pub(crate) type CountRow = (Uid, String, Stamp, i32);

pub(crate) fn count_of((worker, kind, since, amount): CountRow) -> Result<(Count, u32), Failure> {
    Ok(((worker.into(), kind_of(&kind)?, since.0), u32::try_from(amount).unwrap_or_default()))
}

fn kind_of(kind: &str) -> Result<ActivityKind, Failure> {
    kind.parse().map_err(|error| Failure::DeserializationError(Box::new(error)))
}

/// An amount as it is stored.
pub(crate) fn stored(amount: u32) -> i32 {
    i32::try_from(amount).unwrap_or(i32::MAX)
}
