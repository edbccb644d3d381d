//! The keys of an issuer, as it publishes them (RFC 7517). Keys that do not agree with the settings are left out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

use super::settings::TokenAlgorithm;

/// The most keys that an issuer may have.
const MOST: usize = 20;
/// The shortest and longest RSA modulus, in bytes: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;

/// A key that can verify tokens.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) algorithms: Vec<TokenAlgorithm>,
    proof: DecodingKey,
}

impl Key {
    pub(super) fn has_signed(&self, signed: &str, signature: &str, algorithm: TokenAlgorithm) -> bool {
        let algorithm = match algorithm {
            TokenAlgorithm::Es256 => Algorithm::ES256,
            TokenAlgorithm::EdDsa => Algorithm::EdDSA,
            TokenAlgorithm::Ps256 => Algorithm::PS256,
            TokenAlgorithm::Rs256 => Algorithm::RS256,
        };
        crypto::verify(signature, signed.as_bytes(), &self.proof, algorithm).unwrap_or(false)
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The keys of a set that these algorithms can use.
pub(super) fn read(text: &[u8], algorithms: &[TokenAlgorithm]) -> Result<Vec<Key>, &'static str> {
    let set: Set = serde_json::from_slice(text).map_err(|_| "it is no JWK set")?;
    if set.keys.len() > MOST {
        return Err("it has more than 20 keys");
    }
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter_map(|key| key.usable(algorithms)).collect())
}

impl Jwk {
    fn usable(self, algorithms: &[TokenAlgorithm]) -> Option<Key> {
        let proves = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let fits = |algorithm: &TokenAlgorithm| {
            self.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str()) && self.is_for(*algorithm)
        };
        let algorithms: Vec<_> = algorithms.iter().copied().filter(fits).collect();
        let first = *algorithms.first().filter(|_| proves)?;
        let proof = self.decoding_key(first)?;
        Some(Key { id: self.kid, algorithms, proof })
    }

    fn is_for(&self, algorithm: TokenAlgorithm) -> bool {
        let expected = match algorithm {
            TokenAlgorithm::Es256 => ("EC", Some("P-256")),
            TokenAlgorithm::EdDsa => ("OKP", Some("Ed25519")),
            TokenAlgorithm::Ps256 | TokenAlgorithm::Rs256 => ("RSA", None),
        };
        (self.kty.as_str(), self.crv.as_deref()) == expected
    }

    fn decoding_key(&self, algorithm: TokenAlgorithm) -> Option<DecodingKey> {
        match algorithm {
            TokenAlgorithm::Es256 => {
                let (x, y) = (self.x.as_deref()?, self.y.as_deref()?);
                let whole = length(x)? == 32 && length(y)? == 32;
                whole.then(|| DecodingKey::from_ec_components(x, y).ok()).flatten()
            }
            TokenAlgorithm::EdDsa => {
                let x = self.x.as_deref()?;
                (length(x)? == 32).then(|| DecodingKey::from_ed_components(x).ok()).flatten()
            }
            TokenAlgorithm::Ps256 | TokenAlgorithm::Rs256 => {
                let (n, e) = (self.n.as_deref()?, self.e.as_deref()?);
                MODULUS.contains(&length(n)?).then(|| DecodingKey::from_rsa_components(n, e).ok()).flatten()
            }
        }
    }
}

fn length(part: &str) -> Option<usize> {
    URL_SAFE_NO_PAD.decode(part).ok().map(|bytes| bytes.len())
}
