//! "Not found" is sent at the next tick of a fixed delay. At the highest rate of such requests, other requests must be
//! hardly slower than beside as many refusals that are sent at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::IdSource as _;
use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_storage::SystemIds;

use super::normal::Day;
use super::{Outcome, Stage};
use crate::Failure;
use crate::client::{self, Connection};
use crate::load::{OUTSIDER, SIGN_IN_NAME};
use crate::report::{median, number};
use crate::server::Server;

/// Children in the database.
const CHILDREN: usize = 500;
/// Connections whose requests are refused.
const ASKING: usize = 64;
/// How long each round takes, after its warm-up.
const ROUND: Duration = Duration::from_secs(6);
const WARM_UP: Duration = Duration::from_secs(1);
/// How often the two alternate.
const ROUNDS: usize = 4;
/// How many times slower other requests may be.
const SLOWER: f64 = 1.1;

/// Sends requests over many connections until the end, each at a limited rate. Returns how many were answered in the
/// counted time.
fn ask(
    server: &Server,
    request: &(dyn Fn() -> String + Sync),
    status: u16,
    between: Duration,
    counts: Duration,
) -> Result<usize, Failure> {
    let (over, counting, answered) = (AtomicBool::new(false), AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let asking: Vec<_> = (0..ASKING)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(server.address)?;
                    let mut next = Instant::now();
                    while !over.load(Ordering::Relaxed) {
                        thread::sleep(next.saturating_duration_since(Instant::now()));
                        // After a slow moment, the connection does not catch up with a burst.
                        next = if next + 4 * between < Instant::now() { Instant::now() } else { next + between };
                        connection.exchange(request().as_bytes(), status)?;
                        if counting.load(Ordering::Relaxed) {
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    Ok::<_, Failure>(())
                })
            })
            .collect();
        thread::sleep(WARM_UP);
        counting.store(true, Ordering::Relaxed);
        thread::sleep(counts);
        over.store(true, Ordering::Relaxed);
        for one in asking {
            one.join().map_err(|_| "a connection panicked")??;
        }
        Ok(answered.load(Ordering::Relaxed))
    })
}

pub(crate) fn run(stage: &Stage) -> Result<Outcome, Failure> {
    let loaded = stage.load(CHILDREN)?;
    let server = stage.serve(&[])?;
    let token = client::sign_in(&server, SIGN_IN_NAME)?;
    let outsider = client::sign_in(&server, OUTSIDER)?;
    let asks = |path: String, token: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    // The same id each time is counted once, so this measures the delay alone. Fresh ids soon reach the threshold for
    // unknown ids and are then refused at once.
    let unknown = SystemIds.next(SystemClock.now());
    let missing = || asks(format!("/v1/children/{unknown}"), &outsider);
    // It needs as many queries: the worker knows the record, but may not see whether it is restricted.
    let known = loaded.children.first().ok_or("no children")?;
    let refused = || asks(format!("/v1/children/{known}/restriction"), &token);
    let day = Day { server: &server, token: &token, loaded: &loaded, readers: 3, pause: Duration::from_millis(2) };
    let (mut rates, mut of_refused, mut beside_missing, mut beside_refused) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (count, took) = day.during(|| ask(&server, &missing, 404, Duration::ZERO, ROUND))?;
        let rate = number(count) / ROUND.as_secs_f64();
        rates.push(rate);
        beside_missing.push(took.median_at_the_end(ROUND));
        let between = Duration::from_secs_f64(number(ASKING) / rate);
        let (count, took) = day.during(|| ask(&server, &refused, 403, between, ROUND))?;
        of_refused.push(number(count) / ROUND.as_secs_f64());
        beside_refused.push(took.median_at_the_end(ROUND));
    }
    server.stop()?;
    let [rate, of_refused, missing, refused] = [rates, of_refused, beside_missing, beside_refused].map(median);
    let slower = missing / refused;
    let figures = format!(
        "workers wait {missing:.2} ms beside {rate:.0} not found a second, {refused:.2} ms beside {of_refused:.0} \
         refusals a second: {slower:.2} times (at most {SLOWER})"
    );
    Ok(Outcome::of(figures, slower <= SLOWER && of_refused >= 0.9 * rate))
}
