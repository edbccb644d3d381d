//! The issuers in the settings file: each is a table `[[issuer]]`. The environment cannot add a trusted issuer.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use alongside_domain::AgencyId;
use alongside_domain::accounts::worker::Role;
use alongside_http::{ClaimMap, Issuer, TokenAlgorithm};
use toml::{Table, Value};

use super::table::{nearest_of, unknown};
use crate::failure::Failure;

/// The keys of a table, with their meaning.
const KEYS: &[(&str, &str)] = &[
    ("name", "The name of the issuer here, in links and logs: 1 to 64 of a-z, 0-9 and hyphen."),
    ("url", "The iss of its tokens."),
    ("jwks_url", "Where its keys are fetched: https, or http on this machine."),
    ("ca_file", "PEM file of the authorities that may certify jwks_url."),
    ("audience", "The aud that its tokens must have."),
    ("algorithms", "How it signs: ES256, EdDSA, or PS256 and RS256."),
    ("clients", "Clients (azp, client_id) whose tokens are accepted. Any, if none is named."),
    ("subject_claim", "The claim that names the worker."),
    ("agency_claim", "A claim and its values, each with the id of an agency. It must be the account's agency."),
    ("roles_claim", "A claim and its values, each with a role. They must be the account's roles."),
    ("second_factor_values", "Values of acr, or members of amr, that prove a second factor."),
];
/// Where Debian and most other systems store trusted authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// An issuer, and where it was found.
#[derive(Debug)]
pub(crate) struct FoundIssuer {
    pub(crate) issuer: Issuer,
    source: String,
}

/// Reads one table.
struct Reader<'a> {
    table: Table,
    source: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, key: &str, remedy: &str) -> Failure {
        Failure::new(format!("The setting issuer.{key} ({}) cannot be used: {remedy}.", self.source))
    }

    fn text(&mut self, key: &str, default: Option<&str>) -> Result<String, Failure> {
        match self.table.remove(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.wrong(key, "set it to text in quotes")),
            None => {
                default.map(str::to_owned).ok_or_else(|| self.wrong(key, "it is missing. Set it to text in quotes"))
            }
        }
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>, Failure> {
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        match self.table.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => {
                let texts: Option<Vec<_>> = values.into_iter().map(text).collect();
                texts.ok_or_else(|| self.wrong(key, "give a list of texts in quotes"))
            }
            Some(_) => Err(self.wrong(key, "give a list of texts in quotes")),
        }
    }

    fn algorithms(&mut self) -> Result<Vec<TokenAlgorithm>, Failure> {
        use TokenAlgorithm::{EdDsa, Es256, Ps256, Rs256};
        let texts = self.texts("algorithms")?;
        let given: Result<Vec<TokenAlgorithm>, _> = texts.iter().map(|text| text.parse()).collect();
        let given = given.unwrap_or_default();
        let of_one_family = [&[Es256][..], &[EdDsa], &[Ps256, Rs256]]
            .iter()
            .any(|family| !given.is_empty() && given.iter().all(|algorithm| family.contains(algorithm)));
        match texts.is_empty() {
            true => Ok(vec![Es256]),
            false if of_one_family => Ok(given),
            false => Err(self.wrong("algorithms", "give [\"ES256\"], [\"EdDSA\"], or one or both of PS256 and RS256")),
        }
    }

    /// An address that no other machine on the way can answer for: https, or http on this machine.
    fn address(&mut self, key: &str) -> Result<String, Failure> {
        let text = self.text(key, None)?;
        let host = text.strip_prefix("http://").map(|rest| rest.split(['/', ':', '?', '#']).next().unwrap_or_default());
        let here = host.is_some_and(|host| ["127.0.0.1", "localhost"].contains(&host));
        let there = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        // The text before an @ is not the host, even if it has the form of one.
        if (here || there) && !text.contains(['@', '\\']) {
            return Ok(text);
        }
        Err(self.wrong(key, "give an address that begins with https://; http:// is for 127.0.0.1 and localhost"))
    }

    fn claim<T: FromStr>(&mut self, key: &str, remedy: &str) -> Result<Option<ClaimMap<T>>, Failure> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let meaning = |(value, means): (String, Value)| Some((value, means.as_str()?.parse().ok()?));
        let read = match value {
            Value::Table(mut table) => match (table.remove("claim"), table.remove("values"), table.is_empty()) {
                (Some(Value::String(claim)), Some(Value::Table(values)), true) => {
                    let values: Option<_> = values.into_iter().map(meaning).collect();
                    values.map(|values| ClaimMap { claim, values })
                }
                _ => None,
            },
            _ => None,
        };
        read.map(Some).ok_or_else(|| self.wrong(key, remedy))
    }

    fn issuer(mut self) -> Result<Issuer, Failure> {
        for key in self.table.keys() {
            if !KEYS.iter().any(|(known, _)| known == key) {
                let hint = nearest_of(key, KEYS.iter().map(|(known, _)| *known));
                return Err(unknown(&format!("setting issuer.{key} in {}", self.source), hint));
            }
        }
        let name = self.text("name", None)?;
        if !Issuer::is_name(&name) {
            return Err(self.wrong("name", "give 1 to 64 of a-z, 0-9 and hyphen"));
        }
        Ok(Issuer {
            name,
            url: self.address("url")?,
            jwks_url: self.address("jwks_url")?,
            ca_file: PathBuf::from(self.text("ca_file", Some(AUTHORITIES))?),
            audience: self.text("audience", None)?,
            algorithms: self.algorithms()?,
            clients: self.texts("clients")?,
            subject_claim: self.text("subject_claim", Some("sub"))?,
            agency_claim: self.claim::<AgencyId>(
                "agency_claim",
                "give { claim = \"…\", values = { \"…\" = \"id of an agency\" } }; GET /v1/agencies lists the ids",
            )?,
            roles_claim: self.claim::<Role>(
                "roles_claim",
                "give { claim = \"…\", values = { \"…\" = \"practitioner\" } } with the roles that workers have",
            )?,
            second_factor_values: self.texts("second_factor_values")?,
        })
    }
}

