//! The command `policy`: checks, shows, compares and explains the policies.

use std::path::{Path, PathBuf};

use alongside_domain::ChildId;
use alongside_policy::{MatrixForm, Policy, Situation, Verb, compare, matrix};
use clap::{Args, Subcommand, ValueEnum};

use crate::failure::Failure;
use crate::open::open_now;
use crate::rules::load;
use crate::settings::Settings;
use crate::terminal;

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check policies: do they parse, fit the schema, give a reason, and can they ever apply?
    Check(Rules),
    /// Print who can do what, for a board to sign
    Matrix(MatrixArguments),
    /// Show what edited policies would widen or narrow, with an example of each
    ///
    /// Exits with 1 if anything is widened. Compares about ten thousand situations; the prover in proofs/ covers every
    /// possible request.
    Compare(CompareArguments),
    /// Explain whether a worker may do something to a child, and by which policies
    Explain(ExplainArguments),
}

#[derive(Args)]
pub(crate) struct Rules {
    /// Directory of the policies; the shipped ones if left out
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct MatrixArguments {
    /// Form of the matrix
    #[arg(long, value_enum, default_value_t = Form::Html)]
    format: Form,
    #[command(flatten)]
    rules: Rules,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Html,
    Csv,
}

#[derive(Args)]
pub(crate) struct CompareArguments {
    /// Directory of the policies in force, or `shipped`
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// Directory of the edited policies, or `shipped`
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

#[derive(Args)]
pub(crate) struct ExplainArguments {
    /// Name with which the worker signs in
    #[arg(value_name = "WORKER")]
    worker: String,
    /// Action, such as `view_chronology`
    #[arg(value_name = "ACTION", value_parser = verb)]
    action: Verb,
    /// Id of the child
    #[arg(value_name = "CHILD")]
    child: ChildId,
}

fn verb(text: &str) -> Result<Verb, String> {
    Verb::ALL.iter().find(|verb| verb.as_str() == text).copied().ok_or_else(|| {
        let verbs: Vec<_> = Verb::ALL.iter().map(|verb| verb.as_str()).collect();
        format!("must be one of {}", verbs.join(", "))
    })
}

pub(crate) fn run(
    command: &PolicyCommand,
    settings: impl FnOnce() -> Result<Settings, Failure>,
) -> Result<(), Failure> {
    match command {
        PolicyCommand::Check(rules) => check(rules),
        PolicyCommand::Matrix(MatrixArguments { format, rules }) => {
            let form = match format {
                Form::Html => MatrixForm::Html,
                Form::Csv => MatrixForm::Csv,
            };
            terminal::say(matrix(&load(rules.directory.as_deref())?, form).trim_end())
        }
        PolicyCommand::Compare(CompareArguments { old, new }) => differences(&named(old)?, &named(new)?),
        PolicyCommand::Explain(explain) => explain_to(&settings()?, explain),
    }
}

fn named(directory: &Path) -> Result<Policy, Failure> {
    load((directory != Path::new("shipped")).then_some(directory))
}

fn check(rules: &Rules) -> Result<(), Failure> {
    let policy = load(rules.directory.as_deref())?;
    for warning in policy.warnings() {
        terminal::say(&format!("warning: {warning}"))?;
    }
    terminal::say(&format!("{} policies are valid; {} warnings.", policy.len(), policy.warnings().len()))?;
    if policy.warnings().is_empty() {
        Ok(())
    } else {
        Err(Failure::new("Some policies are valid but can never apply: see the warnings above."))
    }
}

fn told(situation: &Situation) -> String {
    let Situation { verb, role, sector, relationship, recording, .. } = situation;
    let mut text = format!("{} by a {role} of {sector}", verb.as_str());
    for part in [relationship, recording] {
        if !part.is_empty() {
            text.push_str("; ");
            text.push_str(part);
        }
    }
    text
}

fn differences(old: &Policy, new: &Policy) -> Result<(), Failure> {
    let differences = compare(old, new);
    for (widens, word) in [(true, "Newly allowed"), (false, "No longer allowed")] {
        let found: Vec<_> = differences.iter().filter(|difference| difference.widens == widens).collect();
        terminal::say(&format!("{word}: {} situations.", found.len()))?;
        let mut shown: Vec<Verb> = Vec::new();
        for difference in found {
            // One example of each action shows what kind of change it is.
            if !shown.contains(&difference.situation.verb) {
                shown.push(difference.situation.verb);
                terminal::say(&format!("  {} ({})", told(&difference.situation), difference.policies.join(", ")))?;
            }
        }
    }
    if differences.iter().any(|difference| difference.widens) {
        Err(Failure::new("The new policies allow what the old ones refuse. Nothing was changed."))
    } else {
        Ok(())
    }
}

fn explain_to(settings: &Settings, explain: &ExplainArguments) -> Result<(), Failure> {
    let store = open_now(settings)?;
    let (worker, child, action) = (explain.worker.clone(), explain.child, explain.action);
    let decision = actix_web::rt::System::new().block_on(store.explain(worker, action, child))?;
    let policy = store.policy();
    let answer = if decision.allowed { "Yes" } else { "No" };
    terminal::say(&format!("{answer}: {} and {}.", explain.worker, action.as_str()))?;
    if decision.policies.is_empty() {
        terminal::say("  No policy allows it.")?;
    }
    for id in &decision.policies {
        let (title, because) = policy.title_of(id).unwrap_or_default();
        terminal::say(&format!("  {title} {because} ({id})"))?;
    }
    Ok(())
}
