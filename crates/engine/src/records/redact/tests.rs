//! Planted secrets of every kind, and text that only looks like one.

use proptest::prelude::*;

use super::*;

fn redacted(kinds: Kinds, manner: Manner, text: &str) -> String {
    let mut out = Vec::new();
    let changed = Redactor::new(kinds, manner).redact(text.as_bytes(), &mut out);
    assert!(changed || out.is_empty());
    if changed { String::from_utf8(out).unwrap() } else { text.to_string() }
}

fn check(text: &str, expected: &str) {
    assert_eq!(redacted(Kinds::ALL, Manner::Mask, text), expected);
}

#[test]
fn personal_data() {
    check("mail from <alice.b+x@example.com>, ok", "mail from <[redacted:email]>, ok");
    check("user=bob@example.org:22 x@y", "user=[redacted:email]:22 x@y");
    check("card 4111 1111 1111 1111 ok", "card [redacted:card] ok");
    check(r#"{"card":4111111111111111}"#, r#"{"card":"[redacted:card]"}"#);
    check("call +49 30 901820 or (415) 555-0123.", "call [redacted:phone] or [redacted:phone].");
    check("to DE89 3704 0044 0532 0130 00 sent", "to [redacted:iban] sent");
}

#[test]
fn secrets_and_keys() {
    check("login user=a password=hunter2 ok", "login user=a password=[redacted:secret] ok");
    check("GET https://u:p@ss@example.com/x", "GET https://u:[redacted:secret]@example.com/x");
    check(
        "https://example.com/a@b.cc?token=abc&x=1",
        "https://example.com/[redacted:email]?token=[redacted:secret]&x=1",
    );
    check(
        r#"{"headers":{"Authorization":"Bearer abc"},"n":1}"#,
        r#"{"headers":{"Authorization":"[redacted:secret]"},"n":1}"#,
    );
    check("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc here", "got [redacted:token] here");
    check("aws AKIAIOSFODNN7EXAMPLE", "aws [redacted:token]");
    check("sent Bearer abcdefghijklmnop123 on", "sent Bearer [redacted:token] on");
    check("Cookie: a=1; b=2\nnext", "Cookie: [redacted:secret]\nnext");
}

#[test]
fn ordinary_lines_stay() {
    for text in [
        "2024-05-21T10:00:00.123+02:00 INFO started in 12 ms",
        "081109 203615 148 INFO dfs.DataNode: Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106",
        "- 1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.363779 RAS KERNEL INFO x",
        "GET /a/b?c=d HTTP/1.1 200 1234 1716301845123 4111111111111112",
        "sshd[123]: Failed password for root from 192.0.2.1 port 22 ssh2",
        "uuid 550e8400-e29b-41d4-a716-446655440000 sha 9f86d081884c7d659a2feaa0c55ad015",
        "PWD=/root ; USER=root ; COMMAND=/bin/ls tokens=500 cost=+12.5 a::b c:=d",
        "",
    ] {
        check(text, text);
    }
}

#[test]
fn manners() {
    let text = "a@example.com b@example.com a@example.com";
    assert_eq!(redacted(Kinds::EMAIL, Manner::Drop, text), "  ");
    let hashed = redacted(Kinds::EMAIL, Manner::Hash([7; 16]), text);
    let words: Vec<_> = hashed.split(' ').collect();
    assert!(words[0].starts_with("[redacted:email:") && words[0].len() == 33, "{hashed}");
    assert!(words[0] == words[2] && words[0] != words[1]);
    assert_ne!(hashed, redacted(Kinds::EMAIL, Manner::Hash([8; 16]), text));
    assert_eq!(redacted(Kinds::CARD, Manner::Mask, text), text);
    assert_eq!(redacted(Kinds::default(), Manner::Mask, "password=x"), "password=x");
}

const KEY: &str =
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAabcdef\nQUJD=\n-----END RSA PRIVATE KEY-----";

#[test]
fn private_keys_of_many_lines() {
    check(&format!("key: {KEY} after"), "key: [redacted:key] after");
    check(&KEY.replace('\n', "\\n"), "[redacted:key]");
    check("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted:key]");
    check("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----");
}

#[test]
fn private_keys_line_by_line() {
    let mut redactor = Redactor::new(Kinds::TOKEN, Manner::Mask);
    let mut shown = Vec::new();
    for line in KEY.lines().chain(["plainword"]) {
        let mut out = Vec::new();
        let changed = redactor.redact(line.as_bytes(), &mut out);
        shown.push(if changed { String::from_utf8(out).unwrap() } else { line.to_string() });
    }
    let expected =
        ["[redacted:key]", "[redacted:key]", "[redacted:key]", "-----END RSA PRIVATE KEY-----", "plainword"];
    assert_eq!(shown, expected);
}

#[test]
fn reports_mask_the_worst_always() {
    let masked = |text: &str| {
        let mut out = Vec::new();
        if mask_secrets(text.as_bytes(), &mut out) {
            String::from_utf8(out).unwrap()
        } else {
            text.to_string()
        }
    };
    assert_eq!(masked("Authorization: Basic dXNlcjpwYXNz"), "Authorization: Basic [redacted:secret]");
    assert_eq!(
        masked("password=x https://u:p@example.com"),
        "password=[redacted:secret] https://u:[redacted:secret]@example.com"
    );
    assert_eq!(masked(KEY), "[redacted:key]");
    assert_eq!(masked("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"), "t [redacted:token]");
    for text in ["a@example.com", "4111111111111111", "session_token=abc", "Cookie: a=b"] {
        assert_eq!(masked(text), text);
    }
}

/// Were any search repeated from every place, these would take minutes.
#[test]
fn the_work_grows_with_the_text_alone() {
    let pieces = [
        "cookie:",
        "cookie:[redacted ",
        "password=\\\"",
        "PWD=/",
        "eyJ-",
        "eyJa.",
        "sk-a.",
        "@",
        "a@",
        "://a:",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY",
        "4111 ",
        "4111",
        "+1 ",
        "DE89 ",
        "\"a\":[\"",
        "token=a,",
        "bearer ",
        "password='[redacted",
    ];
    for piece in pieces {
        let text = piece.repeat(400_000 / piece.len());
        let mut out = Vec::new();
        Redactor::new(Kinds::ALL, Manner::Mask).redact(text.as_bytes(), &mut out);
        mask_secrets(text.as_bytes(), &mut out);
    }
}

proptest! {
    #[test]
    fn masking_twice_changes_nothing(text in "(password|token|a|@|=|:|/|\"|\\\\| |[0-9]{4}|-|\\+|x\\.com|eyJ|\n|,|\\[|\\]){0,30}") {
        let mut redactor = Redactor::new(Kinds::ALL, Manner::Mask);
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        if redactor.redact(text.as_bytes(), &mut once) {
            mask_secrets(&once, &mut twice);
            prop_assert!(twice.is_empty(), "{} {}", String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice));
        }
    }

    #[test]
    fn planted_secrets_never_survive(before in "[a-z {\"]{0,10}", secret in "[a-zA-Z0-9]{12,20}", shape in 0..5) {
        let line = match shape {
            0 => format!("{before} password={secret} next"),
            1 => format!("{before} \"api_key\":\"{secret}\","),
            2 => format!("{before} \\\"secret\\\":\\\"{secret}\\\""),
            3 => format!("{before} redis://user:{secret}@example.com:6379"),
            _ => format!("{before} authorization: Bearer {secret}"),
        };
        let shown = redacted(Kinds::ALL, Manner::Mask, &line);
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut out = Vec::new();
        Redactor::new(Kinds::ALL, Manner::Hash([1; 16])).redact(&text, &mut out);
        mask_secrets(&text, &mut out);
    }
}

