//! Tests of the verifier alone, with keys that each test makes.

use std::path::PathBuf;

use alongside_domain::At;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde_json::{Value, json};

use super::{Issuer, TokenAlgorithm, claims, keys};

const NOW: i64 = 1_795_000_000;

fn now() -> At {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn issuer(algorithms: &[TokenAlgorithm]) -> Issuer {
    Issuer {
        name: "larkmoor".to_owned(),
        url: "https://login.larkmoor.example".to_owned(),
        jwks_url: "https://login.larkmoor.example/keys".to_owned(),
        ca_file: PathBuf::new(),
        audience: "alongside-larkmoor".to_owned(),
        algorithms: algorithms.to_vec(),
        clients: vec!["desk".to_owned()],
        subject_claim: "sub".to_owned(),
        agency_claim: None,
        roles_claim: None,
        second_factor_values: vec!["mfa".to_owned()],
    }
}

fn good() -> Value {
    json!({
        "iss": "https://login.larkmoor.example", "aud": ["another-api", "alongside-larkmoor"], "sub": "nurse-7",
        "client_id": "desk", "iat": NOW, "exp": NOW + 600,
    })
}

fn with(mut value: Value, field: &str, set: Value) -> Value {
    value[field] = set;
    value
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

enum Signer {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    fn all() -> [Self; 3] {
        [
            Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            Self::EdDsa(Ed25519KeyPair::generate().unwrap()),
            Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
        ]
    }

    fn es256() -> Self {
        let [es256, ..] = Self::all();
        es256
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "kid": "a", "x": base64(x), "y": base64(y) })
            }
            Self::EdDsa(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": base64(pair.public_key()) }),
            Self::Rsa(pair) => {
                let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "kid": "a", "n": base64(parts.n), "e": base64(parts.e) })
            }
        }
    }

    fn sign(&self, algorithm: &str, text: &[u8]) -> Vec<u8> {
        let rsa = |pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &SystemRandom::new(), text, &mut signature).unwrap();
            signature
        };
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(text).as_ref().to_vec(),
            Self::Rsa(pair) if algorithm == "RS256" => rsa(pair, &RSA_PKCS1_SHA256),
            Self::Rsa(pair) => rsa(pair, &RSA_PSS_SHA256),
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let signature = self.sign(header["alg"].as_str().unwrap_or_default(), signed.as_bytes());
        format!("{signed}.{}", base64(signature))
    }
}

fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "typ": "at+jwt", "kid": "a" })
}

/// The claims that the issuer's rules accept from a token.
fn read(issuer: &Issuer, jwk: &Value, token: &str) -> Option<claims::Read> {
    let keys = keys::read(json!({ "keys": [jwk] }).to_string().as_bytes(), &issuer.algorithms).unwrap();
    let parts = claims::Parts::of(token, issuer)?;
    let key = keys.iter().find(|key| key.id == parts.key_id && key.algorithms.contains(&parts.algorithm))?;
    parts.proved_by(key)?.read(issuer, now())
}

#[test]
fn each_algorithm_proves_its_own_tokens_and_no_others() {
    let signers = Signer::all();
    for (at, pinned) in [(0, "ES256"), (1, "EdDSA"), (2, "PS256"), (2, "RS256")] {
        let issuer = issuer(&[pinned.parse().unwrap()]);
        for (n, used) in [(0, "ES256"), (1, "EdDSA"), (2, "PS256"), (2, "RS256")] {
            let token = signers[n].token(&header(used), &good());
            let accepted = read(&issuer, &signers[n].jwk(), &token).is_some();
            assert_eq!(accepted, used == pinned, "{used} where {pinned} is pinned");
            let lying = signers[n].token(&header(pinned), &good());
            assert!(n == at || read(&issuer, &signers[at].jwk(), &lying).is_none(), "{used} called {pinned}");
        }
    }
}

#[test]
fn both_paddings_of_rsa_can_be_pinned_and_the_key_may_narrow_them() {
    let [_, _, rsa] = Signer::all();
    let issuer = issuer(&[TokenAlgorithm::Ps256, TokenAlgorithm::Rs256]);
    let narrow = with(rsa.jwk(), "alg", json!("PS256"));
    for (used, by_the_narrow_key) in [("PS256", true), ("RS256", false)] {
        let token = rsa.token(&header(used), &good());
        assert!(read(&issuer, &rsa.jwk(), &token).is_some(), "{used}");
        assert_eq!(read(&issuer, &narrow, &token).is_some(), by_the_narrow_key, "{used}");
    }
}

#[test]
fn a_header_that_brings_more_than_it_may_is_refused() {
    let (signer, issuer) = (Signer::es256(), issuer(&[TokenAlgorithm::Es256]));
    let accepts = |header: &Value| read(&issuer, &signer.jwk(), &signer.token(header, &good())).is_some();
    assert!(accepts(&header("ES256")));
    assert!(accepts(&with(header("ES256"), "typ", json!("application/at+jwt"))));
    for (field, value) in [
        ("jku", json!("https://elsewhere.example/keys")),
        ("jwk", signer.jwk()),
        ("x5u", json!("https://elsewhere.example/certificate")),
        ("x5c", json!([])),
        ("crit", json!(["exp"])),
        ("crit", Value::Null),
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("kid", json!("b")),
        ("kid", json!(1)),
    ] {
        assert!(!accepts(&with(header("ES256"), field, value.clone())), "{field}: {value}");
    }
    let token = signer.token(&header("ES256"), &good());
    for cut in [&token[..token.len() - 4], token.rsplit_once('.').unwrap().0, "", "..", "a.b", &format!("{token}.")] {
        assert!(read(&issuer, &signer.jwk(), cut).is_none(), "{cut}");
    }
}

