//! Describes in words the form that a value must have when the parser could not read it. Never repeats the value.

use alongside_domain::Violations;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is wrong with a body that is well-formed JSON: the field, as a JSON pointer, and the form it must have.
pub(crate) fn misshapen<T: DeserializeOwned>(raw: &[u8], pointer: &str, message: &str) -> Violations {
    let message = without_place(message);
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let pointer = format!("{pointer}/{field}");
        let form = accepted_at::<T>(raw, &pointer, Value::Null).map(|form| format!("; it {form}"));
        Violations::one(&pointer, format!("is missing{}", form.unwrap_or_default()))
    } else if message.starts_with("unknown field") {
        Violations::one(pointer, "is not a known field; leave it out")
    } else if message.starts_with("duplicate field") {
        Violations::one(pointer, "is given twice; give it once")
    } else {
        let form = form(message).or_else(|| accepted_at::<T>(raw, pointer, Value::Bool(true)));
        Violations::one(pointer, form.unwrap_or_else(|| "has the wrong form; see its example in /docs".to_owned()))
    }
}

/// The accepted form, if the parser's message names it.
pub(crate) fn form(message: &str) -> Option<String> {
    let message = without_place(message);
    if message.starts_with("must be ") {
        return Some(message.to_owned());
    }
    // The last match: a message may quote the value before it.
    let (_, expected) = message.rsplit_once(", expected ")?;
    Some(format!("must be {}", in_words(&expected.replace('`', ""))))
}

fn in_words(expected: &str) -> String {
    let words = match expected {
        "an RFC 3339 formatted date and time string" => "an instant, written like 2026-08-16T15:30:00Z",
        "a formatted date string" => "a date, written YYYY-MM-DD",
        "a UUID string" | "UUID" | "a formatted UUID string" => "an id that this service returned",
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in square brackets",
        "a map" => "an object with named fields",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        expected if expected.starts_with("struct ") => "an object with named fields",
        expected if expected.starts_with("a tuple") || expected.starts_with("an array") => "a list in square brackets",
        other => other,
    };
    words.to_owned()
}

fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
}

/// The form that is accepted at a pointer. The parser may only say that it could not read a date. So the value is
/// replaced by one that fits no type, and the parser's message then names what it expected.
fn accepted_at<T: DeserializeOwned>(raw: &[u8], pointer: &str, misfit: Value) -> Option<String> {
    let mut sent: Value = serde_json::from_slice(raw).ok()?;
    let (parent, field) = pointer.rsplit_once('/')?;
    match sent.pointer_mut(parent)? {
        Value::Object(fields) => drop(fields.insert(field.to_owned(), misfit)),
        Value::Array(list) => *list.get_mut(field.parse::<usize>().ok()?)? = misfit,
        _ => return None,
    }
    let error = serde_path_to_error::deserialize::<_, T>(&sent).err()?;
    (crate::wire::pointer::pointer(error.path()) == pointer).then(|| form(&error.inner().to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_said_in_words() {
        assert_eq!(
            form("invalid type: integer `51977`, expected a string at line 1 column 9").as_deref(),
            Some("must be text in quotes")
        );
        assert_eq!(form("unknown variant `zq51977`, expected one of `a`, `b`").as_deref(), Some("must be one of a, b"));
        assert_eq!(form("must be a month, written YYYY-MM").as_deref(), Some("must be a month, written YYYY-MM"));
        assert_eq!(form("premature end of input at line 1 column 9"), None);
    }
}
