//! Counters for an operator: requests by route and status. No id and no name is ever a label.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::HttpResponse;

static ANSWERED: LazyLock<Mutex<BTreeMap<(String, u16), u64>>> = LazyLock::new(Mutex::default);

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
    text
}

pub(crate) async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(metrics_text())
}
