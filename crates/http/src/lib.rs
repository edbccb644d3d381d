//! The API: JSON over HTTP, described by OpenAPI.
//!
//! A handler has four steps. Extractors prove the actor and the shape of the request. The domain validates it.
//! [`Store::act`](alongside_storage::Store::act) decides and does it. Then the response leaves. `routes` lists every
//! path of the API.

mod access;
mod accounts;
mod application;
mod caller;
mod chronology;
mod edge;
mod health;
mod listen;
mod notices;
pub mod openapi;
mod record;
mod routes;
mod statistics;
mod statutory;
mod wire;

pub use application::{application, metrics_application};
pub use caller::api::Api;
pub use caller::issuer::{ClaimMap, Issuer, TokenAlgorithm};
pub use edge::connection::ConnectionLimits;
pub use edge::metrics::metrics_text;
pub use edge::rate_limit::Limits;
pub use listen::{listen, server};