/// The quick look never hides what the walk would find.
#[test]
fn the_quick_look_misses_nothing() {
    let masked = |text: &str| {
        let mut out = Vec::new();
        mask_secrets(text.as_bytes(), &mut out).then(|| String::from_utf8(out).unwrap())
    };
    for (text, expected) in [
        ("password=x", "password=[redacted:secret]"),
        ("pass: x", "pass: [redacted:secret]"),
        ("{\"db_passwd\" : \"x y\"}", "{\"db_passwd\" : \"[redacted:secret]\"}"),
        ("{\\\"password\\\":\\\"x\\\"}", "{\\\"password\\\":\\\"[redacted:secret]\\\"}"),
        ("DB_PWD := secret", "DB_PWD := [redacted:secret]"),
        ("passphrase => x", "passphrase => [redacted:secret]"),
        ("Proxy-Authorization: Digest a=b", "Proxy-Authorization: [redacted:secret]"),
        ("redis://:hunter2@db.example.com", "redis://:[redacted:secret]@db.example.com"),
        ("eyJhbGciOi.eyJz.x", "[redacted:token]"),
        ("BEARER abcdefghijklmnop", "BEARER [redacted:token]"),
        ("-----BEGIN PRIVATE KEY-----MII", "[redacted:key]"),
    ] {
        let expected = (text != expected).then(|| expected.to_owned());
        assert_eq!(masked(text), expected, "{text}");
    }
    for text in ["", "=", ":", "d=", "host: x", "state=ok", "at 10:00:00 https://example.com/ took=5ms"] {
        assert!(!may_hold_secrets(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_key_over_many_records_is_masked_in_reports() {
    let mut redactor = Redactor::for_reports();
    let shown: Vec<String> = KEY
        .lines()
        .chain(["later line"])
        .map(|line| {
            let mut out = Vec::new();
            let text = if redactor.redact(line.as_bytes(), &mut out) { &out } else { line.as_bytes() };
            String::from_utf8(text.to_vec()).unwrap()
        })
        .collect();
    assert!(!shown.concat().contains("MIIE"), "{shown:?}");
    assert_eq!(shown.last().unwrap(), "later line");
}

#[test]
fn fields_are_known_by_their_names() {
    for (name, value, expected) in [
        ("password", "x", true),
        ("headers.Authorization", "Basic x", true),
        ("db.passwd", "1", true),
        ("PWD", "/root", false),
        ("password", "", false),
        ("password", "[redacted:secret]", false),
        ("token", "x", false),
        ("passwords", "3", false),
    ] {
        assert_eq!(is_secret_field(name.as_bytes(), value.as_bytes()), expected, "{name}");
    }
    let long = format!("{}.password", "a".repeat(500));
    assert!(is_secret_field(long.as_bytes(), b"x"));
}

proptest! {
    #[test]
    fn the_quick_look_agrees_with_the_walk(text in proptest::collection::vec(prop::sample::select(vec![
        "password", "=", ":", " ", "\"", "x", "eyJhbGciOiJI.eyJzdWIi.x", "http://", "u:p@h ", "Bearer ",
        "abcdefghijklmnopq", "-----BEGIN PRIVATE KEY-----", "pwd", "Authorization", "\\", "'", "\n", "::", "=>",
    ]), 0..12)) {
        let text = text.concat();
        let mut out = Vec::new();
        let mut walk = Walk::new(text.as_bytes(), Kinds::ALWAYS, Manner::Mask, &mut out);
        walk.run(0, text.len());
        let found = walk.close();
        prop_assert!(may_hold_secrets(text.as_bytes()) || !found, "{}", text);
    }
}
