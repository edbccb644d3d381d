//! People other than the child who are named in a recording. They are marked where they are named, so that the name of
//! a person who asked not to be named is removed wherever the recording is read.

use serde::{Deserialize, Serialize};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::Check;
use crate::vocabulary::check::LABEL;
use crate::vocabulary::unseen::is_invisible;

crate::codes! {
    /// A person's relationship to the child.
    pub enum ThirdPartyKind {
        /// A parent or carer.
        Parent = "parent",
        /// A brother or sister.
        Sibling = "sibling",
        /// Another child.
        PeerChild = "peer_child",
        /// A person who may harm the child.
        PersonOfConcern = "person_of_concern",
        /// A member of the public who told what they noticed. Others see the name only if that person agreed.
        PublicReferrer = "public_referrer",
        /// A person acting in their profession.
        Professional = "professional",
    }
}

/// The text that replaces the name of a person who asked not to be named.
pub const UNNAMED: &str = "[a person who asked not to be named]";

/// A person whom a recording names, or whose address it gives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThirdParty {
    /// The name or the address, exactly as it appears in the recording.
    #[schema(example = "Mrs Example", min_length = 2, max_length = 200)]
    pub words: String,
    /// The person's relationship to the child.
    pub kind: ThirdPartyKind,
    /// Whether the person asked not to be named. If it is left out: true for a member of the public, and false for all
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
}

impl std::fmt::Debug for ThirdParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThirdParty").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl ThirdParty {
    /// Whether the name is hidden from others.
    pub fn is_anonymous(&self) -> bool {
        self.anonymous.unwrap_or(self.kind == ThirdPartyKind::PublicReferrer)
    }

    /// Checks that the name has at least two characters.
    pub fn check(&self, check: &mut Check) {
        check.name("words", &self.words, LABEL);
        check.rule("words", self.words.trim().chars().count() >= 2, "is a single character; give the whole name");
    }

    /// Whether a text names the person.
    pub fn is_in(&self, text: &str) -> bool {
        let (letters, name) = (folded(text), folded(self.words.trim()));
        (0..letters.len()).any(|place| stands_at(&letters, place, &name))
    }
}

/// Replaces the names of these people in a text with [`UNNAMED`]. Only compares the original text, never what it
/// inserted.
pub fn leave_out(people: &[ThirdParty], text: &mut String) {
    let letters = folded(text);
    let names: Vec<_> = people.iter().map(|party| folded(party.words.trim())).collect();
    let (mut kept, mut written, mut place) = (String::with_capacity(text.len()), 0, 0);
    while let Some(first) = letters.get(place) {
        let found = names.iter().filter(|name| stands_at(&letters, place, name)).map(Vec::len).max();
        let Some(length) = found else {
            place += 1;
            continue;
        };
        kept.push_str(text.get(written..first.at).unwrap_or_default());
        kept.push_str(UNNAMED);
        place += length;
        written = letters.get(place).map_or(text.len(), |next| next.at);
    }
    kept.push_str(text.get(written..).unwrap_or_default());
    *text = kept;
}

/// A letter in the form in which it is compared, and the position of its character in the text.
#[derive(Clone, Copy)]
struct Letter {
    at: usize,
    letter: char,
}

/// A text in the form in which names are compared. Case, the encoding of accents, the width of letters, the number of
/// spaces and invisible characters make no difference.
fn folded(text: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::with_capacity(text.len());
    for (at, found) in text.char_indices() {
        if found.is_whitespace() {
            if letters.last().is_none_or(|last| last.letter != ' ') {
                letters.push(Letter { at, letter: ' ' });
            }
        } else if !is_invisible(found) {
            decompose_compatible(found, |part| {
                letters.extend(part.to_lowercase().map(|letter| Letter { at, letter }));
            });
        }
    }
    letters
}

/// Whether a name appears here as whole words.
fn stands_at(letters: &[Letter], place: usize, name: &[Letter]) -> bool {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return false };
    let same = |(here, wanted): (&Letter, &Letter)| here.letter == wanted.letter;
    let (Some(here), Some(rest)) = (letters.get(place..), letters.get(place + name.len()..)) else { return false };
    let before = place.checked_sub(1).and_then(|place| letters.get(place));
    here.iter().zip(name).all(same) && !are_joined(before, Some(first)) && !are_joined(Some(last), rest.first())
}

/// Whether two neighbouring letters belong to one word.
fn are_joined(one: Option<&Letter>, other: Option<&Letter>) -> bool {
    let joins = |letter: Option<&Letter>| {
        letter.is_some_and(|found| found.letter.is_alphanumeric() || is_combining_mark(found.letter))
    };
    joins(one) && joins(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(words: &str, text: &str) -> String {
        without_all(&[words], text)
    }

    fn without_all(words: &[&str], text: &str) -> String {
        let party = |words: &&str| ThirdParty {
            words: (*words).to_owned(),
            kind: ThirdPartyKind::PublicReferrer,
            anonymous: None,
        };
        let (people, mut text) = (words.iter().map(party).collect::<Vec<_>>(), text.to_owned());
        leave_out(&people, &mut text);
        text
    }

    #[test]
    fn what_is_put_in_is_not_searched_again() {
        let people = ["who", "asked", "who asked"].repeat(15);
        assert_eq!(without_all(&people, "She is who asked."), format!("She is {UNNAMED}."));
    }

    #[test]
    fn a_name_is_left_out_whatever_its_case_and_spacing() {
        assert_eq!(
            without("Mrs Bell", "mrs  BELL rang. Mrs\nBell's car."),
            format!("{UNNAMED} rang. {UNNAMED}'s car.")
        );
        assert_eq!(without("Élodie", "élodie said so"), format!("{UNNAMED} said so"));
    }

    #[test]
    fn a_name_is_left_out_however_its_accents_are_encoded_and_whatever_is_hidden_in_it() {
        for spelt in [
            "Zo\u{EB} Vane",
            "Zoe\u{308} Vane",
            "ZOE\u{308}\u{A0}VANE",
            "Zo\u{200B}\u{EB} Va\u{AD}ne",
            "\u{FF3A}o\u{EB} Vane",
        ] {
            for words in ["Zo\u{EB} Vane", "Zoe\u{308} Vane"] {
                assert_eq!(without(words, &format!("{spelt}, again.")), format!("{UNNAMED}, again."), "{spelt:?}");
            }
        }
        assert_eq!(without("Zoe", "Zoe\u{308} and Zo\u{EB}"), "Zoe\u{308} and Zo\u{EB}", "another name");
        assert_eq!(without("\u{200B}\u{200B}", "nobody"), "nobody");
    }

    #[test]
    fn a_name_inside_another_word_stays() {
        assert_eq!(without("Ann", "Anna and Joann met Ann."), format!("Anna and Joann met {UNNAMED}."));
        assert_eq!(without("Ann", ""), "");
    }

    #[test]
    fn a_member_of_the_public_is_anonymous_unless_they_agreed() {
        let party = |kind, anonymous| ThirdParty { words: "Mr Vale".into(), kind, anonymous };
        assert!(party(ThirdPartyKind::PublicReferrer, None).is_anonymous());
        assert!(!party(ThirdPartyKind::PublicReferrer, Some(false)).is_anonymous());
        assert!(!party(ThirdPartyKind::Parent, None).is_anonymous());
        assert!(party(ThirdPartyKind::Sibling, Some(true)).is_anonymous());
    }
}
