//! One thread that releases every delayed response at its time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot;

/// A response, and when it is sent.
struct Waiting {
    moment: Instant,
    leave: oneshot::Sender<()>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.moment == other.moment
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.moment.cmp(&other.moment)
    }
}

/// The delayed responses, the next one first.
#[derive(Default)]
struct Queue {
    waiting: Mutex<BinaryHeap<Reverse<Waiting>>>,
    changed: Condvar,
}

impl Queue {
    fn put(&self, waiting: Waiting) {
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = queue.peek().is_none_or(|Reverse(next)| waiting.moment < next.moment);
        queue.push(Reverse(waiting));
        if is_next {
            self.changed.notify_one();
        }
    }

    fn keep_moments(&self) {
        let mut due = Vec::new();
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            while queue.peek().is_some_and(|Reverse(next)| next.moment <= now) {
                due.extend(queue.pop());
            }
            if !due.is_empty() {
                drop(queue);
                for Reverse(waiting) in due.drain(..) {
                    // The receiver is gone if the connection was closed.
                    let _ = waiting.leave.send(());
                }
                queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue = match queue.peek() {
                None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(Reverse(next)) => {
                    let time = next.moment.saturating_duration_since(now);
                    self.changed.wait_timeout(queue, time).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

static QUEUE: LazyLock<Option<&'static Queue>> = LazyLock::new(|| {
    let queue: &Queue = Box::leak(Box::default());
    let thread = thread::Builder::new().name("delay".to_owned()).spawn(|| queue.keep_moments());
    thread.is_ok().then_some(queue)
});

/// Waits with microsecond precision. The timers of the runtime count milliseconds from when they are set, so that a
/// slower lookup would still be answered later.
pub(crate) async fn wait_until(moment: Instant) {
    // If the thread could not be started, the response is not delayed.
    let Some(queue) = *QUEUE else { return };
    let (leave, left) = oneshot::channel();
    queue.put(Waiting { moment, leave });
    let _ = left.await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[actix_web::test]
    async fn answers_leave_in_the_order_of_their_moments_and_not_before() {
        let begun = Instant::now();
        let moments = [9, 3, 6].map(|milliseconds| begun + Duration::from_millis(milliseconds));
        let waiting = moments.map(|moment| {
            actix_web::rt::spawn(async move {
                wait_until(moment).await;
                (moment, Instant::now())
            })
        });
        let mut left = Vec::new();
        for one in waiting {
            left.push(one.await.expect("a moment"));
        }
        left.sort();
        assert!(left.iter().all(|(moment, left)| left >= moment), "{left:?}");
        assert!(left.iter().is_sorted_by_key(|(_, left)| *left), "{left:?}");
    }

    #[actix_web::test]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        let begun = Instant::now();
        wait_until(begun).await;
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}
