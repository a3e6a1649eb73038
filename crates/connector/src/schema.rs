//! JSON Schema and reference page, generated from the description of the format.

use serde_json::{Map, Value, json};

use crate::{
    format::DOCUMENTS,
    shape::{Field, Object, Shape, Tagged},
};

/// JSON Schemas (2020-12) of the three documents: `{"connector": …, "action": …, "sample": …}`.
pub fn schemas() -> Value {
    let mut all = Map::new();
    for (name, object) in DOCUMENTS {
        let mut defs = Map::new();
        let mut schema = object_schema(object, None, &mut defs);
        if let Value::Object(map) = &mut schema {
            map.insert(
                "$schema".into(),
                "https://json-schema.org/draft/2020-12/schema".into(),
            );
            map.insert("title".into(), object.title.into());
            map.insert("$defs".into(), Value::Object(defs));
        }
        all.insert((*name).to_owned(), schema);
    }
    Value::Object(all)
}

fn shape_schema(shape: &Shape, defs: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Name => json!({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}),
        Shape::HeaderName => {
            json!({"type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"})
        }
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Integer(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Shape::Number => json!({"type": "number"}),
        Shape::Duration => json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}),
        Shape::Size => json!({"type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$"}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Template(_) => json!({"type": ["string", "number", "boolean"]}),
        Shape::Condition(_) => json!({"type": ["string", "boolean"]}),
        Shape::Json(_) | Shape::Any => json!({}),
        Shape::List(inner) => json!({"type": "array", "items": shape_schema(inner, defs)}),
        Shape::Map(inner) | Shape::Headers(inner) => {
            json!({"type": "object", "additionalProperties": shape_schema(inner, defs)})
        }
        Shape::Object(object) => {
            let name = object.title.to_owned();
            if !defs.contains_key(&name) {
                defs.insert(name.clone(), Value::Null);
                let schema = object_schema(object, None, defs);
                defs.insert(name.clone(), schema);
            }
            json!({"$ref": format!("#/$defs/{}", pointer(&name))})
        }
        Shape::Tagged(tagged) => {
            let name = tagged.title.to_owned();
            if !defs.contains_key(&name) {
                defs.insert(name.clone(), Value::Null);
                let variants: Vec<Value> = tagged
                    .variants
                    .iter()
                    .map(|(word, object)| object_schema(object, Some((tagged.tag, word)), defs))
                    .collect();
                defs.insert(name.clone(), json!({"oneOf": variants}));
            }
            json!({"$ref": format!("#/$defs/{}", pointer(&name))})
        }
        Shape::Either(options) => {
            let options: Vec<Value> = options
                .iter()
                .map(|option| shape_schema(option, defs))
                .collect();
            json!({"anyOf": options})
        }
    }
}

