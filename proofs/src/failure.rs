//! Why there is no proof. A property that was refuted, and a proof that could not be tried, are told apart.

use std::path::PathBuf;

use crate::example::Example;

/// There is no proof.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The solver found what breaks a property.
    #[error("REFUTED: {0}")]
    Refuted(Refutation),
    /// The solver's program did not start.
    #[error(
        "the solver cvc5 did not start ({0}), so nothing was proved. Install it (on Debian or Ubuntu: \
         sudo apt-get install cvc5), or name its program in the environment variable CVC5. Then run this again."
    )]
    SolverMissing(String),
    /// The solver gave no answer.
    #[error("the solver gave no answer about {about}: {reason}. Try again; if it stays, simplify that policy.")]
    NoAnswer { about: String, reason: String },
    /// What was to be proved does not fit the schema.
    #[error("cannot be put as a question: {about}: {reason}. Policies, properties and schema must fit each other.")]
    NotAQuestion { about: String, reason: String },
    /// A property speaks of nothing, and would hold without meaning anything.
    #[error("\"{0}\" speaks of no request at all, and would hold whatever the policies say. Correct the property.")]
    Vacuous(String),
    /// The engine of the service does not see what the solver found.
    #[error("the solver and the engine disagree about {0}. Neither is to be believed until that is understood.")]
    Disagreement(String),
    /// A file of the policies cannot be read.
    #[error("cannot read {path}: {reason}. Name the directory of the policies.")]
    Unreadable { path: PathBuf, reason: std::io::Error },
    /// The policies cannot be used.
    #[error("the policies cannot be used: {0}")]
    Policies(String),
    /// The standard output is closed.
    #[error("the results cannot be written: {0}")]
    Output(std::io::Error),
    /// The operating system gave no means to talk with the solver.
    #[error("cannot talk with the solver: {0}")]
    Runtime(std::io::Error),
    /// The command line is not understood.
    #[error("{0}")]
    Usage(&'static str),
}

impl Failure {
    /// 1 says that a property does not hold; every other code says that it was not found out.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Refuted(_) => 1,
            Self::Usage(_) => 64,
            Self::SolverMissing(_) => 69,
            _ => 70,
        }
    }
}

/// What breaks a property.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refutation {
    /// A request that must be denied is allowed.
    #[error("{property}.\n{action} is allowed by {} for this request:\n{example}", policies.join(", "))]
    Allowed { property: String, action: String, policies: Vec<String>, example: Example },
    /// A policy fails to evaluate, and would be skipped.
    #[error("no policy can fail.\n{policy} fails for {action} with this request:\n{example}")]
    Fails { policy: String, action: String, example: Example },
    /// An action that nobody may ever do.
    #[error("every action is open to somebody.\n{0} is always denied, whoever asks.")]
    Closed(String),
    /// A permit that never permits anything.
    #[error(
        "every permit can be reached.\nWhatever {0} covers is always denied by another policy, or it covers nothing."
    )]
    Unreached(String),
    /// A forbid without which every decision would be the same.
    #[error("every forbid matters.\nWithout {0} every decision would be the same.")]
    Idle(String),
}
