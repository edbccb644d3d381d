//! Access tokens: JWTs signed with Ed25519, for this issuer and this audience only.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use alongside_domain::accounts::session::{ACCESS_TOKEN_SECONDS, Session};
use alongside_domain::{At, SessionId, WorkerId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use lru::LruCache;
use serde::{Deserialize, Serialize};

const ISSUER: &str = "alongside";
const AUDIENCE: &str = "alongside-api";
const TYPE: &str = "at+jwt";
const ALGORITHM: &str = "EdDSA";
const KEY_ID: &str = "1";
/// The largest difference between the clocks of two servers, in seconds.
const LEEWAY: i64 = 30;
/// How many verified tokens are cached.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// A PKCS #8 document of an Ed25519 key up to its seed (RFC 8410).
const PKCS8: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The claims of a token: only the worker and the session. Everything else is read from the database.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: WorkerId,
    pub(crate) sid: SessionId,
    pub(crate) exp: i64,
    nbf: i64,
}

#[derive(Serialize)]
struct Sent {
    iss: &'static str,
    aud: &'static str,
    iat: i64,
    #[serde(flatten)]
    claims: Claims,
}

/// The header of our tokens. Other fields are refused: an extension that must be understood (`crit`, RFC 7515) is not
/// supported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

/// Issues and verifies access tokens.
pub(crate) struct Tokens {
    signing: EncodingKey,
    proving: DecodingKey,
    public: String,
    validation: Validation,
    proved: Mutex<LruCache<String, Claims>>,
}

impl Tokens {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let signing = EncodingKey::from_ed_der(&[PKCS8.as_slice(), seed.as_slice()].concat());
        let public = public_key(&seed);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Checked below against the injected clock, at every request and not only when the signature is verified.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            signing,
            proving: DecodingKey::from_ed_der(&public),
            public: URL_SAFE_NO_PAD.encode(&public),
            validation,
            proved: Mutex::new(LruCache::new(REMEMBERED)),
        }
    }

    /// A token for a session, and how many seconds it is valid.
    pub(crate) fn issue(&self, session: &Session, now: At) -> Option<(String, i64)> {
        let seconds = ACCESS_TOKEN_SECONDS.min((session.ends_at - now).num_seconds());
        let (iat, exp) = (now.timestamp(), now.timestamp() + seconds);
        let claims = Claims { sub: session.worker, sid: session.id, exp, nbf: iat };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(KEY_ID.to_owned());
        let token =
            jsonwebtoken::encode(&header, &Sent { iss: ISSUER, aud: AUDIENCE, iat, claims }, &self.signing).ok()?;
        Some((token, seconds))
    }

    /// The claims of a token, if it is ours and in force.
    pub(crate) fn prove(&self, token: &str, now: At) -> Option<Claims> {
        let remembered = self.proved.lock().unwrap_or_else(PoisonError::into_inner).get(token).copied();
        let claims = if let Some(claims) = remembered {
            claims
        } else {
            let claims = self.check_signature(token)?;
            let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
            proved.put(token.to_owned(), claims);
            claims
        };
        let now = now.timestamp();
        (claims.nbf <= now + LEEWAY && now < claims.exp + LEEWAY).then_some(claims)
    }

    fn check_signature(&self, token: &str) -> Option<Claims> {
        let head = URL_SAFE_NO_PAD.decode(token.split_once('.')?.0).ok()?;
        let head: Head<'_> = serde_json::from_slice(&head).ok()?;
        if (head.typ, head.alg, head.kid) != (TYPE, ALGORITHM, KEY_ID) {
            return None;
        }
        jsonwebtoken::decode::<Claims>(token, &self.proving, &self.validation).ok().map(|data| data.claims)
    }

    /// The public key as a JWK set.
    pub(crate) fn key_set(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KEY_ID, "x": self.public,
        }] })
    }
}

fn public_key(seed: &[u8; 32]) -> Vec<u8> {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    let pair = Ed25519KeyPair::from_seed_unchecked(seed);
    pair.map(|pair| pair.public_key().as_ref().to_vec()).unwrap_or_default()
}
