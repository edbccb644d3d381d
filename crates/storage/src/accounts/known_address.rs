//! Networks from which the owner of an account signed in before, so that guesses from elsewhere lock no owner out. They
//! are remembered across restarts and by every server of a database. Keyed digests show neither a name nor a network.

use alongside_domain::{At, WorkerId};
use chrono::Duration;
use diesel::prelude::*;

use crate::context::job::Passed;
use crate::context::queues::Priority;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::known_address;
use crate::database::sql_types::{Stamp, Uid};

/// How many networks of one worker are remembered. The latest are kept.
const OF_ONE_WORKER: i64 = 20;
/// A network is forgotten after this many days without a sign-in.
const REMEMBERED_DAYS: i64 = 180;

/// Where an attempt to sign in comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The network, as text.
    pub network: String,
    /// Whether the owner of the name signed in from there before.
    pub is_known: bool,
}

fn digest(shared: &Shared, sign_in_name: &str, network: &str) -> Vec<u8> {
    shared.keys.token("known_address", &format!("{sign_in_name}\u{0}{network}"))
}

fn forgotten_before(now: At) -> Stamp {
    Stamp(now - Duration::days(REMEMBERED_DAYS))
}

impl Store {
    /// Whether the owner of this name signed in from this network before. It is one query by digest, whether or not the
    /// name exists.
    pub async fn is_known_address(&self, sign_in_name: String, network: String) -> Result<bool, Error> {
        self.look_unaudited_in(Priority::Urgent, move |shared, c| {
            let row = known_address::table
                .find(digest(shared, &sign_in_name, &network))
                .filter(known_address::last_at.gt(forgotten_before(shared.clock.now())))
                .select(known_address::worker_id);
            let found: Option<Uid> = on_either!(c, c => row.first(c).optional())?;
            Ok(found.is_some())
        })
        .await
    }

    /// Forgets networks without a sign-in for half a year. The server runs it every hour.
    pub async fn forget_old_addresses(&self) -> Result<(), Error> {
        self.session_change(|_, connection, now| {
            let old = known_address::table.filter(known_address::last_at.lt(forgotten_before(now)));
            let forgotten = on_either!(connection, c => diesel::delete(old).execute(c));
            Passed::of(forgotten.map(drop).map_err(Error::from), None)
        })
        .await
    }
}

/// Remembers the network of a sign-in, and the latest ones besides it.
pub(crate) fn remember(
    shared: &Shared,
    connection: &mut Connection,
    worker: WorkerId,
    sign_in_name: &str,
    network: &str,
    now: At,
) -> Result<(), Error> {
    let (worker, now) = (Uid::from(worker), Stamp(now));
    let row = (
        known_address::digest.eq(digest(shared, sign_in_name, network)),
        known_address::worker_id.eq(worker),
        known_address::last_at.eq(now),
    );
    on_either!(connection, c => {
        diesel::insert_into(known_address::table)
            .values(row)
            .on_conflict(known_address::digest)
            .do_update()
            .set(known_address::last_at.eq(now))
            .execute(c)?;
        let beyond: Vec<Vec<u8>> = known_address::table
            .filter(known_address::worker_id.eq(worker))
            .order((known_address::last_at.desc(), known_address::digest))
            .offset(OF_ONE_WORKER)
            .limit(OF_ONE_WORKER)
            .select(known_address::digest)
            .load(c)?;
        if !beyond.is_empty() {
            diesel::delete(known_address::table.filter(known_address::digest.eq_any(beyond))).execute(c)?;
        }
    });
    Ok(())
}
