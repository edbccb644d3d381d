//! JSON pointers into a request.

pub(crate) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => {
            format!("{pointer}/{}", reflected(key).replace('~', "~0").replace('/', "~1"))
        }
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// The longest name that a response repeats, in characters.
const LONGEST_REFLECTED: usize = 100;

/// A name that the caller chose, shortened if it is longer than a response repeats.
pub(crate) fn reflected(name: &str) -> String {
    match name.char_indices().nth(LONGEST_REFLECTED) {
        None => name.to_owned(),
        Some(_) => name.chars().take(LONGEST_REFLECTED - 1).chain(['…']).collect(),
    }
}
