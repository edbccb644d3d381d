//! The policies as the service reads them: every `.cedar` file of a directory, each policy named by its `@id`.

use std::fs;
use std::path::Path;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema};

use crate::failure::Failure;

const SCHEMA: &str = "alongside.cedarschema";

/// Policies with the schema of the words that they may use.
#[derive(Debug, Clone)]
pub(crate) struct Policies {
    pub(crate) schema: Schema,
    pub(crate) set: PolicySet,
}

impl Policies {
    /// Reads the schema and every policy of a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let mut files = policy_files(directory).map_err(|reason| unreadable(directory, reason))?;
        files.sort();
        let texts = files.iter().map(|file| text_of(file)).collect::<Result<Vec<_>, _>>()?;
        Self::parse(&text_of(&directory.join(SCHEMA))?, &texts.join("\n"))
    }

    /// Reads policies from text.
    pub(crate) fn parse(schema: &str, policies: &str) -> Result<Self, Failure> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|e| unusable(&e))?;
        let unnamed: PolicySet = policies.parse().map_err(|e| unusable(&e))?;
        if unnamed.is_empty() {
            return Err(Failure::Policies("there are none".to_owned()));
        }
        let mut set = PolicySet::new();
        for policy in unnamed.policies() {
            set.add(called_by_its_id(policy)?).map_err(|e| unusable(&e))?;
        }
        Ok(Self { schema, set })
    }

    /// The policies in the order of their ids, so every run asks the same questions.
    pub(crate) fn all(&self) -> Vec<&Policy> {
        let mut policies: Vec<_> = self.set.policies().collect();
        policies.sort_by(|a, b| a.id().cmp(b.id()));
        policies
    }

    /// The policies of one effect.
    pub(crate) fn of(&self, effect: Effect) -> Vec<&Policy> {
        self.all().into_iter().filter(|policy| policy.effect() == effect).collect()
    }

    /// The same policies without one.
    pub(crate) fn without(&self, id: &PolicyId) -> Result<Self, Failure> {
        let mut rest = self.clone();
        rest.set.remove_static(id.clone()).map_err(|e| unusable(&e))?;
        Ok(rest)
    }
}

fn policy_files(directory: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let is_policy = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "cedar");
    paths.filter(|path| path.as_ref().map_or(true, is_policy)).collect()
}

fn text_of(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|reason| unreadable(file, reason))
}

fn called_by_its_id(policy: &Policy) -> Result<Policy, Failure> {
    let id = policy.annotation("id").filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| Failure::Policies(format!("{} has no @id", policy.id())))?;
    Ok(policy.new_id(PolicyId::new(id)))
}

fn unreadable(path: &Path, reason: std::io::Error) -> Failure {
    Failure::Unreadable { path: path.to_owned(), reason }
}

fn unusable(error: &dyn std::fmt::Display) -> Failure {
    Failure::Policies(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str =
        r#"entity Worker; entity Child; action "view_child" appliesTo { principal: Worker, resource: Child };"#;

    #[test]
    fn a_policy_without_an_id_is_refused() {
        let error = Policies::parse(SMALL, "permit (principal, action, resource);").unwrap_err();
        assert!(error.to_string().contains("@id"), "{error}");
    }

    #[test]
    fn an_empty_directory_proves_nothing() {
        let empty = tempfile::tempdir().unwrap();
        assert!(Policies::read(empty.path()).is_err());
        fs::write(empty.path().join(SCHEMA), SMALL).unwrap();
        assert!(matches!(Policies::read(empty.path()).unwrap_err(), Failure::Policies(_)));
    }
}
