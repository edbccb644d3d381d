//! What the edge keeps for all requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use alongside_storage::Store;

use crate::edge::admission::Admission;
use crate::edge::connection::Connections;
use crate::edge::rate_limit::RateLimits;
use crate::wire::problem::Problem;

/// What the edge keeps for all requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) store: Store,
    pub(crate) limits: Arc<RateLimits>,
    /// The proxies whose word is taken for whom they forward.
    pub(crate) proxies: Arc<[IpAddr]>,
    /// How long an answer may take.
    pub(crate) deadline: Duration,
    pub(crate) admission: Arc<Admission>,
    pub(crate) connections: Arc<Connections>,
}

impl Edge {
    /// That of the application which a request came to.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Self, Problem> {
        request.app_data::<Self>().ok_or(Problem::Internal)
    }
}
