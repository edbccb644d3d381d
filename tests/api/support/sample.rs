//! How each operation is requested, from the API's own description: its method, its path, and its example of a body.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::client::Ask;

/// A request of an operation. Its path has names in braces until [`Sample::of`] puts ids in their place.
#[derive(Clone)]
pub(crate) struct Sample {
    method: Method,
    pub(crate) path: String,
    /// The names of its query parameters and headers.
    takes: Vec<String>,
    /// The document describes a body.
    pub(crate) has_body: bool,
    pub(crate) body: Value,
}

/// Every operation of the document, by its id.
pub(crate) static SAMPLES: LazyLock<BTreeMap<String, Sample>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(&alongside_http::openapi::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    operations
        .filter_map(|(path, method, operation)| {
            Some((operation["operationId"].as_str()?.to_owned(), Sample::described(path, method, operation)))
        })
        .collect()
});

impl Sample {
    fn described(path: &str, method: &str, operation: &Value) -> Self {
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let name = |parameter: &Value| parameter["name"].as_str().expect("a name").to_owned();
        // What a query cannot do without has an example.
        let needed = parameters().filter(|one| one["in"] == "query" && one["required"] == true);
        let query: Vec<_> =
            needed.map(|one| format!("{}={}", name(one), one["example"].as_str().expect("an example"))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        Self {
            method: method.to_uppercase().parse().expect("a method"),
            path: format!("{path}{query}"),
            takes: parameters().filter(|one| one["in"] != "path").map(name).collect(),
            has_body: operation["requestBody"].is_object(),
            body: operation["requestBody"]["content"]["application/json"]["example"].clone(),
        }
    }

    /// The operation with these ids in its path. `None` where there is no such operation, or no id for one of the names.
    pub(crate) fn of(operation: &str, mut id: impl FnMut(&str) -> Option<String>) -> Option<Self> {
        let mut sample = SAMPLES.get(operation)?.clone();
        let names: Vec<_> =
            sample.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let ids: Vec<_> = names.iter().map(|name| Some((format!("{{{name}}}"), id(name)?))).collect::<Option<_>>()?;
        for (name, id) in ids {
            sample.path = sample.path.replace(&name, &id);
        }
        Some(sample)
    }

    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.takes.iter().any(|name| name == parameter)
    }

    /// Puts a value into the body, where the example has one there.
    pub(crate) fn put(mut self, pointer: &str, value: &Value) -> Self {
        if let Some(place) = self.body.pointer_mut(pointer) {
            *place = value.clone();
        }
        self
    }

    /// Asks for short pages.
    pub(crate) fn briefly(mut self) -> Self {
        if self.takes("limit") {
            self.path.push_str("?limit=1");
        }
        self
    }

    pub(crate) fn ask(self) -> Ask {
        let body = if self.has_body { self.body } else { json!({}) };
        match self.method {
            Method::GET => Ask::get(&self.path),
            Method::DELETE => Ask::delete(&self.path),
            Method::PUT => Ask::put(&self.path, &body),
            _ => Ask::post(&self.path, &body),
        }
    }
}
