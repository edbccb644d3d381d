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
    /// The trusted proxies: the addresses that they forward are believed.
    pub(crate) proxies: Arc<[IpAddr]>,
    /// How long a response may take.
    pub(crate) deadline: Duration,
    pub(crate) admission: Arc<Admission>,
    pub(crate) connections: Arc<Connections>,
}

impl Edge {
    /// The edge of the application that received the request.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Self, Problem> {
        request.app_data::<Self>().ok_or(Problem::Internal)
    }
}
