//! What the policies decide about one request, and the error if they cannot be loaded.

/// The policies cannot be used. The service does not start, and keeps its earlier policies if it is already running.
#[derive(Debug, thiserror::Error)]
#[error("the policies cannot be used: {0}")]
pub struct LoadError(pub(crate) String);

/// What the policies decide about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The ids of the policies that decided.
    pub policies: Vec<String>,
}

impl Decision {
    pub(crate) fn refused() -> Self {
        Self { allowed: false, policies: Vec::new() }
    }
}