/// The issuers in the file. No two may have the same name or URL: each token must have one set of rules.
pub(crate) fn read(value: Value, source: &str) -> Result<Vec<FoundIssuer>, Failure> {
    let no_tables = || Failure::new(format!("The setting issuer in {source} must be tables, each headed [[issuer]]."));
    let Value::Array(tables) = value else { return Err(no_tables()) };
    let mut found: Vec<FoundIssuer> = Vec::new();
    for table in tables {
        let Value::Table(table) = table else { return Err(no_tables()) };
        let issuer = Reader { table, source }.issuer()?;
        if found.iter().any(|other| other.issuer.name == issuer.name || other.issuer.url == issuer.url) {
            return Err(Failure::new(format!(
                "Two issuers in {source} share a name or a url. Give each a different one."
            )));
        }
        found.push(FoundIssuer { issuer, source: source.to_owned() });
    }
    Ok(found)
}

/// Every issuer in words.
pub(crate) fn show(found: &[FoundIssuer]) -> String {
    let mut shown = String::new();
    if found.is_empty() {
        let keys = KEYS.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            shown,
            "[[issuer]] = none   (default)\n    Other issuers whose access tokens are accepted. Only in the file, \
             each a table with: {keys}.\n"
        );
    }
    for FoundIssuer { issuer, source } in found {
        let _ = writeln!(shown, "[[issuer]]   ({source})");
        for (key, meaning) in KEYS {
            let _ = writeln!(shown, "{key} = {}\n    {meaning}\n", shown_value(issuer, key));
        }
    }
    shown
}

fn shown_value(issuer: &Issuer, key: &str) -> String {
    match key {
        "name" => issuer.name.clone(),
        "url" => issuer.url.clone(),
        "jwks_url" => issuer.jwks_url.clone(),
        "ca_file" => issuer.ca_file.display().to_string(),
        "audience" => issuer.audience.clone(),
        "algorithms" => issuer.algorithms.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", "),
        "clients" if issuer.clients.is_empty() => "any".to_owned(),
        "clients" => issuer.clients.join(", "),
        "subject_claim" => issuer.subject_claim.clone(),
        "agency_claim" => shown_claim(issuer.agency_claim.as_ref()),
        "roles_claim" => shown_claim(issuer.roles_claim.as_ref()),
        _ if issuer.second_factor_values.is_empty() => "none".to_owned(),
        _ => issuer.second_factor_values.join(", "),
    }
}

