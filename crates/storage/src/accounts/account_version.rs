//! The details of agencies and accounts, version by version. A review needs to know who had which role when.

use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_domain::{AgencyId, At, Version, WorkerId};
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::account_version;
use crate::database::sql_types::{Stamp, Uid};
use crate::record::child::differing_fields;

/// What a version is of.
#[derive(Clone, Copy)]
pub(crate) enum Account {
    Agency(AgencyId),
    Worker(WorkerId),
}

impl Account {
    fn key(self) -> (&'static str, Uid) {
        match self {
            Self::Agency(id) => ("agency", id.into()),
            Self::Worker(id) => ("worker", id.into()),
        }
    }
}

/// Adds a version. The author is absent for the operator, at the command line.
pub(crate) fn write<D: Serialize>(
    connection: &mut Connection,
    account: Account,
    version: Version,
    author: Option<WorkerId>,
    now: At,
    details: &D,
) -> Result<(), Error> {
    let details = serde_json::to_string(details).map_err(|_| Error::Corrupt("not serialisable"))?;
    let (kind, subject) = account.key();
    let row = (
        account_version::kind.eq(kind),
        account_version::subject_id.eq(subject),
        account_version::version.eq(version.0),
        account_version::author_id.eq(author.map(Uid::from)),
        account_version::recorded_at.eq(Stamp(now)),
        account_version::details.eq(details),
    );
    on_either!(connection, c => diesel::insert_into(account_version::table).values(row).execute(c))?;
    Ok(())
}

/// None where the subject is unknown.
fn all<D: DeserializeOwned>(connection: &mut Connection, account: Account) -> Result<Vec<DetailsVersion<D>>, Error> {
    let (kind, subject) = account.key();
    let rows: Vec<(i32, Option<Uid>, Stamp, String)> = on_either!(connection, c => account_version::table
        .filter(account_version::kind.eq(kind))
        .filter(account_version::subject_id.eq(subject))
        .order(account_version::version.asc())
        .select((
            account_version::version,
            account_version::author_id,
            account_version::recorded_at,
            account_version::details,
        ))
        .load(c))?;
    rows.into_iter()
        .map(|(version, author, recorded_at, details)| {
            Ok(DetailsVersion {
                version: Version(version),
                author_id: author.map(WorkerId::from),
                recorded_at: recorded_at.0,
                details: serde_json::from_str(&details)
                    .map_err(|_| Error::Corrupt("an account has an unknown shape"))?,
            })
        })
        .collect()
}

/// Every version, oldest first.
pub(crate) fn known<D: DeserializeOwned>(
    connection: &mut Connection,
    account: Account,
) -> Result<Vec<DetailsVersion<D>>, Error> {
    let versions = all(connection, account)?;
    if versions.is_empty() { Err(Error::Unknown) } else { Ok(versions) }
}

/// The error for a caller who held an old version. It names what has changed since.
pub(crate) fn stale<D: Serialize + DeserializeOwned>(
    connection: &mut Connection,
    account: Account,
    held: Version,
) -> Error {
    let versions = match all::<D>(connection, account) {
        Ok(versions) => versions,
        Err(error) => return error,
    };
    let Some(present) = versions.last() else {
        return Error::Corrupt("an account has no version");
    };
    let known = versions.iter().find(|version| version.version == held);
    Error::Stale {
        current: present.version,
        changed_at: present.recorded_at,
        changed_by: present.author_id,
        changed_fields: known.map_or_else(Vec::new, |known| differing_fields(&known.details, &present.details)),
    }
}
