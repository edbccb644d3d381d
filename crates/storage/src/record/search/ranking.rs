//! Which children match a search, best first, and how many of them are named.
//!
//! The query leaves out records that are hidden from the caller before it orders or cuts anything. So neither the order
//! of the list, nor whether it is cut, reveals them.

use alongside_domain::ChildId;
use alongside_policy::{Action, Verb};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{child, child_token, conflict, emergency_access, involvement, listed_person};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::child::of_child;

/// The most children that are named. More matches mean that the search was too broad.
pub(super) const MOST_CANDIDATES: usize = 50;

/// How many rows are confirmed at once: one more than is named, so that one query is enough.
const AT_ONCE: i64 = 51;

/// For how many hidden records with the same number the people on their lists are notified.
const MOST_HIDDEN: i64 = 50;

/// The best matches that the caller may know about.
#[derive(Default)]
pub(crate) struct Ranked {
    pub(crate) children: Vec<ChildId>,
    /// Whether there are more.
    pub(crate) cut: bool,
}

/// Whether the caller may know about a record, in SQL. It is open, or the caller is on its list, and the caller has no
/// conflict with the child. The policy confirms every row that passes.
macro_rules! is_there {
    ($granted:expr) => {{
        let (me, agency) = (Uid::from($granted.actor.worker), Uid::from($granted.actor.agency));
        let now = Stamp($granted.now);
        let conflicts = conflict::table
            .filter(conflict::child_id.eq(child::id))
            .filter(conflict::worker_id.eq(me))
            .filter(conflict::lifted_at.is_null());
        let listed =
            listed_person::table.filter(listed_person::child_id.eq(child::id)).filter(listed_person::worker_id.eq(me));
        let emergency = emergency_access::table
            .filter(emergency_access::child_id.eq(child::id))
            .filter(emergency_access::worker_id.eq(me))
            .filter(emergency_access::agency_id.eq(agency))
            .filter(emergency_access::started_at.le(now))
            .filter(emergency_access::ends_at.gt(now));
        not(exists(conflicts)).and(
            child::restriction
                .eq("open")
                .or(exists(listed))
                .or(child::restriction.eq("restricted").and(exists(emergency))),
        )
    }};
}

diesel::alias! {
    const NEEDED: Alias<Needed> = child_token as needed_token;
}

/// The records that have one of these tokens.
macro_rules! having {
    ($needed:expr) => {
        child::id.eq_any(
            NEEDED.filter(NEEDED.field(child_token::token).eq_any($needed)).select(NEEDED.field(child_token::child_id)),
        )
    };
}

impl<A: Action> Granted<'_, A> {
    /// The children that have one of the needed tokens, and that the caller may know about. Those that match most
    /// tokens come first. Among equals come the children that the caller works with, then those of the caller's agency,
    /// and then the latest.
    pub(super) fn ranked(&mut self, needed: &[&[u8]], tokens: &[&[u8]], but: Option<ChildId>) -> Result<Ranked, Error> {
        let (mut ranked, mut after) = (Ranked::default(), 0);
        if needed.is_empty() {
            return Ok(ranked);
        }
        loop {
            let rows = self.best(needed, tokens, but, after)?;
            let last = i64::try_from(rows.len()).is_ok_and(|count| count < AT_ONCE);
            for id in rows.into_iter().map(ChildId::from) {
                let subject = of_child(self.connection, &self.actor, id, self.now)?.unwrap_or_default();
                if !self.policy.allows_for(&self.permit, Verb::RaiseConcern, subject.relation) {
                    continue;
                }
                if ranked.children.len() == MOST_CANDIDATES {
                    ranked.cut = true;
                    return Ok(ranked);
                }
                ranked.children.push(id);
            }
            if last {
                return Ok(ranked);
            }
            after += AT_ONCE;
        }
    }

    fn best(
        &mut self,
        needed: &[&[u8]],
        tokens: &[&[u8]],
        but: Option<ChildId>,
        after: i64,
    ) -> Result<Vec<Uid>, Error> {
        let is_there = is_there!(self);
        let running = || {
            involvement::table
                .filter(involvement::child_id.eq(child::id))
                .filter(involvement::started_at.le(Stamp(self.now)))
                .filter(involvement::ends_at.gt(Stamp(self.now)))
        };
        let mine = running().filter(involvement::worker_id.eq(Uid::from(self.actor.worker)));
        let of_my_agency = running().filter(involvement::agency_id.eq(Uid::from(self.actor.agency)));
        let matching = child::table
            .inner_join(child_token::table.on(child_token::child_id.eq(child::id)))
            .filter(child_token::token.eq_any(tokens))
            .filter(having!(needed))
            .filter(is_there)
            .filter(child::id.ne(Uid(but.map(|but| but.0).unwrap_or_default())))
            .group_by(child::id)
            .order((
                count_star().desc(),
                exists(mine).desc(),
                exists(of_my_agency).desc(),
                child::recorded_at.desc(),
                child::id.desc(),
            ))
            .limit(AT_ONCE)
            .offset(after)
            .select(child::id);
        Ok(on_either!(&mut *self.connection, c => matching.load(c))?)
    }

    /// The latest of the children that have one of these tokens and are hidden from the caller.
    pub(super) fn hidden_with(&mut self, needed: &[&[u8]], but: Option<ChildId>) -> Result<Vec<ChildId>, Error> {
        if needed.is_empty() {
            return Ok(Vec::new());
        }
        let is_there = is_there!(self);
        let hidden = child::table
            .filter(having!(needed))
            .filter(not(is_there))
            .filter(child::id.ne(Uid(but.map(|but| but.0).unwrap_or_default())))
            .order((child::recorded_at.desc(), child::id.desc()))
            .limit(MOST_HIDDEN)
            .select(child::id);
        let ids: Vec<Uid> = on_either!(&mut *self.connection, c => hidden.load(c))?;
        Ok(ids.into_iter().map(ChildId::from).collect())
    }
}
