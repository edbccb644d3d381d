//! Invisible characters. Two names that appear the same must be the same: otherwise neither search finds the child, and
//! a hidden text travels in a name.
//!
//! A few invisible characters belong to the spelling of real names, and are accepted where that spelling has them:
//! joiners beside a virama (Sinhala, Malayalam, Bengali), the non-joiner between letters of a joining script (Persian),
//! variation selectors after the letter that they shape (Japanese family registers, Mongolian). The rules for joiners
//! follow RFC 5892, appendix A. They do not count when names are compared.

use std::fmt;

/// An invisible character and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unseen {
    index: usize,
    found: char,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "has a character that cannot be seen: character {} is U+{:04X}",
            self.index + 1,
            u32::from(self.found)
        )
    }
}

/// The first character of a longer text that controls a terminal or reorders what is read.
pub(crate) fn in_text(text: &str) -> Option<Unseen> {
    let refused = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().enumerate().find(|(_, c)| refused(*c)).map(|(index, found)| Unseen { index, found })
}

/// The first character of a name that is invisible and does not belong to its spelling.
pub(crate) fn in_name(name: &str) -> Option<Unseen> {
    let mut before = None;
    let mut rest = name.chars().enumerate().peekable();
    while let Some((index, found)) = rest.next() {
        let after = rest.peek().map(|(_, after)| *after);
        if is_invisible(found) && !is_spelling(before, found, after) {
            return Some(Unseen { index, found });
        }
        before = Some(found);
    }
    None
}

/// Control and format characters, fillers and blanks that are not spaces, and code points that Unicode will never
/// assign.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xFFFE == 0xFFFE
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{70F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}' | '\u{3164}'
                | '\u{FDD0}'..='\u{FDEF}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}' | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFC}'
                | '\u{13430}'..='\u{1343F}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

fn is_spelling(before: Option<char>, found: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match found {
        '\u{200D}' => is_virama(before) || (is_indic(before) && after.is_some_and(is_virama)),
        '\u{200C}' => {
            is_virama(before)
                || (is_indic(before) && after.is_some_and(is_virama))
                || (joins(before) && after.is_some_and(joins))
        }
        '\u{FE00}'..='\u{FE02}' | '\u{E0100}'..='\u{E01EF}' => is_han(before),
        '\u{180B}'..='\u{180F}' => matches!(before, '\u{1820}'..='\u{18AA}'),
        _ => false,
    }
}

fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{94D}'
            | '\u{9CD}'
            | '\u{A4D}'
            | '\u{ACD}'
            | '\u{B4D}'
            | '\u{BCD}'
            | '\u{C4D}'
            | '\u{CCD}'
            | '\u{D4D}'
            | '\u{DCA}'
            | '\u{1039}'
            | '\u{17D2}'
    )
}

fn is_indic(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{DFF}')
}

/// Letters and marks of Arabic, Syriac and N'Ko.
fn joins(c: char) -> bool {
    c.is_alphabetic() && matches!(c, '\u{610}'..='\u{8FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

fn is_han(c: char) -> bool {
    matches!(
        c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invisible_character_is_named_by_its_place_and_its_code_point() {
        let found = in_name("Ro\u{200B}bin").map(|found| found.to_string());
        assert_eq!(found.as_deref(), Some("has a character that cannot be seen: character 3 is U+200B"));
        let found = in_name("Érin\u{E0041}").map(|found| found.to_string());
        assert_eq!(found.as_deref(), Some("has a character that cannot be seen: character 5 is U+E0041"));
    }

    #[test]
    fn what_cannot_be_seen_is_refused_in_a_name_wherever_it_is() {
        let refused = "\u{0}\n\t\u{7f}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\
            \u{2028}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{206f}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\
            \u{ffff}\u{1d173}\u{e0001}\u{e0020}\u{e007f}\u{e0100}\u{10ffff}";
        for c in refused.chars() {
            for name in [format!("{c}Robin"), format!("Ro{c}bin"), format!("Robin{c}")] {
                assert!(in_name(&name).is_some(), "U+{:04X}", u32::from(c));
            }
        }
    }

    #[test]
    fn names_of_the_world_pass() {
        for name in [
            "Siân O’Néill-Šmith",
            "Nguyễn Thị Ánh",
            "Zoe\u{308}",
            "ʻAlohilani",
            "Ọlá",
            "عليّ",
            "علی\u{200C}رضا",
            "דָּוִד",
            "ශ්\u{200D}රී",
            "രാജന്\u{200D}",
            "র\u{200D}্যাচেল",
            "क्\u{200C}षितिज",
            "渡辺\u{E0100}",
            "辻\u{FE00}",
            "山田　花子",
            "김민준",
            "สมชาย",
            "ချမ်းမြေ့",
            "Wei (Grace) d'Arcy, 3rd",
        ] {
            assert_eq!(in_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_joiner_that_joins_nothing_is_refused() {
        for name in
            ["Robin\u{200D}", "علی\u{200C}", "\u{200C}رضا", "رضا\u{200C}\u{200C}علی", "ක\u{200D}රී", "Ro\u{E0100}"]
        {
            assert!(in_name(name).is_some(), "{name:?}");
        }
    }
}
