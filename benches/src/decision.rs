//! What a decision costs in addition to the SQL: deciding on an overview for new facts, deciding again for the same
//! facts, and turning a child's rows into facts.

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

/// The number of current involvements with the child whose rows are turned into facts.
const INVOLVEMENTS: usize = 4;
/// The largest number of different facts.
const MOST: usize = 2_000;
/// How often each short measurement is repeated.
const TIMES: usize = 1_000;

/// Medians, in microseconds.
pub(crate) struct Decision {
    /// A decision that is not remembered: one question to the rules.
    pub(crate) cold: f64,
    /// A permit with no decision remembered: the action, and each group of fields that it may show.
    pub(crate) cold_permit: f64,
    /// A decision that is remembered.
    pub(crate) warm: f64,
    /// Rows turned into facts.
    pub(crate) standing: f64,
}

/// Runs on one thread and never waits, so the elapsed time is processor time.
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
            return Err("the actor is not allocated to the child".into());
        }
        standing.push(begun.elapsed().as_secs_f64() * 1e6 / number(TIMES));
    }
    Ok(Decision { cold, cold_permit, warm, standing: median(standing) })
}
