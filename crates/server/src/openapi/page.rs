//! The document of the API as a page: headings, parameters, answers, without a script.

use std::fmt::Write as _;

use serde_json::Value;

/// The page.
pub(super) fn page(document: &Value) -> String {
    let mut out = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>logsift API</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"stylesheet\" href=\"/static/docs.css\"></head><body><main>",
    );
    let info = &document["info"];
    put(&mut out, "h1", &format!("{} {}", word(&info["title"]), word(&info["version"])));
    put(&mut out, "p", word(&info["description"]));
    out.push_str("<p><a href=\"/api/openapi.json\">OpenAPI document</a></p>");
    for topic in topics(document) {
        put(&mut out, "h2", &topic);
        for (path, verb, operation) in
            operations(document).filter(|(_, _, one)| word(&one["tags"][0]) == topic)
        {
            section(&mut out, path, verb, operation);
        }
    }
    put(&mut out, "h2", "Schemas");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(out, "<h3 id=\"schema-{0}\">{0}</h3>", escaped(name));
        properties(&mut out, schema);
    }
    out.push_str("</main></body></html>");
    out
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, verbs)| {
        verbs.as_object().into_iter().flatten().map(move |(verb, one)| (path, verb, one))
    })
}

fn topics(document: &Value) -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    for (_, _, operation) in operations(document) {
        let topic = word(&operation["tags"][0]);
        if !topics.iter().any(|known| known == topic) {
            topics.push(topic.to_owned());
        }
    }
    topics
}

fn section(out: &mut String, path: &str, verb: &str, operation: &Value) {
    let _ = write!(
        out,
        "<section id=\"{}\"><h3><code>{} {}</code></h3>",
        escaped(word(&operation["operationId"])),
        escaped(&verb.to_uppercase()),
        escaped(path)
    );
    put(out, "p", word(&operation["summary"]));
    if let Some(text) = operation["description"].as_str() {
        put(out, "p", text);
    }
    match operation["security"][0]["token"][0].as_str() {
        Some(role) => put(out, "p", &format!("Needs the role {role}.")),
        None => put(out, "p", "Needs no token."),
    }
    list(
        out,
        "Parameters",
        operation["parameters"].as_array().into_iter().flatten().map(|one| {
            format!(
                "<code>{}</code> ({}): {}",
                escaped(word(&one["name"])),
                escaped(word(&one["in"])),
                escaped(word(&one["description"]))
            )
        }),
    );
    let bodies = operation["requestBody"]["content"].as_object();
    list(out, "Body", bodies.into_iter().flatten().map(|(kind, body)| content(kind, body)));
    let answers = operation["responses"].as_object();
    list(
        out,
        "Answers",
        answers.into_iter().flatten().map(|(status, answer)| {
            let kinds: Vec<String> = answer["content"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(kind, body)| content(kind, body))
                .collect();
            format!(
                "<code>{}</code> {} {}",
                escaped(status),
                escaped(word(&answer["description"])),
                kinds.join(", ")
            )
        }),
    );
    out.push_str("</section>");
}

fn content(kind: &str, body: &Value) -> String {
    format!("<code>{}</code> {}", escaped(kind), shape(&body["schema"]))
}

fn properties(out: &mut String, schema: &Value) {
    if let Some(text) = schema["description"].as_str() {
        put(out, "p", text);
    }
    list(
        out,
        "Properties",
        schema["properties"].as_object().into_iter().flatten().map(|(name, one)| {
            format!("<code>{}</code> {} {}", escaped(name), shape(one), escaped(word(&one["description"])))
        }),
    );
}

/// A schema in a few words, with a link where it has a name.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", shape(&schema["items"])),
        Value::String(kind) => escaped(kind),
        Value::Array(kinds) => escaped(&kinds.iter().map(word).collect::<Vec<_>>().join(" or ")),
        _ => String::new(),
    }
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.map(|item| format!("<li>{item}</li>")).collect();
    if !items.is_empty() {
        let _ = write!(out, "<p>{title}</p><ul>{}</ul>", items.concat());
    }
}

fn put(out: &mut String, tag: &str, text: &str) {
    let _ = write!(out, "<{tag}>{}</{tag}>", escaped(text));
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_operation_and_no_script() {
        let document = super::super::build();
        let page = page(&document);
        for (path, _, operation) in operations(&document) {
            assert!(page.contains(&format!("id=\"{}\"", word(&operation["operationId"]))), "{path}");
        }
        assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("http://"));
    }

    #[test]
    fn what_is_put_in_is_text() {
        let mut out = String::new();
        put(&mut out, "p", "<b> & \"c\"");
        assert_eq!(out, "<p>&lt;b&gt; &amp; &quot;c&quot;</p>");
    }
}
