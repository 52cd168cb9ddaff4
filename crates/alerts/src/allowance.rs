//! `5/day` in, how many incidents a channel may tell out.

use std::fmt;
use std::str::FromStr;

/// How many incidents a channel may tell a day: a number, or as many as there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// In a day; nothing where there is no end.
    pub per_day: Option<f64>,
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance { per_day: Some(5.0) }
    }
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Allowance, String> {
        let wrong = || "is no budget such as 5/day, 1/hour, 20/week or none".to_owned();
        if text == "none" {
            return Ok(Allowance { per_day: None });
        }
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let days = match unit.trim() {
            "hour" | "h" => 1.0 / 24.0,
            "day" | "d" => 1.0,
            "week" | "w" => 7.0,
            _ => return Err(wrong()),
        };
        let fits = number.is_finite() && (0.0..=1e6).contains(&number);
        if fits { Ok(Allowance { per_day: Some(number / days) }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per_day {
            None => f.write_str("none"),
            Some(per_day) if per_day.fract() == 0.0 || per_day >= 1.0 => write!(f, "{per_day}/day"),
            Some(per_day) => write!(f, "{}/week", per_day * 7.0),
        }
    }
}

crate::written_as_text!(Allowance, "allowance", "5/day");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowances() {
        let check = |text: &str, expected: Option<Option<f64>>| {
            let read = text.parse::<Allowance>().ok().map(|allowance| allowance.per_day);
            assert_eq!(read, expected, "{text}");
        };
        check("5/day", Some(Some(5.0)));
        check("1/hour", Some(Some(24.0)));
        check("7/week", Some(Some(1.0)));
        check("none", Some(None));
        check("0/day", Some(Some(0.0)));
        for wrong in ["", "5", "-1/day", "NaN/day", "5/year", "inf/day"] {
            check(wrong, None);
        }
    }

    #[test]
    fn an_allowance_is_written_as_it_is_read() {
        for text in ["5/day", "none", "24/day", "3/week"] {
            assert_eq!(text.parse::<Allowance>().unwrap().to_string(), text);
        }
    }
}
