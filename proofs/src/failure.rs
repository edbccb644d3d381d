//! Why there is no proof. A refuted property and a proof that could not be tried are different failures.

use std::path::PathBuf;

use crate::example::Example;

/// There is no proof.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The solver found a request or policy that breaks a property.
    #[error("REFUTED: {0}")]
    Refuted(Refutation),
    /// The solver did not start.
    #[error(
        "the solver cvc5 did not start ({0}), so nothing was proved. Install it (on Debian or Ubuntu: \
         sudo apt-get install cvc5), or name its program in the environment variable CVC5. Then run this again."
    )]
    SolverMissing(String),
    /// The solver gave no answer.
    #[error("the solver gave no answer about {about}: {reason}. Try again; if it still fails, simplify that policy.")]
    NoAnswer { about: String, reason: String },
    /// A policy or property does not fit the schema.
    #[error("cannot ask the solver about {about}: {reason}. Make the policies, properties and schema fit each other.")]
    NotAQuestion { about: String, reason: String },
    /// A property covers no request, so it would hold without meaning anything.
    #[error("\"{0}\" covers no request, so it would hold whatever the policies say. Correct the property.")]
    Vacuous(String),
    /// The engine of the service decides the found request differently from the solver.
    #[error("the solver and the engine disagree about {0}. Trust neither until you know the cause.")]
    Disagreement(String),
    /// A file of the policies cannot be read.
    #[error("cannot read {path}: {reason}. Give the directory of the policies as the argument.")]
    Unreadable { path: PathBuf, reason: std::io::Error },
    /// The policies cannot be used.
    #[error("the policies cannot be used: {0}")]
    Policies(String),
    /// The standard output is closed.
    #[error("the results cannot be written: {0}")]
    Output(std::io::Error),
    /// The operating system provided no way to communicate with the solver.
    #[error("cannot communicate with the solver: {0}")]
    Runtime(std::io::Error),
    /// The command line is invalid.
    #[error("{0}")]
    Usage(&'static str),
}

impl Failure {
    /// 1 means that a property does not hold. Every other code means that the proof could not be completed.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Refuted(_) => 1,
            Self::Usage(_) => 64,
            Self::SolverMissing(_) => 69,
            _ => 70,
        }
    }
}

/// How a property is broken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refutation {
    /// A request that must be denied is allowed.
    #[error("{property}.\n{action} is allowed by {} for this request:\n{example}", policies.join(", "))]
    Allowed { property: String, action: String, policies: Vec<String>, example: Example },
    /// A policy fails to evaluate, so the engine would skip it.
    #[error("no policy can fail.\n{policy} fails for {action} with this request:\n{example}")]
    Fails { policy: String, action: String, example: Example },
    /// An action that no worker may ever do.
    #[error("every action is open to at least one worker.\n{0} is always denied, for every caller.")]
    Closed(String),
    /// A permit that never permits anything.
    #[error("every permit can allow a request.\nOther policies always deny what {0} covers, or it covers nothing.")]
    Unreached(String),
    /// A forbid without which every decision would be the same.
    #[error("every forbid matters.\nWithout {0} every decision would be the same.")]
    Idle(String),
}
