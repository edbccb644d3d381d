//! The words that a person reads: phrases that plain English does without, and where they remain for a reason.

use std::fs;
use std::path::{Path, PathBuf};

/// A phrase, and what to write instead.
pub(crate) const PHRASES: &[(&str, &str)] = &[
    ("whoever", "name the person: the caller, the author, a worker who …"),
    ("whomever", "name the person"),
    ("whosoever", "name the person"),
    ("somebody", "name the person: a colleague, another worker"),
    ("someone", "name the person: a colleague, another worker"),
    ("those who", "name them: workers who …"),
    ("anew", "again, or new"),
    ("held back", "hidden, suppressed or withheld"),
    ("hold back", "hide, suppress or withhold"),
    ("holds back", "hides, suppresses or withholds"),
    ("holding back", "hiding, suppressing or withholding"),
    ("of its own", "its own …, or a separate …"),
    ("of their own", "their own …, or a separate …"),
    ("one's own", "your own, or their own"),
    ("stands", "is, is stored, appears"),
    ("a look", "access, a view"),
    ("each look", "each access"),
    ("every look", "every access"),
    ("the look", "the access"),
    ("looks of", "access by"),
    ("on the beat", "after the fixed delay"),
    ("by chance", "at random"),
    ("in an order of chance", "in random order"),
    ("goes with", "belongs to"),
    ("is let", "is allowed"),
    ("said twice", "repeated"),
    ("there for them", "visible to them"),
    ("on the word of", "name who decides"),
    ("is told", "is notified"),
    ("are told", "are notified"),
    ("be told", "be notified"),
    ("was told", "was notified"),
    ("were told", "were notified"),
    ("who is told", "who is notified"),
];

/// Where a phrase remains: the end of a path, a phrase, and why.
pub(crate) const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("demo/stories.toml", "", "invented staff write what a child or a relative was told"),
    ("openapi/examples.json", "", "the same"),
    ("openapi/openapi.json", "is told", "the examples of bodies"),
    ("openapi/openapi.json", "was told", "the examples of bodies"),
];

/// The folders and files that people read.
pub(crate) const READ: &[&str] =
    &["crates", "policies", "docs", "README.md", "CONTRIBUTING.md", "SECURITY.md", "openapi", "catalogue/README.md"];

/// Every file of these folders whose text people read.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut waiting: Vec<PathBuf> = READ.iter().map(|name| root.join(name)).collect();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path
            .extension()
            .is_some_and(|end| ["rs", "cedar", "cedarschema", "md", "json", "toml"].iter().any(|known| end == *known))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each phrase in a text, with the number of its line. In Rust only comments and strings are read.
pub(crate) fn found(path: &str, text: &str) -> Vec<String> {
    let is_rust = Path::new(path).extension().is_some_and(|end| end == "rs");
    let read = if is_rust { comments_and_strings(text) } else { text.to_owned() };
    let words = words(&read);
    let mut faults = Vec::new();
    for (phrase, instead) in PHRASES {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let excepted = |path: &str| {
            let of = |(end, what, _): &&(&str, &str, &str)| path.ends_with(end) && (what.is_empty() || what == phrase);
            EXCEPTIONS.iter().any(|one| of(&one))
        };
        for here in words.windows(parts.len()) {
            if here.iter().map(|(_, word)| word.as_str()).eq(parts.iter().copied()) && !excepted(path) {
                faults.push(format!("{path}:{}: \"{phrase}\": write {instead}", here[0].0));
            }
        }
    }
    faults
}

/// The words of a text in small letters, with the number of the line. A name in code, such as `listed_person`, is one
/// word.
fn words(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().zip(1..);
    lines
        .flat_map(|(line, number)| {
            let parts = line.split(|letter: char| !letter.is_alphanumeric() && !"_-'".contains(letter));
            parts.filter(|part| !part.is_empty()).map(move |part| (number, part.to_lowercase()))
        })
        .collect()
}

/// The comments and strings of Rust source; everything else is blank, so that the numbers of lines stay.
fn comments_and_strings(source: &str) -> String {
    let mut read = String::with_capacity(source.len());
    let (mut rest, mut in_string) = (source.chars().peekable(), false);
    while let Some(letter) = rest.next() {
        match letter {
            '\n' => read.push('\n'),
            '\\' if in_string => {
                // A line that goes on, or an escape.
                read.push(if rest.next() == Some('\n') { '\n' } else { ' ' });
            }
            '"' => {
                in_string = !in_string;
                read.push(' ');
            }
            // A quotation mark as a character.
            '\'' if !in_string && rest.peek() == Some(&'"') => drop(rest.next()),
            '/' if !in_string && rest.peek() == Some(&'/') => {
                while let Some(letter) = rest.next_if(|letter| *letter != '\n') {
                    read.push(if letter == '/' { ' ' } else { letter });
                }
            }
            letter if in_string => read.push(letter),
            _ => read.push(' '),
        }
    }
    read
}
