//! An issuer as the settings name it, and by which rules its tokens are accepted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alongside_domain::AgencyId;
use alongside_domain::accounts::worker::Role;

/// How far apart the clocks of two servers may be, in seconds.
pub(super) const LEEWAY: i64 = 30;

alongside_domain::codes! {
    /// How an issuer signs. No other algorithm is known, so that no other can be chosen by a token.
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

/// A claim, and what its values mean here. Values that do not stand in it mean nothing.
#[derive(Debug, Clone)]
pub struct ClaimMap<T> {
    /// The claim's name: a text, or a list of texts.
    pub claim: String,
    /// What each value means.
    pub values: BTreeMap<String, T>,
}

/// An issuer whose access tokens are accepted, and by which rules.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// What it is called here: in links, logs and settings.
    pub name: String,
    /// What stands as `iss` in its tokens.
    pub url: String,
    /// Where its keys are fetched, and nowhere else.
    pub jwks_url: String,
    /// PEM file of the authorities that may vouch for that address.
    pub ca_file: PathBuf,
    /// What has to stand as `aud`.
    pub audience: String,
    /// How its tokens are signed: of one family.
    pub algorithms: Vec<TokenAlgorithm>,
    /// The clients whose tokens are accepted; any, where none is named.
    pub clients: Vec<String>,
    /// The claim that names the worker.
    pub subject_claim: String,
    /// How the token names the agency, which then has to be the account's.
    pub agency_claim: Option<ClaimMap<AgencyId>>,
    /// How the token names roles, which then have to be the account's.
    pub roles_claim: Option<ClaimMap<Role>>,
    /// The values of `acr`, or members of `amr`, that show a second factor.
    pub second_factor_values: Vec<String>,
}

impl Issuer {
    /// Whether this can be the name of an issuer: 1 to 64 of a-z, 0-9 and hyphen.
    pub fn is_name(text: &str) -> bool {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && text.chars().all(plain)
    }
}
