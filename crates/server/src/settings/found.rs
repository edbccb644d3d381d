//! The sources of settings: the defaults, the file, the environment. Later ones override earlier ones.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use super::issuer::{self, FoundIssuer};
use super::table::{SETTINGS, Setting, find, nearest, nearest_of, unknown};
use crate::failure::Failure;

/// The variable that names the settings file.
pub(crate) const CONFIG_VARIABLE: &str = "ALONGSIDE_CONFIG";
/// The tables in the file that are not single settings.
const ISSUER: &str = "issuer";
const PREFIX: &str = "ALONGSIDE_";
/// Variables with our prefix that are not settings: the one above, and one that the tests read.
const NO_SETTINGS: [&str; 2] = [CONFIG_VARIABLE, "ALONGSIDE_TEST_POSTGRES"];

/// The variables of the environment that begin with our prefix.
pub(crate) fn environment() -> Result<Vec<(String, String)>, Failure> {
    // As the system gives them: `vars` would panic at any variable that is not UTF-8, ours or not.
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(readable)
        .collect()
}

fn readable((name, value): (String, OsString)) -> Result<(String, String), Failure> {
    match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::new(format!("The environment variable {name} is not UTF-8 text. Set it again."))),
    }
}

/// The text of a setting, and where it was found.
#[derive(Debug)]
pub(crate) struct Value {
    /// The setting.
    pub(crate) setting: &'static Setting,
    /// Its text.
    pub(crate) text: String,
    /// Where the text was found, in words.
    pub(crate) source: String,
}

/// The texts of all settings, and the issuers.
#[derive(Debug)]
pub(crate) struct Found(Vec<Value>, Vec<FoundIssuer>);

impl Found {
    /// The defaults.
    pub(crate) fn defaults() -> Self {
        let of = |setting: &'static Setting| Value {
            setting,
            text: setting.default.to_owned(),
            source: "default".to_owned(),
        };
        Self(SETTINGS.iter().map(of).collect(), Vec::new())
    }

    /// Reads every source. An unknown name is refused: a mistyped setting must not go unnoticed.
    pub(crate) fn gather(config: Option<&Path>, environment: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut found = Self::defaults();
        if let Some(path) = config {
            found.read_file(path)?;
        }
        for (variable, text) in environment {
            if NO_SETTINGS.contains(&variable.as_str()) {
                continue;
            }
            let name = variable.trim_start_matches(PREFIX).to_lowercase();
            if find(&name).is_none() || variable != variable_of(&name) {
                let hint = nearest(&name).map(variable_of);
                return Err(unknown(&format!("environment variable {variable}"), hint.as_deref()));
            }
            found.set(&name, text, format!("environment variable {variable}"));
        }
        Ok(found)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("Cannot read the settings file {shown}: {error}.")))?;
        let table: toml::Table = text
            .parse()
            .map_err(|error| Failure::new(format!("The settings file {shown} is not valid TOML. {error}")))?;
        for (name, value) in table {
            if name == ISSUER {
                self.1 = issuer::read(value, &format!("file {shown}"))?;
                continue;
            }
            if find(&name).is_none() {
                let hint = nearest_of(&name, SETTINGS.iter().map(|setting| setting.name).chain([ISSUER]));
                return Err(unknown(&format!("setting {name} in {shown}"), hint));
            }
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => {
                    return Err(Failure::new(format!(
                        "The setting {name} in {shown} must be text in quotes or a whole number."
                    )));
                }
            };
            self.set(&name, text, format!("file {shown}"));
        }
        Ok(())
    }

    /// Sets one setting. An unknown name changes nothing.
    pub(crate) fn set(&mut self, name: &str, text: String, source: String) {
        if let Some(value) = self.0.iter_mut().find(|value| value.setting.name == name) {
            value.text = text;
            value.source = source;
        }
    }

    /// The setting with this name.
    pub(crate) fn value(&self, name: &str) -> Result<&Value, Failure> {
        let known = self.0.iter().find(|value| value.setting.name == name);
        known.ok_or_else(|| Failure::new(format!("There is no setting {name}.")))
    }

    /// The issuers.
    pub(crate) fn issuers(&self) -> Vec<alongside_http::Issuer> {
        self.1.iter().map(|found| found.issuer.clone()).collect()
    }

    /// Every setting in words, with passwords hidden.
    pub(crate) fn show(&self) -> String {
        let mut shown = String::new();
        for Value { setting, text, source } in &self.0 {
            let text = if setting.name == "database_url" { without_password(text) } else { text.clone() };
            let _ = writeln!(shown, "{} = {text}   ({source})\n    {}\n", setting.name, setting.meaning);
        }
        shown + &issuer::show(&self.1)
    }
}

/// The URL as storage shows it, without a password. Hidden if it cannot be parsed.
fn without_password(url: &str) -> String {
    url.parse::<alongside_storage::Database>()
        .map_or_else(|_| "(hidden, because it cannot be read)".to_owned(), |database| database.to_string())
}

fn variable_of(name: impl AsRef<str>) -> String {
    format!("{PREFIX}{}", name.as_ref().to_uppercase())
}
