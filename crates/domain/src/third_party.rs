//! People named in a recording who are not the child. They are marked where they are named, so that whoever asked
//! not to be named stays unnamed, wherever the recording is read.

use serde::{Deserialize, Serialize};

use crate::Check;
use crate::check::LABEL;

crate::codes! {
    /// Who somebody is to the child.
    pub enum ThirdPartyKind {
        /// A parent or carer.
        Parent = "parent",
        /// A brother or sister.
        Sibling = "sibling",
        /// Another child.
        PeerChild = "peer_child",
        /// Somebody who may do the child harm.
        PersonOfConcern = "person_of_concern",
        /// A member of the public who told what they noticed. Not named to others unless they agreed to it.
        PublicReferrer = "public_referrer",
        /// Somebody who acts in their profession.
        Professional = "professional",
    }
}

/// What stands in the place of somebody who asked not to be named.
pub const UNNAMED: &str = "[somebody who asked not to be named]";

/// Somebody whom a recording names, or whose address it gives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThirdParty {
    /// The name or the address, word for word as it stands in the recording.
    #[schema(example = "Mrs Example", min_length = 2, max_length = 200)]
    pub words: String,
    /// Who it is to the child.
    pub kind: ThirdPartyKind,
    /// Whether they asked not to be named. Left out, this is so for a member of the public and for nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
}

impl std::fmt::Debug for ThirdParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThirdParty").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl ThirdParty {
    /// Whether they are not to be named to others.
    pub fn is_anonymous(&self) -> bool {
        self.anonymous.unwrap_or(self.kind == ThirdPartyKind::PublicReferrer)
    }

    /// At least two characters.
    pub fn check(&self, check: &mut Check) {
        check.text("words", &self.words, LABEL);
        check.rule("words", self.words.trim().chars().count() >= 2, "is a single character; give the whole name");
    }

    /// Whether a text names them.
    pub fn is_in(&self, text: &str) -> bool {
        let words = self.words.trim();
        text.char_indices().any(|(start, _)| length_at(text, start, words).is_some())
    }
}

/// Puts [`UNNAMED`] wherever a text names one of these people. Looks at what was written alone, never at what it put in.
pub fn leave_out(people: &[ThirdParty], text: &mut String) {
    let (mut kept, mut place) = (String::with_capacity(text.len()), 0);
    while let Some(next) = text.get(place..).and_then(|rest| rest.chars().next()) {
        let lengths = people.iter().filter_map(|party| length_at(text, place, party.words.trim()));
        if let Some(longest) = lengths.max() {
            kept.push_str(UNNAMED);
            place += longest;
        } else {
            kept.push(next);
            place += next.len_utf8();
        }
    }
    *text = kept;
}

/// How long `words` are where they stand as words of their own at this place of a text, whatever the case of their
/// letters and the kind of space between them.
fn length_at(text: &str, start: usize, words: &str) -> Option<usize> {
    let before = text.get(..start)?.chars().next_back();
    let rest = text.get(start..)?;
    let (mut here, mut wanted) = (rest.char_indices().peekable(), words.chars().peekable());
    if words.is_empty() || (wanted.peek().is_some_and(|c| c.is_alphanumeric()) && joins(before)) {
        return None;
    }
    let mut last = None;
    while let Some(want) = wanted.next() {
        let (_, have) = here.next()?;
        if want.is_whitespace() {
            if !have.is_whitespace() {
                return None;
            }
            while wanted.next_if(|c| c.is_whitespace()).is_some() {}
            while here.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        } else if !have.to_lowercase().eq(want.to_lowercase()) {
            return None;
        }
        last = Some(want);
    }
    let after = here.peek();
    if last.is_some_and(char::is_alphanumeric) && joins(after.map(|(_, c)| *c)) {
        return None;
    }
    Some(after.map_or(rest.len(), |(end, _)| *end))
}

fn joins(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(char::is_alphanumeric)
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
