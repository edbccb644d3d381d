//! What happens to every request before and after its handler: connections, deadlines, admission, limits.

pub(crate) mod address;
pub(crate) mod admission;
pub(crate) mod beat;
pub(crate) mod connection;
pub(crate) mod deadline;
pub(crate) mod guesses;
pub(crate) mod health;
pub(crate) mod listen;
pub(crate) mod metrics;
pub(crate) mod middleware;
pub(crate) mod rate_limit;
