//! Closed sets of codes. Each code has one spelling in JSON, in the database and in the policies.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Declares an enum whose variants have one written form, used in JSON, storage and policy.
///
/// Gives `ALL`, `as_str`, `Display`, `FromStr`, serde and an OpenAPI schema. `= "new" once "old"` also reads a code
/// that was used earlier, and never writes it.
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal $(once $former:literal)?),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The written form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        // The derive macro cannot see the written forms.
        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                ::utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),+]))
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::vocabulary::codes::read(deserializer, &[$($text),+])
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::vocabulary::codes::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text $(| $former)? => Ok(Self::$variant),)+
                    _ => Err($crate::vocabulary::codes::UnknownCode { set: stringify!($name) }),
                }
            }
        }
    };
}

/// A code that is not in its set. Does not repeat the code: it may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known {set}")]
pub struct UnknownCode {
    /// The name of the set.
    pub set: &'static str,
}

/// Reads a code of a set. If it is none of them, the error lists the codes.
///
/// # Errors
///
/// It is not a text, or not a code of the set.
pub fn read<'de, D: Deserializer<'de>, C: FromStr>(
    deserializer: D,
    words: &'static [&'static str],
) -> Result<C, D::Error> {
    deserializer.deserialize_str(Words(words, PhantomData))
}

struct Words<C>(&'static [&'static str], PhantomData<C>);

impl<C: FromStr> Visitor<'_> for Words<C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<C, E> {
        text.parse().map_err(|_| E::custom(format_args!("must be one of {}", self.0.join(", "))))
    }
}
