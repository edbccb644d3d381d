//! What happens to every request before and after its handler: connections, deadlines, admission, limits.

pub(crate) mod address;
pub(crate) mod admission;
pub(crate) mod admit;
pub(crate) mod beat;
pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod deadline;
pub(crate) mod guesses;
pub(crate) mod metrics;
pub(crate) mod middleware;
pub(crate) mod rate_limit;
pub(crate) mod shared;
pub(crate) mod streams;
