//! Keys, sealed cells, and the tokens by which a sealed value is found.

pub(crate) mod hashing;
pub(crate) mod keys;
pub(crate) mod search_token;
pub(crate) mod turns;
