//! A notice in, a page of text that a receiver can be trusted with out.
//!
//! Log text is written by strangers. In a chat it could call everybody, in a mail it could hide a link behind a word, on a
//! terminal it could rub out the line above. Here it loses all of that, in the manner of each receiver, and no page is
//! longer than [`LONGEST`] bytes: the pieces are cut by what they come to when they are escaped.

use logsift_reports::escape::for_terminal;

use crate::notice::{Brief, Notice, QUOTE};

/// Bytes of foreign and own text in one notice, however it is escaped.
pub const LONGEST: usize = 4096;
/// What is left for the words between the pieces and the markup of a line.
const PIECES: usize = 3200;

/// How a receiver understands text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It shows what it gets: terminals, files, syslog.
    Plain,
    /// It makes links and mentions of what looks like them, and nothing else.
    Chat,
    /// It has tags, and does the same.
    Html,
    /// It has the markup of Slack.
    Slack,
    /// It has Markdown.
    Markdown,
}

/// The pieces of a notice, escaped and cut, ready to be put between a channel's own markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// `[HIGH] New incident: title`.
    pub headline: String,
    /// How much against what is normal.
    pub against: String,
    /// Since when, how much, where.
    pub when: String,
    /// `file:line`, and why it looks like the cause.
    pub cause: String,
    /// The record that looks like the cause, raw but for what no receiver should see: for places that show text as it is.
    pub quote: String,
    /// The same in the manner of the receiver.
    pub quote_inert: String,
    /// What happened, in order.
    pub story: Vec<String>,
    /// Other incidents of this notice.
    pub others: Vec<String>,
    /// Where to read on.
    pub link: String,
    /// How to have it told no more.
    pub mute: String,
}

/// Foreign text that does nothing but show itself, in that manner.
pub fn inert(text: &str, manner: Manner) -> String {
    within(text, manner, usize::MAX)
}

/// The same, at most so many bytes long.
pub fn within(text: &str, manner: Manner, most: usize) -> String {
    let shown = for_terminal(text);
    let shown = if manner == Manner::Plain { shown.into_owned() } else { defanged(&shown) };
    let mut out = String::new();
    for character in shown.chars() {
        let before = out.len();
        push(character, manner, &mut out);
        if out.len() + '…'.len_utf8() > most {
            out.truncate(before);
            if out.len() + '…'.len_utf8() <= most {
                out.push('…');
            }
            break;
        }
    }
    out
}

/// Links and mentions as people write them who want nobody to follow them.
fn defanged(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (piece, length) = if rest.starts_with("://") {
            ("[:]//", 3)
        } else if rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
            ("www[.]", 4)
        } else if rest.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) {
            ("mailto[:]", 7)
        } else if character == '@' {
            ("＠", 1)
        } else {
            let length = character.len_utf8();
            (rest.get(..length).unwrap_or_default(), length)
        };
        out.push_str(piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

fn push(character: char, manner: Manner, out: &mut String) {
    let escaped = match (manner, character) {
        (Manner::Html | Manner::Slack, '&') => "&amp;",
        (Manner::Html | Manner::Slack, '<') => "&lt;",
        (Manner::Html | Manner::Slack, '>') => "&gt;",
        (Manner::Html, '"') => "&quot;",
        (Manner::Html, '\'') => "&#39;",
        // Whoever hands it on may have tags: Slack takes `<number>` for a link.
        (Manner::Chat, '<') => "‹",
        (Manner::Chat, '>') => "›",
        // Markup that surrounds words; a look-alike, since there is no escape for it there.
        (Manner::Slack, '*') => "∗",
        (Manner::Slack, '_') => "＿",
        (Manner::Slack, '~') => "∼",
        (Manner::Slack, '`') => "ˋ",
        (Manner::Markdown, character) if character.is_ascii_punctuation() => {
            out.push('\\');
            out.push(character);
            return;
        }
        _ => {
            out.push(character);
            return;
        }
    };
    out.push_str(escaped);
}

/// Room for so many bytes more.
struct Room(usize);

impl Room {
    fn fit(&mut self, text: &str, manner: Manner, most: usize) -> String {
        let piece = within(text, manner, most.min(self.0));
        self.0 -= piece.len();
        piece
    }
}

impl Page {
    /// The pieces of a notice.
    pub fn of(notice: &Notice, manner: Manner) -> Page {
        let mut room = Room(PIECES);
        let grave = notice.severity.to_uppercase();
        let title = room.fit(&notice.title, manner, 480);
        let headline =
            format!("{}: {title}", room.fit(&format!("[{grave}] {}", notice.happened.words()), manner, 60));
        let against = notice.against.as_deref().map(|text| room.fit(text, manner, 400)).unwrap_or_default();
        let when = room.fit(&when(notice), manner, 400);
        let link = notice.link.as_deref().filter(|link| is_plain_link(link)).unwrap_or_default().to_owned();
        room.0 = room.0.saturating_sub(link.len());
        let mute = room.fit(&notice.mute, manner, 240);
        let mut page = Page { headline, against, when, link, mute, ..Page::default() };
        if let Some(cause) = &notice.cause {
            let place = room.fit(&cause.place, manner, 240);
            let why = room.fit(&cause.why, manner, 240);
            page.cause = if why.is_empty() { place } else { format!("{place} ({why})") };
            let text: String = cause.text.replace('\t', "    ").chars().take(QUOTE).collect();
            page.quote = lines_shown(&text, 900);
            page.quote_inert = inert_lines(&text, manner, 900.min(room.0));
            room.0 = room.0.saturating_sub(page.quote.len().max(page.quote_inert.len()));
        }
        let step = |text: &String| Some(room.fit(text, manner, 200)).filter(|text| text.len() > 3);
        page.story = notice.story.iter().filter_map(step).collect();
        let other =
            |brief: &Brief| Some(room.fit(&brief_line(brief), manner, 200)).filter(|text| text.len() > 3);
        page.others = notice.others.iter().filter_map(other).collect();
        let unnamed = notice.more + (notice.others.len() - page.others.len()) as u64;
        page.others.extend((unnamed > 0).then(|| format!("and {unnamed} more")));
        page
    }

    /// The page as lines of text, a quote set off so that it cannot be taken for a line of ours.
    pub fn text(&self) -> String {
        let mut lines = vec![self.headline.clone()];
        lines.extend([&self.against, &self.when].into_iter().filter(|line| !line.is_empty()).cloned());
        if !self.cause.is_empty() {
            lines.push(format!("Cause: {}", self.cause));
            lines.extend(self.quote_inert.lines().map(|line| format!("  | {line}")));
        }
        lines.extend(self.story.iter().map(|step| format!("- {step}")));
        lines.extend(self.others.iter().map(|other| format!("+ {other}")));
        lines.extend((!self.link.is_empty()).then(|| self.link.clone()));
        lines.extend((!self.mute.is_empty()).then(|| format!("To mute: {}", self.mute)));
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }
}

/// Text that keeps its lines, for places that show text as it is.
fn lines_shown(text: &str, most: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| for_terminal(line).into_owned()).collect();
    let mut shown = lines.join("\n");
    let mut end = most.min(shown.len());
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    shown.truncate(end);
    shown
}