fn object_schema(
    object: &Object,
    tag: Option<(&str, &str)>,
    defs: &mut Map<String, Value>,
) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    if let Some((name, word)) = tag {
        properties.insert(name.to_owned(), json!({"const": word}));
        required.push(name.into());
    }
    for field in object.fields {
        let mut schema = shape_schema(&field.shape, defs);
        if let Value::Object(map) = &mut schema {
            map.insert("description".into(), field.summary.into());
        }
        properties.insert(field.name.to_owned(), schema);
        if field.required {
            required.push(field.name.into());
        }
    }
    json!({
        "type": "object",
        "description": object.summary,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn pointer(name: &str) -> String {
    name.replace('~', "~0")
        .replace('/', "~1")
        .replace(' ', "%20")
}

/// The reference page of the format, in Markdown.
pub fn format_reference() -> String {
    let mut page = String::from(
        "# Connector format 1\n\nGenerated from the code. A connector is a folder: `connector.yaml`, \
         `actions/*.yaml`, `samples/<action>/<case>.yaml` and a README.md.\n\n\
         A *template* is text with `{{ … }}` holes; a *condition* is a bare expression without braces. \
         Durations are written `500ms`, `30s`, `15m`, `1h`, `7d`; sizes `512KiB`, `8MiB`.\n",
    );
    for (_, object) in DOCUMENTS {
        let mut queue: Vec<Section> = vec![Section::Object(object)];
        let mut index = 0;
        while let Some(section) = queue.get(index).copied() {
            index += 1;
            section.write(index == 1, &mut page, &mut queue);
        }
    }
    page
}

#[derive(Clone, Copy)]
enum Section {
    Object(&'static Object),
    Tagged(&'static Tagged),
}

impl Section {
    fn title(self) -> &'static str {
        match self {
            Section::Object(object) => object.title,
            Section::Tagged(tagged) => tagged.title,
        }
    }

    fn write(self, first: bool, page: &mut String, queue: &mut Vec<Section>) {
        let level = if first { "##" } else { "###" };
        page.push_str(&format!("\n{level} {}\n", self.title()));
        match self {
            Section::Object(object) => {
                page.push_str(&format!("\n{}\n", object.summary));
                table(object.fields, page, queue);
            }
            Section::Tagged(tagged) => {
                page.push_str(&format!(
                    "\nThe field `{}` says which kind it is.\n",
                    tagged.tag
                ));
                for (word, object) in tagged.variants {
                    page.push_str(&format!(
                        "\n**`{}: {word}`** {}\n",
                        tagged.tag, object.summary
                    ));
                    table(object.fields, page, queue);
                }
            }
        }
    }
}

fn table(fields: &'static [Field], page: &mut String, queue: &mut Vec<Section>) {
    if fields.is_empty() {
        return;
    }
    page.push_str("\n| field | value | |\n|---|---|---|\n");
    for field in fields {
        let must = if field.required { " **required**" } else { "" };
        page.push_str(&format!(
            "| `{}`{must} | {} | {} |\n",
            field.name,
            described(&field.shape, queue).replace('|', "\\|"),
            field.summary.replace('|', "\\|")
        ));
    }
}

fn described(shape: &'static Shape, queue: &mut Vec<Section>) -> String {
    let mut later = |section: Section| {
        if !queue.iter().any(|known| known.title() == section.title()) {
            queue.push(section);
        }
    };
    match shape {
        Shape::Text => "text".into(),
        Shape::Name => "identifier".into(),
        Shape::HeaderName => "header name".into(),
        Shape::Flag => "true or false".into(),
        Shape::Integer(low, high) if low == high => format!("{low}"),
        Shape::Integer(low, high) => format!("{low} to {high}"),
        Shape::Number => "number".into(),
        Shape::Duration => "duration".into(),
        Shape::Size => "size".into(),
        Shape::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" "),
        Shape::Template(roots) => format!("template: {}", roots.join(", ")),
        Shape::Condition(roots) => format!("condition: {}", roots.join(", ")),
        Shape::Json(roots) => format!("value with templates: {}", roots.join(", ")),
        Shape::Any => "any value".into(),
        Shape::List(inner) => format!("list of {}", described(inner, queue)),
        Shape::Map(inner) => format!("name to {}", described(inner, queue)),
        Shape::Headers(inner) => format!("header to {}", described(inner, queue)),
        Shape::Object(object) => {
            later(Section::Object(object));
            object.title.to_owned()
        }
        Shape::Tagged(tagged) => {
            later(Section::Tagged(tagged));
            tagged.title.to_owned()
        }
        Shape::Either(options) => {
            let list: Vec<String> = options
                .iter()
                .map(|option| described(option, queue))
                .collect();
            list.join(" or ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_in_the_schema_has_its_definition() {
        fn walk(value: &Value, root: &Value) {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(target)) = map.get("$ref") {
                        let place = target.trim_start_matches('#').replace("%20", " ");
                        assert!(
                            root.pointer(&place).is_some_and(Value::is_object),
                            "{target}"
                        );
                    }
                    map.values().for_each(|value| walk(value, root));
                }
                Value::Array(list) => list.iter().for_each(|value| walk(value, root)),
                _ => {}
            }
        }
        let all = schemas();
        for name in ["connector", "action", "sample"] {
            walk(&all[name], &all[name]);
        }
        assert!(format_reference().contains("### Pagination"));
    }
}
