//! One solver process that answers one question after another. No answer is a failure.

use cedar_policy_symcc::err::{Error, SolverError};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// The limit for each question, in milliseconds. Answers take a few. Without it an unusual policy could hang the proof.
const LIMIT: &str = "--tlimit-per=60000";

/// A running solver.
#[derive(Debug)]
pub(crate) struct Solver {
    runtime: Runtime,
    compiler: CedarSymCompiler<LocalSolver>,
    queries: usize,
}

impl Solver {
    /// Starts the program that the environment variable `CVC5` names, or else `cvc5`.
    pub(crate) fn start() -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
        let process = {
            let _within = runtime.enter();
            LocalSolver::cvc5_with_args([LIMIT]).map_err(|e| not_started(&e))?
        };
        let compiler = CedarSymCompiler::new(process).map_err(|e| no_answer("itself", &e))?;
        Ok(Self { runtime, compiler, queries: 0 })
    }

    /// The number of questions asked.
    pub(crate) const fn queries(&self) -> usize {
        self.queries
    }

    /// A request for which a policy fails to evaluate.
    pub(crate) fn failing(&mut self, about: &str, policy: &CompiledPolicy) -> Result<Option<Env>, Failure> {
        self.queries += 1;
        let question = self.compiler.check_never_errors_with_counterexample_opt(policy);
        self.runtime.block_on(question).map_err(|e| no_answer(about, &e))
    }

    /// A request that is allowed.
    pub(crate) fn allowed(&mut self, about: &str, rules: &CompiledPolicySet) -> Result<Option<Env>, Failure> {
        self.queries += 1;
        let question = self.compiler.check_always_denies_with_counterexample_opt(rules);
        self.runtime.block_on(question).map_err(|e| no_answer(about, &e))
    }

    /// A request that both sets of policies allow.
    pub(crate) fn allowed_by_both(
        &mut self,
        about: &str,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Env>, Failure> {
        self.queries += 1;
        let question = self.compiler.check_disjoint_with_counterexample_opt(one, other);
        self.runtime.block_on(question).map_err(|e| no_answer(about, &e))
    }

    /// A request about which two sets of policies decide differently.
    pub(crate) fn decided_differently(
        &mut self,
        about: &str,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Env>, Failure> {
        self.queries += 1;
        let question = self.compiler.check_equivalent_with_counterexample_opt(one, other);
        self.runtime.block_on(question).map_err(|e| no_answer(about, &e))
    }
}

/// Shows the operating system's message, which the solver's error omits.
fn not_started(error: &SolverError) -> Failure {
    Failure::SolverMissing(match error {
        SolverError::Io(reason) => reason.to_string(),
        other => other.to_string(),
    })
}

fn no_answer(about: &str, error: &Error) -> Failure {
    Failure::NoAnswer { about: about.to_owned(), reason: error.to_string() }
}
