//! A notice as it is stored.

use alongside_domain::notices::notice::Notice;

use crate::database::error::Error;
use crate::database::schema::notice;
use crate::database::sql_types::{Stamp, Uid};

pub(crate) type Row = (Uid, String, String, Uid, Stamp, Option<Stamp>);

/// The columns of a [`Row`].
pub(crate) const NOTICE: (
    notice::id,
    notice::kind,
    notice::about_kind,
    notice::about_id,
    notice::recorded_at,
    notice::acknowledged_at,
) = (notice::id, notice::kind, notice::about_kind, notice::about_id, notice::recorded_at, notice::acknowledged_at);

pub(crate) fn notice_of(row: Row) -> Result<Notice, Error> {
    let (id, kind, about_kind, about_id, at, acknowledged_at) = row;
    Ok(Notice {
        id: id.into(),
        kind: kind.parse().map_err(|_| Error::Corrupt("a notice has an unknown kind"))?,
        about_kind,
        about_id: Some(about_id.0),
        child_id: None,
        at: at.0,
        unusual: None,
        acknowledged_at: acknowledged_at.map(|at| at.0),
    })
}
