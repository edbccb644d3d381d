//! An issuer in the settings, and the rules for its tokens.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alongside_domain::AgencyId;
use alongside_domain::accounts::worker::Role;

/// The largest difference between the clocks of two servers, in seconds.
pub(super) const LEEWAY: i64 = 30;

alongside_domain::codes! {
    /// A signature algorithm. A token cannot choose any other.
    pub enum TokenAlgorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
    }
}

/// A claim and the meaning of its values here. Values that are not listed have no meaning.
#[derive(Debug, Clone)]
pub struct ClaimMap<T> {
    /// The name of the claim. Its value is a text or a list of texts.
    pub claim: String,
    /// The meaning of each value.
    pub values: BTreeMap<String, T>,
}

/// An issuer whose access tokens are accepted, with the rules for them.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its name here: in links, logs and settings.
    pub name: String,
    /// The `iss` of its tokens.
    pub url: String,
    /// The only address from which its keys are fetched.
    pub jwks_url: String,
    /// PEM file of the authorities that may certify that address.
    pub ca_file: PathBuf,
    /// The `aud` that its tokens must have.
    pub audience: String,
    /// The algorithms of its signatures, all of one family.
    pub algorithms: Vec<TokenAlgorithm>,
    /// The clients whose tokens are accepted. Any client, if the list is empty.
    pub clients: Vec<String>,
    /// The claim that names the worker.
    pub subject_claim: String,
    /// How the token names the agency. It must be the agency of the account.
    pub agency_claim: Option<ClaimMap<AgencyId>>,
    /// How the token names roles. They must be the roles of the account.
    pub roles_claim: Option<ClaimMap<Role>>,
    /// The values of `acr`, or members of `amr`, that prove a second factor.
    pub second_factor_values: Vec<String>,
}

impl Issuer {
    /// Whether this can be the name of an issuer: 1 to 64 of a-z, 0-9 and hyphen.
    pub fn is_name(text: &str) -> bool {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && text.chars().all(plain)
    }
}
