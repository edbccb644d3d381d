//! What all handlers share.

use std::net::IpAddr;
use std::sync::Arc;

use alongside_storage::Store;

use crate::caller::issuer::{Issuer, Issuers};
use crate::caller::token::Tokens;
use crate::edge::admission::Admission;
use crate::edge::connection::{ConnectionLimits, Connections};
use crate::edge::rate_limit::{Limits, RateLimits};
use crate::edge::shared::Edge;
use crate::edge::streams::Streams;

/// What all handlers share.
pub struct Api {
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) issuers: Issuers,
    pub(crate) streams: Streams,
    pub(crate) edge: Edge,
}

impl Api {
    /// The API over a store, with these limits.
    pub fn new(store: Store, limits: &Limits) -> Self {
        let edge = Edge {
            store: store.clone(),
            limits: Arc::new(RateLimits::new(limits)),
            proxies: Arc::default(),
            deadline: limits.deadline,
            admission: Admission::new(limits.at_once),
            connections: Connections::new(ConnectionLimits::default()),
        };
        Self {
            tokens: Tokens::new(store.signing_seed()),
            issuers: Issuers::default(),
            streams: Streams::new(limits),
            edge,
            store,
        }
    }

    /// Ends every stream of notices and opens no more, so that the service can stop.
    pub fn end_streams(&self) {
        self.streams.close();
    }

    /// The same API with these trusted proxies. It believes the address that they forward.
    #[must_use]
    pub fn behind(self, proxies: Vec<IpAddr>) -> Self {
        Self { edge: Edge { proxies: proxies.into(), ..self.edge }, ..self }
    }

    /// The same API with these limits for connections and bodies.
    #[must_use]
    pub fn bounded_by(self, limits: ConnectionLimits) -> Self {
        Self { edge: Edge { connections: Connections::new(limits), ..self.edge }, ..self }
    }

    /// The same API, which also accepts access tokens of these issuers.
    #[must_use]
    pub fn trusting(self, issuers: Vec<Issuer>) -> Self {
        Self { issuers: Issuers::new(issuers), ..self }
    }
}
