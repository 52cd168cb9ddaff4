//! Notices that every channel is tried with: an incident that opens, grows and ends, a summary, and one whose log text
//! does everything that log text could do.

use logsift_reports::detection::{CauseRow, FindingRow, IncidentRow, StoryRow};

use crate::notice::{Brief, Change, Happened, Notice};

const LINK: &str = "https://logsift.example.com";
const WRITTEN: &str = "2024-03-04T09:20:00Z";

fn incident() -> IncidentRow {
    IncidentRow {
        id: "inc-1".to_owned(),
        fingerprint: "8f14e45fceea167a".to_owned(),
        title: "pool exhausted, <number> of <number> free".to_owned(),
        severity: "high".to_owned(),
        start: Some("2024-03-04T09:12:31Z".to_owned()),
        end: Some("2024-03-04T09:19:02Z".to_owned()),
        seconds: 391,
        streams: vec!["checkout".to_owned(), "web1/nginx".to_owned()],
        kinds: vec!["new-template".to_owned(), "rate-change".to_owned()],
        finding_count: 3,
        records: 412,
        causes: vec![CauseRow {
            file: "/srv/checkout/app.log".to_owned(),
            line: 88_201,
            message: "ERROR pool exhausted, 0 of 20 free\n\tat com.example.Pool.take(Pool.java:88)"
                .to_owned(),
            why: "first of its shape".to_owned(),
            weight: 0.8,
            ..CauseRow::default()
        }],
        story: vec![
            StoryRow { sentence: "a new message: pool exhausted".to_owned(), ..StoryRow::default() },
            StoryRow {
                sentence: "answers of 502 rose from 1 to 96 a minute".to_owned(),
                ..StoryRow::default()
            },
        ],
        ..IncidentRow::default()
    }
}

fn change() -> Change {
    let leading = FindingRow {
        explanation: "first of its shape in 31 days; 412 records in 7 minutes, none is usual".to_owned(),
        ..FindingRow::default()
    };
    Change {
        incident: incident(),
        leading: Some(leading),
        open: true,
        tags: vec!["database".to_owned()],
        ..Change::default()
    }
}

pub(crate) fn opened() -> Notice {
    change().notice(Happened::Opened, Some(LINK), WRITTEN)
}

pub(crate) fn grew() -> Notice {
    let mut change = change();
    change.incident.records = 41_200;
    change.notice(Happened::Grew, Some(LINK), WRITTEN)
}

pub(crate) fn resolved() -> Notice {
    change().notice(Happened::Resolved, Some(LINK), WRITTEN)
}

pub(crate) fn summary() -> Notice {
    let title = "99991 notices without a place of their own".to_owned();
    let mut notice = Notice::own(Happened::Summary, "summary/1", "critical", title, WRITTEN);
    notice.story = vec!["99991 × more than a minute or an hour takes".to_owned()];
    notice.name(Brief {
        severity: "high".to_owned(),
        title: "disk <b>full</b>".to_owned(),
        since: None,
        records: 4,
        key: "a".to_owned(),
    });
    notice.more = 99_990;
    notice
}

/// Everything that a log line could try on a chat, a mail, a page or a terminal.
pub(crate) const HOSTILE: &str = "<!channel> <!here> @everyone @here <@U012AB3CD> <https://evil.example.com|click> \
    [click](https://evil.example.com) ![x](https://evil.example.com/p.png) *bold* _it_ ~no~ `code` ``` || spoiler || \
    <script>alert(1)</script> <img src=x onerror=alert(1)> <a href=\"https://evil.example.com\">a</a> {{ title }} ${x} \
    $(reboot) `reboot` \"; DROP TABLE x; \x1b[2J\x1b]52;c;AA\x07 \u{202e}gpj.exe\r\nBcc: victim@example.com\r\n\r\n.\r\nDATA\n\
    <0>Jan 1 00:00:00 forged: line\0 www.evil.example.com mailto:a@evil.example.com /start #everyone";

pub(crate) fn hostile() -> Notice {
    let mut change = change();
    let row = &mut change.incident;
    row.title = HOSTILE.to_owned();
    row.streams = vec![HOSTILE.to_owned(), "日本".repeat(300)];
    row.kinds = vec!["new-template".to_owned()];
    for cause in &mut row.causes {
        cause.file = format!("/tmp/{HOSTILE}");
        cause.message = format!("{HOSTILE}\n{}", "&<>\"'`*_💥".repeat(4_000));
        cause.why = HOSTILE.to_owned();
    }
    row.story = vec![StoryRow { sentence: HOSTILE.repeat(5), ..StoryRow::default() }; 40];
    change.leading = Some(FindingRow { explanation: HOSTILE.repeat(3), ..FindingRow::default() });
    change.tags = vec![HOSTILE.to_owned()];
    let mut notice = change.notice(Happened::Opened, Some(LINK), WRITTEN);
    for _ in 0..30 {
        notice.name(notice.brief());
    }
    notice
}

/// All of them, by name.
pub(crate) fn all() -> Vec<(&'static str, Notice)> {
    vec![
        ("opened", opened()),
        ("grew", grew()),
        ("resolved", resolved()),
        ("summary", summary()),
        ("hostile", hostile()),
    ]
}

/// The payloads of all of them, for a snapshot.
pub(crate) fn payloads(payload: impl Fn(&Notice) -> serde_json::Value) -> String {
    let one = |(name, notice): (&str, Notice)| {
        format!("--- {name}\n{}", serde_json::to_string_pretty(&payload(&notice)).unwrap())
    };
    all().into_iter().map(one).collect::<Vec<_>>().join("\n")
}

/// No word of a payload may call anybody or lead anywhere in a receiver that makes links of what looks like them.
pub(crate) fn assert_inert(payload: &serde_json::Value, within_code: &[&str]) {
    fn texts(value: &serde_json::Value, key: &str, found: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::String(text) => found.push((key.to_owned(), text.clone())),
            serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
            serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| texts(value, key, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(payload, "", &mut found);
    for (key, text) in found.iter().filter(|(key, _)| !within_code.contains(&key.as_str())) {
        for bad in
            ["://evil", "@everyone", "@here", "<!channel>", "<script", "\x1b", "\u{202e}", "\r", "www.evil"]
        {
            assert!(!text.contains(bad), "{bad} in {key}: {text}");
        }
    }
    assert!(payload.to_string().len() <= 6 * crate::inert::LONGEST, "{}", payload.to_string().len());
}