#[test]
fn a_key_that_does_not_agree_is_left_out() {
    let (signer, issuer) = (Signer::es256(), issuer(&[TokenAlgorithm::Es256]));
    let token = signer.token(&header("ES256"), &good());
    for (field, value) in [
        ("use", json!("enc")),
        ("alg", json!("ES384")),
        ("kty", json!("OKP")),
        ("crv", json!("P-384")),
        ("key_ops", json!(["sign"])),
        ("x", json!("AAAA")),
        ("kid", Value::Null),
    ] {
        assert!(read(&issuer, &with(signer.jwk(), field, value.clone()), &token).is_none(), "{field}: {value}");
    }
    for (field, value) in [("use", "sig"), ("alg", "ES256")] {
        assert!(read(&issuer, &with(signer.jwk(), field, json!(value)), &token).is_some(), "{field}");
    }
}

#[test]
fn a_claim_that_is_missing_of_another_type_or_out_of_bounds_is_refused() {
    let (signer, issuer) = (Signer::es256(), issuer(&[TokenAlgorithm::Es256]));
    let accepts = |claims: &Value| read(&issuer, &signer.jwk(), &signer.token(&header("ES256"), claims)).is_some();
    for (field, value) in [
        ("exp", json!((NOW + 600).to_string())),
        ("exp", json!(f64::from(1_795_000_600_u32) + 0.5)),
        ("exp", json!(NOW + 901)),
        ("exp", json!(NOW)),
        ("exp", json!(i64::MAX)),
        ("exp", Value::Null),
        ("iat", json!(NOW + 31)),
        ("iat", json!(-1)),
        ("iat", json!(i64::MIN)),
        ("iat", Value::Null),
        ("nbf", json!(NOW + 31)),
        ("nbf", json!("now")),
        ("auth_time", json!(NOW + 31)),
        ("auth_time", json!(i64::MIN)),
        ("iss", json!("https://login.larkmoor.example/")),
        ("aud", json!("another-api")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("nurse\u{0}7")),
        ("sub", json!("n".repeat(256))),
        ("amr", json!("mfa")),
        ("client_id", json!("another-desk")),
        ("client_id", Value::Null),
        ("azp", json!("another-desk")),
    ] {
        assert!(!accepts(&with(good(), field, value.clone())), "{field}: {value}");
    }
    for (field, value) in [("nbf", json!(NOW + 30)), ("exp", json!(NOW + 900)), ("azp", json!("desk"))] {
        assert!(accepts(&with(good(), field, value.clone())), "{field}: {value}");
    }
    for (age, accepted) in [(629, true), (630, false)] {
        let old = with(with(good(), "iat", json!(NOW - age)), "exp", json!(NOW - age + 600));
        assert_eq!(accepts(&old), accepted, "{age}");
    }
}

#[test]
fn tokens_of_one_sign_in_share_a_session_and_a_later_proof_begins_another() {
    let (signer, issuer) = (Signer::es256(), issuer(&[TokenAlgorithm::Es256]));
    let session =
        |claims: &Value| read(&issuer, &signer.jwk(), &signer.token(&header("ES256"), claims)).unwrap().session;
    let renewed = |claims: &Value| with(claims.clone(), "iat", json!(NOW - 60));
    let of_sid = with(with(good(), "sid", json!("s")), "auth_time", json!(NOW - 100));
    assert_eq!(session(&of_sid).sign_in, session(&renewed(&of_sid)).sign_in);
    assert_ne!(session(&of_sid).sign_in, session(&with(of_sid.clone(), "auth_time", json!(NOW))).sign_in);
    assert_ne!(session(&of_sid).sign_in, session(&with(of_sid.clone(), "acr", json!("mfa"))).sign_in);
    assert_ne!(session(&good()).sign_in, session(&renewed(&good())).sign_in);
    assert_eq!(session(&good()).ends_at.timestamp(), NOW + 600, "nothing is said of the sign-in");
    assert_eq!(session(&of_sid).ends_at.timestamp(), NOW - 100 + 12 * 3_600);
    assert_eq!(session(&of_sid).second_factor_at, None);
    let proved = session(&with(of_sid, "acr", json!("mfa"))).second_factor_at;
    assert_eq!(proved.map(|at| at.timestamp()), Some(NOW - 100));
}

#[test]
fn the_worker_may_be_named_by_another_claim() {
    let signer = Signer::es256();
    let issuer = Issuer { subject_claim: "staff_number".to_owned(), ..issuer(&[TokenAlgorithm::Es256]) };
    let subject = |claims: &Value| {
        read(&issuer, &signer.jwk(), &signer.token(&header("ES256"), claims)).map(|read| read.session.subject)
    };
    assert_eq!(subject(&with(good(), "staff_number", json!("4711"))).as_deref(), Some("4711"));
    assert_eq!(subject(&with(good(), "staff_number", json!(4711))), None);
    assert_eq!(subject(&good()), None);
}

#[test]
fn a_set_of_more_than_twenty_keys_is_refused() {
    let set = |n: usize| json!({ "keys": vec![Signer::es256().jwk(); n] }).to_string();
    assert_eq!(keys::read(set(20).as_bytes(), &[TokenAlgorithm::Es256]).unwrap().len(), 20);
    assert!(keys::read(set(21).as_bytes(), &[TokenAlgorithm::Es256]).is_err());
    assert!(keys::read(b"[]", &[TokenAlgorithm::Es256]).is_err());
}
