//! What a decision costs beside the SQL: the rules asked about an overview, for facts they were never asked about and
//! again, and the rows of a child turned into facts.

use std::collections::HashSet;
use std::time::Instant;

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_domain::{ChildId, Purpose};
use alongside_policy::action::ViewOverview;
use alongside_policy::{Action as _, Facts, Policy, situations};
use alongside_storage::measure::stand;
use uuid::Uuid;

use crate::Failure;
use crate::report::{median, number};

/// How many involvements run with the child whose rows are turned into facts.
const INVOLVEMENTS: usize = 4;
/// How many different facts are asked about at most.
const MOST: usize = 2_000;
/// How often each measure is taken that is short.
const TIMES: usize = 1_000;

/// In microseconds, each a median.
pub(crate) struct Decision {
    /// A decision that is made anew: one question to the rules.
    pub(crate) cold: f64,
    /// A permit whose decisions are all made anew: the action, and each group of fields that it may show.
    pub(crate) cold_permit: f64,
    /// A decision that is remembered.
    pub(crate) warm: f64,
    /// Rows turned into facts.
    pub(crate) standing: f64,
}

/// Works on one thread and waits for nothing, so that what passes is processor time.
pub(crate) fn measure() -> Result<Decision, Failure> {
    let policy = Policy::shipped()?;
    let action = ViewOverview { child: ChildId(Uuid::nil()), purpose: Some(Purpose::DirectWork) };
    let asked: HashSet<Facts> = situations()
        .filter(|situation| situation.verb == ViewOverview::VERB)
        .map(|situation| Facts { purpose_stated: true, reason_given: false, ..situation.facts })
        .collect();
    let asked: Vec<Facts> = asked.into_iter().take(MOST).collect();
    let round = || -> Vec<f64> {
        let ask = |facts: &Facts| {
            let begun = Instant::now();
            let password = policy.needs_own_password(ViewOverview::VERB, facts.own_password);
            let factor = policy.needs_second_factor(ViewOverview::VERB, facts.second_factor);
            drop(std::hint::black_box((password, factor, policy.permit(&action, *facts))));
            begun.elapsed().as_secs_f64() * 1e6
        };
        asked.iter().map(ask).collect()
    };
    let fresh = Policy::shipped()?;
    let one = |facts: &Facts| {
        let begun = Instant::now();
        drop(std::hint::black_box(fresh.decide(ViewOverview::VERB, *facts)));
        begun.elapsed().as_secs_f64() * 1e6
    };
    let cold = median(asked.iter().map(one).collect());
    let (cold_permit, warm) = (median(round()), median((0..9).flat_map(|_| round()).collect()));
    let now = SystemClock.now();
    let mut standing = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        if stand(INVOLVEMENTS, TIMES, now)? != TIMES {
            return Err("the actor was not found in charge".into());
        }
        standing.push(begun.elapsed().as_secs_f64() * 1e6 / number(TIMES));
    }
    Ok(Decision { cold, cold_permit, warm, standing: median(standing) })
}
