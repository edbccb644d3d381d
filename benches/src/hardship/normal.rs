//! Workers who send ordinary requests during an attack or fault: some read overviews, one raises concerns.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};

use crate::Failure;
use crate::client::Connection;
use crate::load::{Loaded, concern};
use crate::random::Random;
use crate::report::median;
use crate::server::Server;

/// The time of each request in milliseconds, and when it was answered.
pub(crate) struct Took(Vec<(Instant, f64)>);

impl Took {
    fn between(&self, from: Instant, to: Instant) -> Vec<f64> {
        self.0.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, took)| *took).collect()
    }

    /// The longest time of 99 of 100 requests that were answered in this period.
    pub(crate) fn p99(&self, from: Instant, to: Instant) -> f64 {
        let mut took = self.between(from, to);
        took.sort_unstable_by(f64::total_cmp);
        took.get(took.len() * 99 / 100).copied().unwrap_or(f64::INFINITY)
    }

    /// The median time of requests in the last part of the period.
    pub(crate) fn median_at_the_end(&self, part: Duration) -> f64 {
        let end = self.0.iter().map(|(at, _)| *at).max();
        end.map_or(f64::INFINITY, |end| median(self.between(end.checked_sub(part).unwrap_or(end), end)))
    }
}

/// What the workers do.
pub(crate) struct Day<'a> {
    pub(crate) server: &'a Server,
    pub(crate) token: &'a str,
    pub(crate) loaded: &'a Loaded,
    /// The number of workers who read. One more raises concerns.
    pub(crate) readers: u64,
    /// How long each waits between two requests.
    pub(crate) pause: Duration,
}

impl Day<'_> {
    fn one(&self, number: u64, over: &AtomicBool) -> Result<Vec<(Instant, f64)>, Failure> {
        let mut connection = Connection::open(self.server.address)?;
        let mut random = Random::new(number);
        let mut took = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let child = random.pick(&self.loaded.children).ok_or("no children")?;
            let head = format!("HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n", self.token);
            let (request, status) = if number == 0 {
                let at = SystemClock.now() - chrono::Duration::hours(1);
                let body = serde_json::to_string(&concern(at, &mut random))?;
                let head = format!("POST /v1/children/{child}/concerns {head}Content-Type: application/json\r\n");
                (format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()), 201)
            } else {
                (format!("GET /v1/children/{child}/overview {head}\r\n"), 200)
            };
            let begun = Instant::now();
            connection.exchange(request.as_bytes(), status)?;
            took.push((Instant::now(), begun.elapsed().as_secs_f64() * 1e3));
            thread::sleep(self.pause);
        }
        Ok(took)
    }

    /// Continues for as long as another task runs.
    pub(crate) fn during<T>(&self, other: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Took), Failure> {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let working: Vec<_> = (0..=self.readers)
                .map(|number| {
                    scope.spawn({
                        let over = &over;
                        move || self.one(number, over)
                    })
                })
                .collect();
            let found = other();
            over.store(true, Ordering::Relaxed);
            let mut all = Vec::new();
            for one in working {
                all.extend(one.join().map_err(|_| "a worker panicked")??);
            }
            Ok((found?, Took(all)))
        })
    }
}
