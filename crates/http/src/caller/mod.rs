//! The caller: access tokens, issuers, and the identity that a handler takes.

pub(crate) mod api;
pub(crate) mod change;
pub(crate) mod identity;
pub(crate) mod issuer;
pub(crate) mod token;
