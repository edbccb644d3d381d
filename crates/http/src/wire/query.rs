//! Reads the query of an address. A parameter that cannot be accepted is named, with what it accepts.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{RefOr, Schema};

use crate::wire::form::form;
use crate::wire::problem::Problem;

/// The query parameters, read into their type.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

#[expect(clippy::disallowed_types, reason = "splits the pairs; what does not fit is answered here")]
fn read<T: DeserializeOwned + IntoParams>(text: &str) -> Result<T, Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|_| Problem::query("query", "must be written name=value, joined with &"))?
        .into_inner();
    let parts = pairs.iter().map(|(name, value)| (name.as_str(), Part(value)));
    let reader = MapDeserializer::<_, serde::de::value::Error>::new(parts);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let known = T::into_params(|| Some(ParameterIn::Query));
        let message = error.inner().to_string();
        let field = || message.split('`').nth(1).unwrap_or_default().to_owned();
        if message.starts_with("unknown field") {
            let names: Vec<_> = known.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
            return Problem::query(
                &shown(&error.path().to_string()),
                format!("is not a known parameter; use {}", names.join(", ")),
            );
        }
        if message.starts_with("missing field") {
            return Problem::query(&field(), format!("is missing; it {}", accepted(&known, &field(), "")));
        }
        if message.starts_with("duplicate field") {
            return Problem::query(&field(), "is given twice; give it once");
        }
        let name = error.path().to_string();
        Problem::query(&name, accepted(&known, &name, &message))
    })
}

/// The name of an unknown parameter, if it has the form of a name. Anything else may be personal data.
fn shown(name: &str) -> String {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { name.to_owned() } else { "a parameter".to_owned() }
}

/// What a parameter accepts, from its type or else from the description of the API.
fn accepted(known: &[Parameter], name: &str, message: &str) -> String {
    let parameter = known.iter().find(|parameter| parameter.name == name);
    let says_all = message.starts_with("must be ");
    parameter
        .and_then(|parameter| described(parameter.schema.as_ref()?))
        .filter(|_| !says_all)
        .or_else(|| form(message))
        .unwrap_or_else(|| "has the wrong form; see its description in /docs".to_owned())
}

fn described(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    if let Some(codes) = &object.enum_values {
        let codes: Vec<_> = codes.iter().filter_map(serde_json::Value::as_str).collect();
        return Some(format!("must be one of {}", codes.join(", ")));
    }
    if let (Some(least), Some(most)) = (&object.minimum, &object.maximum) {
        let (least, most) = (serde_json::to_string(least).ok()?, serde_json::to_string(most).ok()?);
        return Some(format!("must be a whole number from {least} to {most}"));
    }
    if object.pattern.as_deref() == Some(MONTH) {
        return Some("must be a month, written YYYY-MM".to_owned());
    }
    let SchemaFormat::KnownFormat(format) = object.format.as_ref()? else { return None };
    Some(match format {
        KnownFormat::DateTime => "must be an instant, written like 2026-08-16T15:30:00Z".to_owned(),
        KnownFormat::Date => "must be a date, written YYYY-MM-DD".to_owned(),
        KnownFormat::Uuid => "must be an id that this service returned".to_owned(),
        _ => return None,
    })
}

/// The pattern of a month.
pub(crate) const MONTH: &str = "^[0-9]{4}-(0[1-9]|1[0-2])$";

/// One value, which its type reads as text, a number or a code.
struct Part<'a>(&'a str);

impl<'de> IntoDeserializer<'de, serde::de::value::Error> for Part<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident => $visit:ident),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_str(self.0),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    numbers! {
        deserialize_bool => visit_bool, deserialize_u8 => visit_u8, deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32, deserialize_u64 => visit_u64, deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::PeriodQuery;
    use crate::wire::paging::HistoricPageQuery;

    fn problem<T: DeserializeOwned + IntoParams>(text: &str) -> (String, String) {
        match read::<T>(text) {
            Err(Problem::Query { name, accepts }) => (name, accepts),
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn a_parameter_that_cannot_be_read_is_named_with_what_it_accepts() {
        let page = problem::<HistoricPageQuery>;
        assert_eq!(page("limit=many"), ("limit".into(), "must be a whole number from 1 to 200".into()));
        assert!(page("as_known_at=yesterday").1.contains("2026-08-16T15:30:00Z"));
        assert_eq!(page("limit=1&limit=2").1, "is given twice; give it once");
        let (name, accepts) = page("limt=5");
        assert_eq!(name, "limt");
        assert!(accepts.contains("`limit`, `cursor`, `as_known_at`"), "{accepts}");
        assert_eq!(page("zq51977=5").0, "a parameter");
    }

    #[test]
    fn a_month_says_how_it_is_written() {
        let period = problem::<PeriodQuery>;
        assert_eq!(period("from=January&to=2026-02"), ("from".into(), "must be a month, written YYYY-MM".into()));
        assert_eq!(period("from=2026-01"), ("to".into(), "is missing; it must be a month, written YYYY-MM".into()));
    }

    #[test]
    fn what_can_be_read_is_read() {
        assert!(read::<HistoricPageQuery>("limit=5&as_known_at=2026-08-16T15%3A30%3A00Z").is_ok());
        assert!(read::<HistoricPageQuery>("").is_ok());
    }
}
