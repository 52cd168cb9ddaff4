//! More words of a settings file: sizes, addresses, the budget of false alarms, zones.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use logsift_alerts::written_as_text;
use logsift_engine::findings::Budget;

/// An amount of bytes: `64MiB`, `10MB`, `512KiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// An address and a port to listen on: `127.0.0.1:4040`, `[::1]:4040`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub SocketAddr);

/// How many false incidents are accepted, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetWords {
    /// As it was written: `5/day`.
    pub words: String,
    /// What that means.
    pub budget: Budget,
}

const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

impl Size {
    /// So many MiB.
    pub const fn mebibytes(count: u64) -> Size {
        Size(count << 20)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let wrong = || "is no size such as 64MiB or 10MB".to_owned();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, worth) = UNITS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        number.checked_mul(*worth).map(Size).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = UNITS.iter().take(4).rev();
        match binary.clone().find(|(_, worth)| self.0 >= *worth && self.0 % worth == 0) {
            Some((name, worth)) => write!(f, "{}{name}", self.0 / worth),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let read = text.parse().map(Address);
        read.map_err(|_| "is no address with a port such as 127.0.0.1:4040 or [::1]:4040".to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for BudgetWords {
    type Err = String;

    fn from_str(words: &str) -> Result<BudgetWords, String> {
        let budget =
            budget(words).ok_or("is no budget: so many per hour, day, week or GB, such as 5/day or 20/GB")?;
        Ok(BudgetWords { words: words.to_owned(), budget })
    }
}

impl fmt::Display for BudgetWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// `5/day`, `0.5/hour`, `2/week`, `20/GB`.
pub fn budget(words: &str) -> Option<Budget> {
    let (number, unit) = words.split_once('/')?;
    let number: f64 = number.trim().parse().ok()?;
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    match unit.trim().to_ascii_lowercase().as_str() {
        "hour" | "h" => Some(Budget::PerDay(number * 24.0)),
        "day" | "d" => Some(Budget::PerDay(number)),
        "week" | "w" => Some(Budget::PerDay(number / 7.0)),
        "gb" => Some(Budget::PerGigabyte(number)),
        _ => None,
    }
}

/// What is wrong with a text of this format; nothing where it is right, or where no such format is known.
pub(crate) fn refusal(format: &str, text: &str) -> Option<String> {
    match format {
        "size" => text.parse::<Size>().err(),
        "address" => text.parse::<Address>().err(),
        "budget" => text.parse::<BudgetWords>().err(),
        other => logsift_alerts::scalars::refusal(other, text),
    }
}

written_as_text!(Size, "size", "64MiB");
written_as_text!(Address, "address", "127.0.0.1:4040");
written_as_text!(BudgetWords, "budget", "5/day");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |text: &str, bytes: Option<u64>| {
            assert_eq!(text.parse::<Size>().ok().map(|size| size.0), bytes, "{text}")
        };
        check("64MiB", Some(64 << 20));
        check("10MB", Some(10_000_000));
        check("0B", Some(0));
        for wrong in ["", "64", "MiB", "-1B", "64 mb", "99999999999999999GiB"] {
            check(wrong, None);
        }
        for text in ["64MiB", "1GiB", "1000B", "16KiB"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn budgets() {
        let check = |words: &str, expected: Option<Budget>| assert_eq!(budget(words), expected, "{words}");
        check("5/day", Some(Budget::PerDay(5.0)));
        check("0.5/hour", Some(Budget::PerDay(12.0)));
        check("7/week", Some(Budget::PerDay(1.0)));
        check("20/GB", Some(Budget::PerGigabyte(20.0)));
        check("0/day", Some(Budget::PerDay(0.0)));
        for words in ["", "5", "/day", "-1/day", "inf/day", "NaN/day", "5/year", "5/day/day"] {
            check(words, None);
        }
    }
}
