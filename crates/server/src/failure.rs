//! Why the program stops: one plain sentence that says what happened and what to do.

use alongside_domain::Violations;

/// A failure. It ends the program with exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure with this sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A failure that lists every violation in the input.
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
