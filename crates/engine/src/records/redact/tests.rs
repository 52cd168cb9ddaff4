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
