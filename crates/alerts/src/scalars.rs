//! Words of a settings file in, values that can only be right out: spans of time, secrets, allowances.
//!
//! Each is a text in the file (`90s`, `5/day`), bears the name of its format in the JSON schema, and says
//! what is wrong with a text in one sentence. Who reads the settings asks [`refusal`] by that name, so that all
//! problems of a file can be listed at once.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::allowance::Allowance;
use crate::matcher::Matcher;

/// A length of time as people write it: `90s`, `5m`, `1h30m`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// A text that must never be printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text to itself.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for whoever sends it where it belongs.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Secret, String> {
        Ok(Secret(text.to_owned()))
    }
}

impl Span {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Span {
        Span(Duration::from_secs(seconds))
    }
}

const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("m", 60_000),
    ("s", 1_000),
];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || "is no length of time such as 90s, 5m, 1h30m or 7d".to_owned();
        let mut millis: u64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = rest.split_at(digits);
            let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, behind) = behind.split_at(letters);
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let (_, worth) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
            let part = number.checked_mul(*worth).ok_or_else(wrong)?;
            millis = millis.checked_add(part).ok_or_else(wrong)?;
            rest = behind;
        }
        if millis > 100 * 366 * 86_400_000 {
            Err("is longer than a century".to_owned())
        } else {
            Ok(Span(Duration::from_millis(millis)))
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 {
            return f.write_str("0s");
        }
        for (name, worth) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
            if millis >= worth {
                write!(f, "{}{name}", millis / worth)?;
                millis %= worth;
            }
        }
        Ok(())
    }
}

/// What is wrong with a text of this format; nothing where it is right, or where the format is not known here.
pub fn refusal(format: &str, text: &str) -> Option<String> {
    match format {
        "span" => text.parse::<Span>().err(),
        "allowance" => text.parse::<Allowance>().err(),
        "matcher" => text.parse::<Matcher>().err(),
        "zone" => text.parse::<crate::calendar::Zone>().err(),
        "hours" => text.parse::<crate::calendar::Hours>().err(),
        "network" => text.parse::<crate::reach::Network>().err(),
        "moment" => text.parse::<crate::calendar::Moment>().err(),
        _ => None,
    }
}

/// A type that is a text in the settings: read by `FromStr`, written by `Display`, named by its format.
#[macro_export]
#[doc(hidden)]
macro_rules! written_as_text {
    ($type:ty, $format:literal, $example:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(|why| serde::de::Error::custom(format!("`{text}` {why}")))
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $format.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format, "examples": [$example] })
            }
        }
    };
}

written_as_text!(Span, "span", "90s");

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { "***" })
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer).map(Secret)
    }
}

impl schemars::JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "secret" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let check = |text: &str, seconds: Option<f64>| {
            assert_eq!(text.parse::<Span>().ok().map(|span| span.0.as_secs_f64()), seconds, "{text}");
        };
        check("90s", Some(90.0));
        check("1h30m", Some(5_400.0));
        check("250ms", Some(0.25));
        check("7d", Some(604_800.0));
        check("2w", Some(1_209_600.0));
        check("0s", Some(0.0));
        for wrong in ["", "s", "5", "-1s", "5 s", "1.5h", "99999999999999999999s", "10000000w", "5é"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for text in ["90s", "1h30m", "250ms", "7d", "0s", "1d1s"] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
        assert_eq!("90s".parse::<Span>().unwrap().to_string(), "1m30s");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {}", serde_json::json!(secret)), "*** *** \"***\"");
    }
}
