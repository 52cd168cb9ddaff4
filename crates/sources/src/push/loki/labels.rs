//! Labels as Prometheus writes them: `{app="web", host="a\"b"}`.

use super::super::{Labels, Rejected, malformed};

/// The labels of a stream. A trailing comma is taken, as Prometheus does.
pub(super) fn parse(text: &str) -> Result<Labels, Rejected> {
    let inside = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut rest = inside.ok_or_else(|| bad(text))?.trim_start();
    let mut labels = Labels::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(|| bad(text))?;
        let (value, after) = quoted(after.trim_start()).ok_or_else(|| bad(text))?;
        labels.push((name.trim().to_owned(), value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if after.is_empty() => after,
            None => return Err(bad(text)),
        };
    }
    Ok(labels)
}

/// A value in double quotes, or in backquotes without escapes, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.split_once('`').map(|(value, rest)| (value.to_owned(), rest));
    }
    let mut letters = text.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => value.push(other),
        }
    }
}

fn bad(text: &str) -> Rejected {
    let shown: String = text.chars().take(80).collect();
    malformed(format!("labels are written `{{name=\"value\"}}`, not `{shown}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read() {
        let read = |text| {
            parse(text)
                .map(|labels| {
                    labels.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("|")
                })
                .ok()
        };
        assert_eq!(read("{}").as_deref(), Some(""));
        assert_eq!(read(r#" { a = "1" ,b="x,\"y\"\\",} "#).as_deref(), Some("a=1|b=x,\"y\"\\"));
        assert_eq!(read("{a=`x\\`}").as_deref(), Some("a=x\\"));
        for bad in ["", "{", "a=\"1\"", "{a}", "{a=1}", "{a=\"1}", "{a=\"1\" b=\"2\"}", "{a=\"\\"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