fn shown_claim<T: ToString>(map: Option<&ClaimMap<T>>) -> String {
    map.map_or_else(
        || "none".to_owned(),
        |map| {
            let values: Vec<_> =
                map.values.iter().map(|(value, means)| format!("{value} = {}", means.to_string())).collect();
            format!("{}: {}", map.claim, values.join(", "))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        [[issuer]]
        name = "larkmoor"
        url = "https://login.larkmoor.example"
        jwks_url = "https://login.larkmoor.example/keys"
        audience = "alongside"
        second_factor_values = ["mfa"]
        [issuer.roles_claim]
        claim = "groups"
        values = { "sw" = "practitioner" }
    "#;

    fn from(text: &str) -> Result<Vec<FoundIssuer>, Failure> {
        let mut table: Table = text.parse().unwrap();
        read(table.remove("issuer").unwrap(), "file x")
    }

    fn refusal(text: &str) -> String {
        from(text).err().map_or_else(String::new, |failure| failure.to_string())
    }

    #[test]
    fn an_issuer_has_safe_defaults() {
        let found = from(WHOLE).unwrap();
        let issuer = &found.first().unwrap().issuer;
        assert_eq!(
            (issuer.algorithms.as_slice(), issuer.subject_claim.as_str()),
            (&[TokenAlgorithm::Es256][..], "sub")
        );
        assert_eq!(issuer.roles_claim.as_ref().unwrap().values.get("sw"), Some(&Role::Practitioner));
        let shown = show(&found);
        assert!(
            shown.contains("roles_claim = groups: sw = practitioner") && shown.contains("clients = any"),
            "{shown}"
        );
    }

    #[test]
    fn a_mistyped_key_of_an_issuer_is_refused_with_the_nearest_known_one() {
        let refused = refusal(&WHOLE.replace("audience", "audence"));
        assert!(refused.contains("issuer.audence") && refused.contains("did you mean audience?"), "{refused}");
    }

    #[test]
    fn what_an_issuer_cannot_be_is_refused_with_the_remedy_and_without_the_value() {
        for (right, wrong, remedy) in [
            ("\"larkmoor\"", "\"Lark Moor\"", "give 1 to 64 of a-z"),
            ("https://login.larkmoor.example/keys", "http://login.larkmoor.example/keys", "begins with https://"),
            ("https://login.larkmoor.example/keys", "http://127.0.0.1.larkmoor.example/keys", "begins with https://"),
            ("https://login.larkmoor.example/keys", "http://localhost@larkmoor.example/keys", "begins with https://"),
            ("https://login.larkmoor.example/keys", "http://localhost:1@larkmoor.example/keys", "begins with https://"),
            ("audience = \"alongside\"", "", "it is missing"),
            ("audience = \"alongside\"", "audience = \"a\"\nalgorithms = [\"ES256\", \"EdDSA\"]", "give [\"ES256\"]"),
            ("audience = \"alongside\"", "audience = \"a\"\nalgorithms = [\"HS256\"]", "give [\"ES256\"]"),
            ("[\"mfa\"]", "\"mfa\"", "give a list of texts"),
            ("\"practitioner\"", "\"king\"", "with the roles that workers have"),
        ] {
            let refused = refusal(&WHOLE.replace(right, wrong));
            assert!(refused.contains(remedy), "{wrong}: {refused}");
            assert!(!refused.contains("larkmoor.example") && !refused.contains("king"), "{refused}");
        }
        assert!(refusal("issuer = 5").contains("[[issuer]]"));
        assert!(refusal(&format!("{WHOLE}{WHOLE}")).contains("share a name"));
    }

    #[test]
    fn keys_may_come_over_http_from_this_machine() {
        assert!(from(&WHOLE.replace("https://login.larkmoor.example", "http://127.0.0.1:9000")).is_ok());
    }
}
