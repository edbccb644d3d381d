//! Search tokens: keyed digests that find a child while nothing readable is stored.

use alongside_domain::record::child::{ChildDetails, comparable};
use alongside_domain::record::identifier::{Identifier, IdentifierKind};
use chrono::NaiveDate;

use crate::sealing::keys::Keys;

/// One token of a child.
pub(crate) struct Token {
    pub(crate) kind: &'static str,
    pub(crate) digest: Vec<u8>,
    /// Whether only one child may have it.
    pub(crate) unique: bool,
}

impl Token {
    pub(crate) fn digest(&self) -> &[u8] {
        &self.digest
    }
}

/// The token of a number.
pub(crate) fn of_identifier(keys: &Keys, identifier: &Identifier) -> Token {
    let identifier = identifier.normalised();
    let kind = identifier.kind.as_str();
    let value = match (identifier.kind, &identifier.system) {
        (IdentifierKind::LocalId, Some(system)) => format!("{system}\u{0}{}", identifier.value),
        _ => identifier.value,
    };
    Token { kind, digest: keys.token(kind, &value), unique: true }
}

/// The token of a date of birth with the family name, or with the whole name.
pub(crate) fn of_name(keys: &Keys, family: &str, given: Option<&str>, born_on: NaiveDate) -> Token {
    let family = comparable(family);
    let (kind, value) = match given {
        Some(given) => ("name_birthday", format!("{family}\u{0}{}\u{0}{born_on}", comparable(given))),
        None => ("family_birthday", format!("{family}\u{0}{born_on}")),
    };
    Token { kind, digest: keys.token(kind, &value), unique: false }
}

/// The tokens of which each may belong to only one child.
pub(crate) fn numbers(tokens: &[Token]) -> Vec<&Token> {
    tokens.iter().filter(|token| token.unique).collect()
}

/// Every token of a child.
pub(crate) fn of_child(keys: &Keys, details: &ChildDetails) -> Vec<Token> {
    let mut tokens: Vec<_> = details.identifiers.iter().map(|number| of_identifier(keys, number)).collect();
    if let Some(born_on) = details.identity.born_on {
        let identity = &details.identity;
        tokens.push(of_name(keys, &identity.family_name, None, born_on));
        tokens.push(of_name(keys, &identity.family_name, Some(&identity.given_name), born_on));
    }
    tokens
}
