//! Reads JSON, and says where and why it cannot be read.

use alongside_domain::Violations;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::form::misshapen;
use crate::wire::pointer::pointer;
use crate::wire::problem::Problem;

/// Reads JSON into a type. If it does not fit, the error names the place and the accepted form.
pub(crate) fn read<T: DeserializeOwned + Serialize>(raw: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (pointer, inner) = (pointer(error.path()), error.inner());
        let explained = || misshapen::<T>(raw, &pointer, &inner.to_string());
        if inner.is_data() { explained().into() } else { malformed(&pointer, inner) }
    })?;
    reader.end().map_err(|error| malformed("", &error))?;
    let sent: Value = serde_json::from_slice(raw).map_err(|error| malformed("", &error))?;
    let understood = serde_json::to_value(&value).map_err(|_| Problem::Internal)?;
    match list_for_object(&sent, &understood, "") {
        Some(pointer) => Err(Violations::one(&pointer, "is a list; send an object with named fields").into()),
        None => Ok(value),
    }
}

/// The place where the JSON is malformed. The parser's messages are fixed and repeat nothing of the body.
fn malformed(pointer: &str, error: &serde_json::Error) -> Problem {
    let detail = format!("is not JSON: {error}");
    Problem::Malformed { pointer: pointer.to_owned(), detail }
}

/// Finds a list in the place of an object: serde would read its members as fields, in order.
fn list_for_object(sent: &Value, understood: &Value, at: &str) -> Option<String> {
    match (sent, understood) {
        (Value::Array(_), Value::Object(_)) => Some(at.to_owned()),
        (Value::Object(sent), Value::Object(understood)) => {
            sent.iter().find_map(|(name, sent)| list_for_object(sent, understood.get(name)?, &format!("{at}/{name}")))
        }
        (Value::Array(sent), Value::Array(understood)) => sent
            .iter()
            .zip(understood)
            .enumerate()
            .find_map(|(index, (sent, understood))| list_for_object(sent, understood, &format!("{at}/{index}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alongside_domain::accounts::session::Credentials;

    fn fault(text: &str) -> (String, String) {
        match read::<Credentials>(text.as_bytes()) {
            Err(Problem::Invalid(Violations(found))) => (found[0].pointer.clone(), found[0].detail.clone()),
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn a_misshapen_body_names_the_field_and_not_the_value() {
        let (pointer, detail) = fault(r#"{"sign_in_name": "a", "password": "b", "secret-word": 1}"#);
        assert_eq!(pointer, "/secret-word");
        assert!(detail.contains("leave it out"));
        let (pointer, _) = fault(r#"{"sign_in_name": "a"}"#);
        assert_eq!(pointer, "/password");
        let (pointer, detail) = fault(r#"{"sign_in_name": 51977, "password": "b"}"#);
        assert_eq!(pointer, "/sign_in_name");
        assert!(!detail.contains("51977"), "{detail}");
    }

    #[test]
    fn what_is_missing_or_of_another_form_says_which_form_is_expected() {
        use alongside_domain::statutory::referral::Referral;
        let fault = |text: &str| match read::<Referral>(text.as_bytes()) {
            Err(Problem::Invalid(Violations(found))) => (found[0].pointer.clone(), found[0].detail.clone()),
            other => panic!("{:?}", other.map(drop)),
        };
        let cases = [
            (r#"{"to_agency_id": "zq"}"#, "/to_agency_id", "must be an id that this service returned"),
            (r#"{"concern_ids": 5}"#, "/concern_ids", "must be a list in square brackets"),
            (r#"{"concern_ids": ["zq"]}"#, "/concern_ids/0", "must be an id that this service returned"),
            (r#"{"reason": ["zq"]}"#, "/reason", "must be text in quotes"),
            (
                r#"{"reason": "r", "asks_for": "a"}"#,
                "/to_agency_id",
                "is missing; it must be an id that this service returned",
            ),
            ("[]", "", "must be an object with named fields"),
        ];
        for (text, pointer, detail) in cases {
            assert_eq!(fault(text), (pointer.to_owned(), detail.to_owned()));
        }
    }

    #[test]
    fn a_body_that_is_not_json_says_where_it_breaks() {
        match read::<Credentials>(b"{\"sign_in_name\": zq51977}") {
            Err(Problem::Malformed { pointer, detail }) => {
                assert_eq!(pointer, "/sign_in_name");
                assert!(detail.contains("line 1 column") && !detail.contains("zq51977"), "{detail}");
            }
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn a_long_unknown_name_is_cut_at_100_characters() {
        for (sent, shown) in [(100, "é".repeat(100)), (101, format!("{}…", "é".repeat(99)))] {
            let name = "é".repeat(sent);
            let (pointer, _) = fault(&format!(r#"{{"sign_in_name": "a", "password": "b", "{name}": 1}}"#));
            assert_eq!(pointer, format!("/{shown}"));
        }
    }

    #[test]
    fn a_list_is_not_taken_for_an_object() {
        let (pointer, detail) = fault(r#"["a", "b"]"#);
        assert_eq!(pointer, "");
        assert!(detail.contains("object"), "{detail}");
    }

    #[test]
    fn deep_nesting_is_malformed_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(matches!(read::<serde_json::Value>(deep.as_bytes()), Err(Problem::Malformed { .. })));
    }
}
