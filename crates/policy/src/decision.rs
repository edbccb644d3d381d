//! What the policies say about one question, and that they cannot be used at all.

/// The policies cannot be used. The service does not start.
#[derive(Debug, thiserror::Error)]
#[error("the policies cannot be used: {0}")]
pub struct LoadError(pub(crate) String);

/// What the policies say about one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The ids of the policies that decided.
    pub policies: Vec<String>,
}

impl Decision {
    pub(crate) fn refused() -> Self {
        Self { allowed: false, policies: Vec::new() }
    }
}