/// Text that keeps its lines, in the manner of the receiver.
fn inert_lines(text: &str, manner: Manner, most: usize) -> String {
    let mut room = Room(most);
    let lines: Vec<String> = text.lines().map(|line| room.fit(line, manner, usize::MAX)).collect();
    lines.join("\n").trim_end().to_owned()
}

/// A link of ours as the value of an attribute.
pub(crate) fn escaped_attribute(link: &str) -> String {
    let mut out = String::new();
    link.chars().for_each(|character| push(character, Manner::Html, &mut out));
    out
}

/// The link is made of a setting and a fingerprint; nothing else may stand in it.
fn is_plain_link(link: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/#?&=.-_~[]%@".contains(&byte);
    let scheme = link.starts_with("https://") || link.starts_with("http://");
    scheme && link.len() <= 400 && link.bytes().all(plain)
}

fn when(notice: &Notice) -> String {
    let mut parts = Vec::new();
    match (&notice.since, &notice.until) {
        (Some(since), Some(until)) if since != until => parts.push(format!("{since} to {until}")),
        (Some(since), _) => parts.push(format!("since {since}")),
        _ => {}
    }
    let counted =
        |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    if notice.records > 0 {
        parts.push(counted(notice.records, "record", "records"));
    }
    let streams: Vec<&str> = notice.labels.values("stream").take(4).collect();
    if !streams.is_empty() {
        parts.push(format!("in {}", streams.join(", ")));
    }
    parts.join(", ")
}

fn brief_line(brief: &Brief) -> String {
    let since = brief.since.as_deref().map(|since| format!(", since {since}")).unwrap_or_default();
    format!("{} {} ({} records{since})", brief.severity.to_uppercase(), brief.title, brief.records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_does_nothing_but_show_itself() {
        let check =
            |text: &str, manner: Manner, shown: &str| assert_eq!(inert(text, manner), shown, "{manner:?}");
        let text = "<!channel> @here see https://evil.example.com *b* \x1b[2J\r\nBcc: x";
        check(text, Manner::Plain, "<!channel> @here see https://evil.example.com *b* \\x1b[2J\\r\\nBcc: x");
        check(
            text,
            Manner::Slack,
            "&lt;!channel&gt; ＠here see https[:]//evil.example.com ∗b∗ \\x1b[2J\\r\\nBcc: x",
        );
        check("[a](b) <@1> `c`", Manner::Markdown, "\\[a\\]\\(b\\) \\<＠1\\> \\`c\\`");
        check("<b onclick='x'>&\"", Manner::Html, "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;");
        check("<!channel> <b>", Manner::Chat, "‹!channel› ‹b›");
        check("WWW.evil.example.com mailto:a@b", Manner::Chat, "www[.]evil.example.com mailto[:]a＠b");
    }

    #[test]
    fn a_piece_is_cut_by_what_it_comes_to_and_never_within_an_escape() {
        for most in 0..40 {
            let cut = within("&&&&é&&&&<<<<", Manner::Html, most);
            assert!(cut.len() <= most, "{most}: {cut}");
            assert_eq!(cut.matches('&').count(), cut.matches(';').count(), "{cut}");
        }
        assert_eq!(within("abc", Manner::Plain, 100), "abc");
    }

    #[test]
    fn only_plain_links_are_links() {
        assert!(is_plain_link("https://logsift.example.com/#/incidents/0123"));
        for link in ["javascript:alert(1)", "https://a b", "https://a\">x", "https://a|b>", "https://a\n"] {
            assert!(!is_plain_link(link), "{link}");
        }
    }
}
