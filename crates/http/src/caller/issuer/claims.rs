//! The claims of a token, and whether they are acceptable. Every field has its type: a text in place of a number is
//! refused.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::At;
use alongside_domain::accounts::second_factor::FRESH_MINUTES;
use alongside_domain::accounts::session::SESSION_HOURS;
use alongside_storage::ExternalSession;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::keys::Key;
use super::settings::{ClaimMap, Issuer, LEEWAY, TokenAlgorithm};

/// The type of an access token (RFC 9068). An ID token has another type, and is refused.
const TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];
/// The longest validity of a token, in seconds.
const LONGEST_LIFE: i64 = 15 * 60;
/// The longest subject that can be linked, in characters.
const LONGEST_SUBJECT: usize = 255;

#[derive(Deserialize)]
struct Header {
    alg: TokenAlgorithm,
    kid: String,
    typ: String,
    // Each of these would let the token bring its own key, or change what its signature means.
    #[serde(default, rename = "jku")]
    _jku: Absent,
    #[serde(default, rename = "jwk")]
    _jwk: Absent,
    #[serde(default, rename = "x5u")]
    _x5u: Absent,
    #[serde(default, rename = "x5c")]
    _x5c: Absent,
    #[serde(default, rename = "crit")]
    _crit: Absent,
}

/// A field that must be absent.
#[derive(Default)]
struct Absent;

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("must not be there"))
    }
}

impl Header {
    fn is_acceptable(&self, issuer: &Issuer) -> bool {
        let is_access_token = TYPES.iter().any(|kind| self.typ.eq_ignore_ascii_case(kind));
        is_access_token && issuer.algorithms.contains(&self.alg)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn includes(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    auth_time: Option<i64>,
    sid: Option<String>,
    azp: Option<String>,
    client_id: Option<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
}

impl Claims {
    fn is_in_force(&self, now: i64) -> bool {
        let life = self.exp.checked_sub(self.iat);
        let latest = now + LEEWAY;
        life.is_some_and(|life| (1..=LONGEST_LIFE).contains(&life))
            && (0..=latest).contains(&self.iat)
            && self.nbf.is_none_or(|nbf| nbf <= latest)
            && self.auth_time.is_none_or(|at| (0..=self.iat + LEEWAY).contains(&at))
            && now < self.exp + LEEWAY
    }

    fn is_of_a_client_of(&self, issuer: &Issuer) -> bool {
        let mut named = [&self.azp, &self.client_id].into_iter().flatten().peekable();
        issuer.clients.is_empty() || (named.peek().is_some() && named.all(|client| issuer.clients.contains(client)))
    }

    fn shows_second_factor(&self, issuer: &Issuer) -> bool {
        self.acr.iter().chain(&self.amr).any(|shown| issuer.second_factor_values.contains(shown))
    }

    /// What distinguishes this sign-in from others, and when its session ends. A later proof of the second factor in
    /// the same sign-in makes a separate session. If the issuer says nothing about the sign-in, each token has a
    /// separate session.
    fn sign_in(&self, proved: bool) -> Option<(String, At)> {
        let began = self.auth_time.or_else(|| self.sid.is_some().then_some(self.iat));
        let ends_at = match began {
            Some(began) => instant(began)? + Duration::hours(SESSION_HOURS),
            None => instant(self.exp)?,
        };
        // The issuer's own text comes last, so that no two sign-ins can produce the same text.
        let told_by = match (&self.sid, self.auth_time) {
            (Some(sid), Some(at)) => format!("sid {proved} {at} {sid}"),
            (Some(sid), None) => format!("sid {proved} - {sid}"),
            (None, Some(at)) => format!("auth_time {proved} {at}"),
            (None, None) => format!("iat {proved} {}", self.iat),
        };
        Some((told_by, ends_at))
    }
}

fn instant(seconds: i64) -> Option<At> {
    DateTime::from_timestamp(seconds, 0)
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// The token's `iss`, not verified.
pub(super) fn issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct OfIssuer {
        iss: String,
    }
    let payload = decoded(token.split('.').nth(1)?)?;
    serde_json::from_slice::<OfIssuer>(&payload).ok().map(|of| of.iss)
}

/// The parts of a token whose header is acceptable.
pub(super) struct Parts<'a> {
    pub(super) key_id: String,
    pub(super) algorithm: TokenAlgorithm,
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(token: &'a str, issuer: &Issuer) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decoded(head)?).ok()?;
        (header.is_acceptable(issuer) && !payload.contains('.')).then_some(Self {
            key_id: header.kid,
            algorithm: header.alg,
            signed,
            payload,
            signature,
        })
    }

    /// The payload, if the key signed it.
    pub(super) fn proved_by(&self, key: &Key) -> Option<Payload> {
        key.has_signed(self.signed, self.signature, self.algorithm)
            .then(|| decoded(self.payload))
            .flatten()
            .map(Payload)
    }
}

/// The payload of a verified token, not yet parsed.
pub(super) struct Payload(Vec<u8>);

/// The claims of a token of this issuer that is in force now.
pub(super) struct Read {
    pub(super) session: ExternalSession,
    pub(super) not_before: i64,
    pub(super) expires: i64,
}

impl Payload {
    pub(super) fn read(&self, issuer: &Issuer, now: At) -> Option<Read> {
        let claims: Claims = serde_json::from_slice(&self.0).ok()?;
        let acceptable = claims.iss == issuer.url
            && claims.aud.includes(&issuer.audience)
            && claims.is_in_force(now.timestamp())
            && claims.is_of_a_client_of(issuer);
        if !acceptable {
            return None;
        }
        let proved = claims.shows_second_factor(issuer);
        // Without the time of the sign-in, the proof counts but is never fresh: the token may have been renewed.
        let proved_at = claims.auth_time.unwrap_or(claims.iat - FRESH_MINUTES * 60);
        let (sign_in, ends_at) = claims.sign_in(proved)?;
        let session = ExternalSession {
            issuer: issuer.name.clone(),
            subject: self.subject(&claims, issuer)?,
            sign_in,
            ends_at,
            second_factor_at: if proved { Some(instant(proved_at)?) } else { None },
            agencies: self.meaning::<_, BTreeSet<_>>(issuer.agency_claim.as_ref()),
            roles: self.meaning(issuer.roles_claim.as_ref()),
        };
        Some(Read { session, not_before: claims.nbf.unwrap_or(claims.iat), expires: claims.exp })
    }

    fn subject(&self, claims: &Claims, issuer: &Issuer) -> Option<String> {
        let subject = match issuer.subject_claim.as_str() {
            "sub" => Some(claims.sub.clone()),
            other => self.claim(other)?.as_str().map(str::to_owned),
        };
        let storable = |text: &String| {
            (1..=LONGEST_SUBJECT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        };
        subject.filter(storable)
    }

    fn claim(&self, name: &str) -> Option<Value> {
        serde_json::from_slice::<BTreeMap<String, Value>>(&self.0).ok()?.remove(name)
    }

    /// The meaning of the claim here. A missing claim has no meaning, and so agrees with no account.
    fn meaning<T: Copy, C: FromIterator<T>>(&self, map: Option<&ClaimMap<T>>) -> Option<C> {
        let map = map?;
        let said = match self.claim(&map.claim) {
            Some(Value::Array(many)) => many,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        Some(said.iter().filter_map(Value::as_str).filter_map(|value| map.values.get(value)).copied().collect())
    }
}
