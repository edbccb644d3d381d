//! How people and programs ask: JSON over HTTP, described by OpenAPI.
//!
//! The extractors of a handler prove the caller and the shape of what was sent, the domain validates it,
//! [`Store::act`](alongside_storage::Store::act) decides and does it, and the handler returns the response. `routes` lists
//! the whole API on one screen.

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
