//! Objects of real producers, damaged ones, and agreement with a parser that builds trees.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

fn listed(fields: &Fields, text: &[u8]) -> Vec<(String, String, Kind)> {
    let owned = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    fields.iter(text).map(|(name, value)| (owned(name), owned(value.bytes), value.kind)).collect()
}

fn check(text: &str, expected: &[(&str, &str, Kind)]) {
    let mut fields = Fields::new();
    let object = read_object(text.as_bytes(), 0, &mut fields).expect(text);
    assert_eq!(object.end, text.trim_end().len(), "{text}");
    let found = listed(&fields, text.as_bytes());
    let found: Vec<_> =
        found.iter().map(|(name, value, kind)| (name.as_str(), value.as_str(), *kind)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn values_keep_their_types() {
    use Kind::*;
    check("{}", &[]);
    check("{ }  ", &[]);
    check(
        r#"{"level":"info","ts":1716301845.123,"ok":true,"err":null,"n":-1.5e3}"#,
        &[
            ("level", "info", Text),
            ("ts", "1716301845.123", Number),
            ("ok", "true", Bool),
            ("err", "null", Null),
            ("n", "-1.5e3", Number),
        ],
    );
    check("{ \"a\" : 1 ,\t\"b\" : [ 1, \"x , y\" ] }", &[("a", "1", Number), ("b", r#"[1,"x , y"]"#, List)]);
    check(r#"{"a":NaN,"b":-Infinity}"#, &[("a", "NaN", Number), ("b", "-Infinity", Number)]);
    check(r#"{"":"","tags":[],"o":{}}"#, &[("", "", Text), ("tags", "[]", List), ("o", "{}", List)]);
}

#[test]
fn nested_names_are_dotted() {
    use Kind::*;
    check(
        r#"{"http":{"request":{"method":"GET","bytes":12},"version":"1.1"},"host":{"name":"web-1"},"z":1}"#,
        &[
            ("http.request.method", "GET", Text),
            ("http.request.bytes", "12", Number),
            ("http.version", "1.1", Text),
            ("host.name", "web-1", Text),
            ("z", "1", Number),
        ],
    );
    check(
        r#"{"errors":[{"code":1,"at":[2, 3]}],"a\"b":{"c\u0041":"x"}}"#,
        &[("errors", r#"[{"code":1,"at":[2,3]}]"#, List), ("a\"b.cA", "x", Text)],
    );
}

#[test]
fn escapes_are_undone() {
    let check_one =
        |raw: &str, plain: &str| check(&format!("{{\"m\":\"{raw}\"}}"), &[("m", plain, Kind::Text)]);
    check_one(r#"say \"hi\"\\ \/ \n\tx\r\ny\f"#, "say \"hi\"\\ / \n\tx\ny ");
    check_one(r"\u001b[31mred\u001b[0m\u0000 \u009b1m", "red  1m");
    check_one(r"\u00e9\u4e2d\ud83d\ude00", "é中😀");
    check_one(r"\ud83d x \ude00", "\u{fffd} x \u{fffd}");
    check_one(r"\ud83d\u0041", "\u{fffd}A");
    check_one(r"\ud83d\ud83d\ude00", "\u{fffd}😀");
    check_one(r"C:\x \u12 \uzzzz", r"C:\x \u12 \uzzzz");
}

#[test]
fn reads_an_object_after_a_prefix() {
    let text = br#"2024-05-21 INFO {"a":"b"} trailing"#;
    let mut fields = Fields::new();
    assert_eq!(read_object(text, 16, &mut fields), Ok(Object { end: 25, duplicate: false }));
    assert_eq!(fields.get("a", text).unwrap().bytes, b"b");
}

#[test]
fn the_last_of_two_counts() {
    let duplicate = |text: &str, name: &str| {
        let mut fields = Fields::new();
        let object = read_object(text.as_bytes(), 0, &mut fields).unwrap();
        let value = fields.get(name, text.as_bytes()).unwrap().bytes.to_vec();
        (object.duplicate, String::from_utf8(value).unwrap())
    };
    assert_eq!(duplicate(r#"{"a":1,"b":2,"a":3}"#, "a"), (true, "3".into()));
    assert_eq!(duplicate(r#"{"a":{"x":1},"b":{"x":2}}"#, "b.x"), (false, "2".into()));
    assert_eq!(duplicate(r#"{"a":{"x":1},"a":{"x":2}}"#, "a.x"), (true, "2".into()));
}

#[test]
fn what_a_cut_line_says_is_kept() {
    let cut = |text: &str, at: usize, kept: &[(&str, &str)]| {
        let mut fields = Fields::new();
        assert_eq!(read_object(text.as_bytes(), 0, &mut fields), Err(Malformed { at }), "{text}");
        let found = listed(&fields, text.as_bytes());
        let found: Vec<_> = found.iter().map(|(name, value, _)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, kept, "{text}");
    };
    cut("", 0, &[]);
    cut("x", 0, &[]);
    cut("{", 1, &[]);
    cut(r#"{"a":1,"b"#, 9, &[("a", "1")]);
    cut(r#"{"a":1,"b":"hal"#, 15, &[("a", "1"), ("b", "hal")]);
    cut(r#"{"a":1,"b":"hal\"#, 16, &[("a", "1"), ("b", "hal\\")]);
    cut(r#"{"a":{"b":[1,2"#, 14, &[("a.b", "[1,2")]);
    cut(r#"{"a":1,}"#, 7, &[("a", "1")]);
    cut(r#"{"a":tru}"#, 5, &[]);
    cut(r#"{"a":[1}]}"#, 7, &[("a", "[1")]);
    cut(r#"{"a":1 "b":2}"#, 7, &[("a", "1")]);
    cut(r#"{"a":}"#, 5, &[]);
}

#[test]
fn depth_is_bounded_and_long_prefixes_are_not_repeated() {
    let nested = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
    let read = |text: &str| {
        let mut fields = Fields::new();
        let result = read_object(text.as_bytes(), 0, &mut fields);
        (result.is_ok(), fields.len())
    };
    assert_eq!(read(&nested(65)), (true, 1));
    assert_eq!(read(&nested(66)), (false, 0));
    assert_eq!(read(&nested(100_000)), (false, 0));
    assert_eq!(read(&format!("{{\"a\":{}", "[".repeat(100_000))), (false, 1));
    let long = format!("{{\"{}\":{{\"b\":1,\"c\":2}}}}", "k".repeat(300));
    assert_eq!(read(&long), (true, 1));
    let many = format!("{{{}\"z\":1}}", "\"a\":{\"b\":1},".repeat(5000));
    assert_eq!(read(&many), (true, MAX_FIELDS));
}

#[test]
fn objects_are_told_from_other_braces() {
    for line in ["{}", "{\"a\":1}", "  { \"a b\" : 1", "{\"cut\":\"li"] {
        assert!(looks_like_object(line.as_bytes()), "{line}");
    }
    for line in ["", "{", "{a:1}", "{'a':1}", "[1]", "{\"a\"}", "{\"a", "text {\"a\":1}"] {
        assert!(!looks_like_object(line.as_bytes()), "{line}");
    }
}

#[test]
fn an_object_in_a_message_is_unfolded() {
    let text = br#"{"stream":"stdout","log":"{\"level\":\"warn\",\"msg\":\"a \\\"b\\\"\",\"h\":{\"x\":1}}\n","k":1}"#;
    let mut fields = Fields::new();
    read_object(text, 0, &mut fields).unwrap();
    let mut unfolder = Unfolder::new();
    assert!(unfolder.unfold(text, &mut fields));
    let found = listed(&fields, text);
    let found: Vec<_> = found.iter().map(|(name, value, _)| (name.as_str(), value.as_str())).collect();
    let expected = [("stream", "stdout"), ("k", "1"), ("level", "warn"), ("msg", "a \"b\""), ("h.x", "1")];
    assert_eq!(found, expected);
    assert!(!unfolder.unfold(text, &mut fields));
}

#[test]
fn what_is_no_whole_object_stays_folded() {
    for message in [r#"{\"a\":1} and more"#, r#"{\"a\":1"#, "{broken}", "plain"] {
        let text = format!("{{\"message\":\"{message}\",\"k\":1}}");
        let mut fields = Fields::new();
        read_object(text.as_bytes(), 0, &mut fields).unwrap();
        assert!(!Unfolder::new().unfold(text.as_bytes(), &mut fields), "{message}");
        assert_eq!(fields.len(), 2, "{message}");
    }
}

/// Were any search repeated from every place, these would take minutes.
#[test]
fn the_work_grows_with_the_text_alone() {
    for piece in
        ["\"a\":1,", "\"a\":{\"a\":1},", "\"a\":\"\\\"\",", "\"a\":[", "\"a\":{", "\\\"", "\"a\":[1 ,2],"]
    {
        let text = format!("{{{}\"z\":{{\"b\":1}}}}", piece.repeat(400_000 / piece.len()));
        let mut fields = Fields::new();
        let _ = read_object(text.as_bytes(), 0, &mut fields);
        assert!(fields.len() <= MAX_FIELDS);
    }
}

fn flatten(prefix: &str, value: &Json, into: &mut Vec<(String, String, Kind)>) {
    let Json::Object(map) = value else { return };
    for (key, value) in map {
        let name = format!("{prefix}{key}");
        match value {
            Json::Object(inner) if !inner.is_empty() => flatten(&format!("{name}."), value, into),
            Json::Object(_) | Json::Array(_) => into.push((name, value.to_string(), Kind::List)),
            Json::String(text) => into.push((name, text.clone(), Kind::Text)),
            Json::Number(number) => into.push((name, number.to_string(), Kind::Number)),
            Json::Bool(flag) => into.push((name, flag.to_string(), Kind::Bool)),
            Json::Null => into.push((name, "null".into(), Kind::Null)),
        }
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e6..1e6).prop_map(Json::from),
        "[^\\p{Cc}]{0,40}".prop_map(Json::from),
        "[a-z\"\\\\\n😀 ]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec(("[a-z\"\\\\é._]{0,9}", inner), 0..6)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Json> {
    prop::collection::vec(("[a-z\"\\\\é._]{0,9}", any_json()), 0..8)
        .prop_map(|pairs| Json::Object(pairs.into_iter().collect()))
}

proptest! {
    #[test]
    fn agrees_with_a_parser_that_builds_trees(document in any_object(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.unwrap();
        let mut fields = Fields::new();
        let object = read_object(text.as_bytes(), 0, &mut fields);
        prop_assert!(object.is_ok_and(|object| object.end == text.len()));
        let mut expected = Vec::new();
        flatten("", &document, &mut expected);
        prop_assert_eq!(listed(&fields, text.as_bytes()), expected);
    }

    #[test]
    fn a_cut_object_keeps_a_beginning_of_its_fields(document in any_object(), share in 0.0..1.0) {
        let text = serde_json::to_string(&document).unwrap();
        let cut = &text.as_bytes()[..(text.len() as f64 * share) as usize];
        let (mut whole, mut part) = (Fields::new(), Fields::new());
        read_object(text.as_bytes(), 0, &mut whole).unwrap();
        prop_assert!(read_object(cut, 0, &mut part).is_err());
        let (whole, part) = (listed(&whole, text.as_bytes()), listed(&part, cut));
        let sure = part.len().saturating_sub(1);
        prop_assert!(part.len() <= whole.len());
        prop_assert_eq!(&part[..sure], &whole[..sure]);
    }

    #[test]
    fn no_bytes_panic(text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\u0d8".to_vec())], 0..200), at in 0_usize..220) {
        let mut fields = Fields::new();
        let result = read_object(&text, at, &mut fields);
        prop_assert!(result.is_ok() || result.is_err_and(|malformed| malformed.at <= text.len()));
        let _ = looks_like_object(&text);
        Unfolder::new().unfold(&text, &mut fields);
    }
}
