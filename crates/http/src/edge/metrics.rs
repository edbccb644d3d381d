//! Counters for an operator: requests by route and status. No label contains an id or a name.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::HttpResponse;

static ANSWERED: LazyLock<Mutex<BTreeMap<(String, u16), u64>>> = LazyLock::new(Mutex::default);

/// Open connections.
pub(crate) static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
/// Bytes of bodies that are being received or processed.
pub(crate) static BODIES: AtomicUsize = AtomicUsize::new(0);
static CLOSED: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Counts a connection that was closed or refused.
pub(crate) fn closed(reason: &'static str) {
    *CLOSED.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
}

pub(crate) fn count(route: &str, status: u16) {
    let mut answered = ANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    *answered.entry((route.to_owned(), status)).or_default() += 1;
}

/// The counters in the text format of Prometheus.
pub fn metrics_text() -> String {
    let answered = ANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text =
        String::from("# HELP alongside_requests_total Requests answered.\n# TYPE alongside_requests_total counter\n");
    for ((route, status), count) in answered.iter() {
        let _ = writeln!(text, "alongside_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}");
    }
    drop(answered);
    for (name, help, value) in [
        ("alongside_connections", "Connections that are open.", &CONNECTIONS),
        ("alongside_body_bytes", "Bytes of bodies that are being received or processed.", &BODIES),
    ] {
        let value = value.load(Ordering::Relaxed);
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    }
    text.push_str("# HELP alongside_connections_closed_total Connections closed or refused, and bodies refused.\n");
    text.push_str("# TYPE alongside_connections_closed_total counter\n");
    for (reason, count) in CLOSED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = writeln!(text, "alongside_connections_closed_total{{reason=\"{reason}\"}} {count}");
    }
    text
}

pub(crate) async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(metrics_text())
}
