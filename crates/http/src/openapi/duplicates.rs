//! Puts a reference to a component wherever a schema repeats it. The generator writes the type of a generic field, such as
//! the rows of a list, in full each time.

use std::collections::HashMap;

use serde_json::{Value, json};

/// Replaces each schema that is equal to a component.
pub(crate) fn refer(document: &mut Value) {
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else { return };
    // A plain string or number stays as it is, though some component may be equal to it.
    let is_a_type =
        |schema: &Value| ["properties", "enum", "oneOf", "allOf"].iter().any(|key| schema.get(key).is_some());
    let types = schemas.iter().filter(|(_, schema)| is_a_type(schema));
    let names: HashMap<String, String> = types.map(|(name, schema)| (schema.to_string(), name.clone())).collect();
    for schema in document.pointer_mut("/components/schemas").and_then(Value::as_object_mut).into_iter().flatten() {
        walk(schema.1, &names);
    }
    if let Some(paths) = document.get_mut("paths") {
        walk(paths, &names);
    }
}

/// Replaces what lies below a schema, and leaves the schema itself.
fn walk(value: &mut Value, names: &HashMap<String, String>) {
    let children: Vec<&mut Value> = match value {
        Value::Object(fields) => fields.iter_mut().map(|(_, child)| child).collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        match names.get(&child.to_string()) {
            Some(name) if child.is_object() => *child = json!({ "$ref": format!("#/components/schemas/{name}") }),
            _ => walk(child, names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_schema_becomes_a_reference_and_the_component_stays() {
        let row = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        let mut document = json!({
            "components": { "schemas": {
                "Row": row,
                "Id": { "type": "string" },
                "List": { "type": "object", "properties": { "items": { "type": "array", "items": row } } },
            } },
            "paths": { "/rows": { "schema": row } },
        });
        refer(&mut document);
        let reference = json!({ "$ref": "#/components/schemas/Row" });
        assert_eq!(document["components"]["schemas"]["List"]["properties"]["items"]["items"], reference);
        assert_eq!(document["paths"]["/rows"]["schema"], reference);
        assert_eq!(document["components"]["schemas"]["Row"]["properties"]["id"], json!({ "type": "string" }));
    }
}
