//! The parameters of an address: takes the part behind the question mark, gives them by name.
//!
//! A parameter that a route does not know is refused, as a wrong key in the settings is: who
//! misspells one would else get everything, and think it filtered.

use std::str::FromStr;

use axum::http::Uri;
use logsift_pipeline::daemon::Page;

use crate::problem::Problem;

/// Rows of a page where nothing else is asked for, and at most.
const ROWS: usize = 50;
const MOST_ROWS: usize = 1000;

/// The parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// All of them, whatever they are called.
    pub(crate) fn of(uri: &Uri) -> Result<Query, Problem> {
        let parsed = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        let pairs = parsed.map_err(|_| Problem::bad("the parameters of the address cannot be read"))?;
        Ok(Query { pairs: pairs.0 })
    }

    /// Only these.
    pub(crate) fn only(uri: &Uri, known: &[&str]) -> Result<Query, Problem> {
        let query = Query::of(uri)?;
        for (place, (name, _)) in query.pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Problem::bad(format!(
                    "the parameter `{}` is not known here; known: {list}",
                    shown(name)
                )));
            }
            if query.pairs.iter().take(place).any(|(before, _)| before == name) {
                return Err(Problem::bad(format!("the parameter `{name}` stands twice")));
            }
        }
        Ok(query)
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The text of a parameter, where it is given and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A parameter as a number.
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text
            .parse()
            .map_err(|_| Problem::bad(format!("`{name}` must be a number, not `{}`", shown(text))))?;
        Ok(Some(number))
    }

    /// A parameter that is one of few words.
    pub(crate) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if !words.contains(&text) {
            let words = words.join("`, `");
            return Err(Problem::bad(format!("`{name}` must be one of `{words}`, not `{}`", shown(text))));
        }
        Ok(Some(text.to_owned()))
    }

    /// A parameter as a moment: nanoseconds since 1970.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        // A plus in an address is a blank; nobody writes a blank before an offset.
        let written = text.replace(' ', "+");
        let moment: jiff::Timestamp = written.parse().map_err(|_| {
            Problem::bad(format!(
                "`{name}` must be a time such as `2026-11-21T10:00:00Z`, not `{}`",
                shown(text)
            ))
        })?;
        let nanoseconds = i64::try_from(moment.as_nanosecond());
        nanoseconds.map(Some).map_err(|_| Problem::bad(format!("`{name}` is too far away")))
    }

    /// Which page is wanted: `limit` and `cursor`.
    pub(crate) fn page(&self) -> Result<Page, Problem> {
        let limit = self.number::<usize>("limit")?.unwrap_or(ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Problem::bad(format!("`limit` must be 1 to {MOST_ROWS}")));
        }
        Ok(Page { limit, after: self.owned("cursor") })
    }
}

/// What a caller sent, short enough to be quoted.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let only = |text: &str| {
            Query::only(&format!("/x?{text}").parse().unwrap(), &["a", "b"]).map_err(|problem| problem.detail)
        };
        assert_eq!(only("a=1&b=%20x").unwrap().text("b"), Some(" x"));
        assert!(only("a=1&c=2").unwrap_err().contains("`c` is not known here; known: a, b"));
        assert!(only("a=1&a=2").unwrap_err().contains("stands twice"));
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(query("n=7").number::<u8>("n"), Ok(Some(7)));
        assert!(query("n=300").number::<u8>("n").is_err());
        assert_eq!(query("n=").number::<u8>("n"), Ok(None));
        assert_eq!(query("t=1970-01-01T01:00:00%2B01:00").moment("t"), Ok(Some(0)));
        assert_eq!(query("t=1970-01-01T01:00:00+01:00").moment("t"), Ok(Some(0)));
        assert!(query("t=9999-12-31T00:00:00Z").moment("t").is_err());
        assert!(query("t=yesterday").moment("t").is_err());
        assert!(query("w=c").one_of("w", &["a", "b"]).unwrap_err().detail.contains("`a`, `b`"));
        assert_eq!(query("limit=5&cursor=x").page(), Ok(Page { limit: 5, after: Some("x".into()) }));
        assert!(query("limit=0").page().is_err() && query("limit=1001").page().is_err());
    }
}
