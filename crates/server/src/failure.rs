//! Why the program stops: one plain sentence of what happened and what to do.

use alongside_domain::Violations;

/// Ends the program with exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure with its sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// Everything wrong with what was given.
    pub(crate) fn invalid(what: &str, violations: &Violations) -> Self {
        let faults: Vec<_> = violations
            .0
            .iter()
            .map(|fault| format!("{} {}", fault.pointer.trim_start_matches('/'), fault.detail))
            .collect();
        Self(format!("{what} cannot be accepted: {}.", faults.join("; ")))
    }
}

impl From<alongside_storage::OpenError> for Failure {
    fn from(error: alongside_storage::OpenError) -> Self {
        Self(error.to_string())
    }
}

impl From<alongside_storage::Error> for Failure {
    fn from(error: alongside_storage::Error) -> Self {
        match error {
            alongside_storage::Error::Invalid(violations) => Self::invalid("The input", &violations),
            other => Self(other.to_string()),
        }
    }
}
