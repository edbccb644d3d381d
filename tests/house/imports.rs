//! Which file of a crate imports which, read from their text. Comments and `#[cfg(test)]` modules are left out. Paths
//! inside macros count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A module of a crate, by its names. The crate itself has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Module(Vec<String>);

impl Module {
    /// The module of a file, such as `record/child.rs` or `record/mod.rs`.
    fn of(path: &str) -> Self {
        let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
        Self(if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').map(str::to_owned).collect() })
    }

    /// The folder, or the file, directly in `src`. None for the crate itself.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }
}

impl std::fmt::Display for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("::"))
    }
}

/// A crate: its files, and what each imports.
pub(crate) struct Crate {
    paths: BTreeMap<Module, String>,
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

impl Crate {
    /// The crate in a directory.
    pub(crate) fn read(directory: &Path) -> Self {
        let (source, mut files) = (directory.join("src"), Vec::new());
        collect(&source, &source, &mut files);
        assert!(!files.is_empty(), "{} has no sources", source.display());
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Self::of(&files)
    }

    /// The crate of these files: path below `src`, and text.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let paths: BTreeMap<Module, String> =
            files.iter().map(|(path, _)| (Module::of(path), (*path).to_owned())).collect();
        let names: BTreeMap<Module, Vec<Vec<String>>> =
            files.iter().map(|(path, text)| (Module::of(path), named_in(&Module::of(path), text))).collect();
        let file_of = |path: &[String]| {
            (0..=path.len()).rev().map(|n| Module(path[..n].to_vec())).find(|m| paths.contains_key(m))
        };
        let root = Module(Vec::new());
        // A re-export of the crate counts as the file that it comes from.
        let exports: BTreeMap<&String, Module> = names
            .get(&root)
            .into_iter()
            .flatten()
            .filter_map(|path| Some((path.last()?, file_of(path)?)))
            .filter(|(_, module)| *module != root)
            .collect();
        let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, paths) in names.iter().filter(|(module, _)| **module != root) {
            let found = paths.iter().filter_map(|path| match file_of(path)? {
                file if file == root => exports.get(path.first()?).cloned(),
                file => Some(file),
            });
            imports.insert(module.clone(), found.filter(|other| other != module).collect());
        }
        Self { paths, imports }
    }

    /// Every file with its imports. The crate's root file is left out, because it declares the others.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&Module, &BTreeSet<Module>)> {
        self.imports.iter()
    }

    /// What one file imports.
    pub(crate) fn imported_by(&self, module: &Module) -> Vec<&Module> {
        self.imports.get(module).into_iter().flatten().collect()
    }

    /// Where a module lies below `src`.
    pub(crate) fn path_of(&self, module: &Module) -> String {
        self.paths.get(module).cloned().unwrap_or_default()
    }
}

fn collect(source: &Path, directory: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(source, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let below = path.strip_prefix(source).expect("below src").to_string_lossy().into_owned();
            files.push((below, text));
        }
    }
}

/// The paths of this crate that a file names, from the crate's root.
fn named_in(module: &Module, text: &str) -> Vec<Vec<String>> {
    let tokens: TokenStream = text.parse().expect("Rust");
    let mut reading = Reading { module, children: BTreeSet::new(), named: Vec::new() };
    reading.children(&tokens.clone().into_iter().collect::<Vec<_>>());
    reading.tokens(tokens);
    reading.named
}

struct Reading<'a> {
    module: &'a Module,
    /// The modules that the file declares: their names begin a path of this crate.
    children: BTreeSet<String>,
    named: Vec<Vec<String>>,
}

impl Reading<'_> {
    fn children(&mut self, tokens: &[TokenTree]) {
        for pair in tokens.windows(3) {
            if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] = pair
                && word == "mod"
                && end.as_char() == ';'
            {
                self.children.insert(name.to_string());
            }
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some(first) = rest.first() {
            if let Some(after) = test_module(rest) {
                rest = after;
                continue;
            }
            match first {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => {
                    if let Some(start) = self.start(&word.to_string(), rest) {
                        rest = self.path(start, &rest[1..]);
                        continue;
                    }
                }
                _ => {}
            }
            rest = &rest[1..];
        }
    }

    /// Where a path begins that starts with this word.
    fn start(&self, word: &str, rest: &[TokenTree]) -> Option<Vec<String>> {
        let own = &self.module.0;
        match word {
            _ if !is_colons(&rest[1..]) => None,
            "crate" => Some(Vec::new()),
            "self" => Some(own.clone()),
            "super" => Some(own[..own.len().saturating_sub(1)].to_vec()),
            child if self.children.contains(child) => Some(own.iter().cloned().chain([child.to_owned()]).collect()),
            _ => None,
        }
    }

    /// Follows a path as far as it goes, including into the braces of a `use`. Returns what comes after it.
    fn path<'t>(&mut self, mut path: Vec<String>, mut rest: &'t [TokenTree]) -> &'t [TokenTree] {
        while is_colons(rest) {
            rest = &rest[2..];
            match rest.first() {
                Some(TokenTree::Ident(word)) if word == "super" => drop(path.pop()),
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.branches(&path, group);
                    return &rest[1..];
                }
                _ => break,
            }
            rest = &rest[1..];
        }
        self.named.push(path);
        rest
    }

    fn branches(&mut self, path: &[String], group: &Group) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for branch in tokens.split(is_comma) {
            let Some(TokenTree::Ident(word)) = branch.first() else { continue };
            let mut whole = path.to_vec();
            if word != "self" {
                whole.push(word.to_string());
            }
            self.path(whole, &branch[1..]);
        }
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(tokens.first()) && colon(tokens.get(1))
}

/// What follows a module of tests, if one starts here.
fn test_module(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), TokenTree::Ident(word), TokenTree::Ident(_), rest @ ..] =
        tokens
    else {
        return None;
    };
    let is_test =
        hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)" && word == "mod";
    is_test.then_some(rest.get(1..).unwrap_or_default())
}
