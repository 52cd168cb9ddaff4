//! The words of `generate`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use logsift_eval::generate::Profile;

/// Make realistic labelled test logs
///
/// Writes NAME.log, NAME.labels.csv (line_number,label,kind; a row for every line) and
/// NAME.story.json (what was injected, when, and which lines it is). The same words give
/// the same bytes, on every machine. Profiles: application, database, security, web,
/// microservices, kubernetes, system, performance; `all` makes each of them. Five smaller ones
/// have one kind of trouble each that everybody knows, to measure rules by: database-failures,
/// authentication-failures, resource-exhaustion, slow-queries, error-bursts; `known-trouble`
/// makes these.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift generate all -o logs/                    all profiles, into a folder
  logsift generate web --lines 1000000 --seed 7    a larger log, and another one
  logsift generate system --clean -o -             nothing abnormal, to the screen
  logsift generate security --anomalies 5%         fewer abnormal lines
  logsift generate known-trouble -o known/         five logs for rules
  logsift generate application --csv               the classic table
  logsift generate performance --rate 500/s --follow --start now -o - \\
    | logsift scan -                               played live
  logsift eval lines --log web.log --labels web.labels.csv \\
    --scores-from scores.csv                       how well were they found?

Exit codes:
  0  made                  4  an error of logsift itself, or a full disk
  2  wrong usage")]
pub(crate) struct Generate {
    /// The kind of log, `all`, or `known-trouble`
    #[arg(value_name = "PROFILE", value_parser = profiles())]
    pub(crate) profile: Profiles,

    /// The folder that is written to, or - for one log to standard output
    ///
    /// It is made if it does not exist. Standard output gets the log alone.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = ".")]
    pub(crate) output: PathBuf,

    /// Write over files that exist
    #[arg(long)]
    pub(crate) force: bool,

    /// How many lines [default: that of the profile, 15,000 to 200,000]
    ///
    /// More lines are a longer log, not a denser one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "What is made")]
    pub(crate) lines: Option<u64>,

    /// The share of abnormal lines, 2% to 15% [default: that of the profile]
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "What is made")]
    pub(crate) anomalies: Option<f64>,

    /// Nothing abnormal at all
    ///
    /// Warnings, errors, deploys and rushes that are normal remain.
    #[arg(long, conflicts_with = "anomalies", help_heading = "What is made")]
    pub(crate) clean: bool,

    /// Another seed makes another log
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "What is made")]
    pub(crate) seed: u64,

    /// When the log begins
    ///
    /// RFC 3339 (2024-03-04T00:00:00Z), a date, or `now`.
    #[arg(long, value_name = "TIME", default_value = "2024-03-04", help_heading = "What is made")]
    pub(crate) start: String,

    /// Lines in a unit of log time: 500/s, 90/m, 2000/h [default: that of the profile]
    ///
    /// A log that is then shorter than a day has no nights.
    #[arg(long, value_name = "RATE", value_parser = rate, help_heading = "What is made")]
    pub(crate) rate: Option<f64>,

    /// As a table: timestamp,log_level,response_time,message
    ///
    /// A row for every line of a stack trace, too. The header is line 1.
    #[arg(long, help_heading = "What is made")]
    pub(crate) csv: bool,

    /// Play it live: wait as long between lines as the log says
    #[arg(long, help_heading = "What is made")]
    pub(crate) follow: bool,
}

/// One profile or all.
#[derive(Clone, Debug)]
pub(crate) struct Profiles(pub(crate) Vec<Profile>);

/// The five logs with one kind of trouble each.
const KNOWN_TROUBLE: &str = "known-trouble";

fn profiles() -> impl TypedValueParser<Value = Profiles> {
    let named = Profile::all().chain(Profile::known_trouble()).map(Profile::name);
    PossibleValuesParser::new(named.chain(["all", KNOWN_TROUBLE])).map(|name| match Profile::named(&name) {
        Some(profile) => Profiles(vec![profile]),
        None if name == KNOWN_TROUBLE => Profiles(Profile::known_trouble().collect()),
        None => Profiles(Profile::all().collect()),
    })
}

/// `5%` or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let share = super::eval::share(text)?;
    if (0.02..=0.15).contains(&share) { Ok(share) } else { Err("2% to 15%; --clean is for none".to_owned()) }
}

/// `500/s`, in lines per second.
fn rate(text: &str) -> Result<f64, String> {
    let expected = || "expected lines per second, minute or hour, such as 500/s".to_owned();
    let (count, unit) = text.split_once('/').ok_or_else(expected)?;
    let seconds = match unit {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(expected()),
    };
    let count: f64 = count.trim().parse().map_err(|_| expected())?;
    let rate = count / seconds;
    if (1e-4..=1e6).contains(&rate) { Ok(rate) } else { Err("between 1/h and 1000000/s".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_a_unit() {
        for (text, expected) in [("500/s", 500.0), ("90/m", 1.5), ("7200/h", 2.0), ("0.5/s", 0.5)] {
            assert!((rate(text).unwrap() - expected).abs() < 1e-12, "{text}");
        }
        for wrong in ["", "500", "/s", "x/s", "5/d", "0/s", "-1/s", "inf/s", "nan/s"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_lie_between_two_and_fifteen_per_cent() {
        assert_eq!(share("5%"), Ok(0.05));
        assert_eq!(share("0.15"), Ok(0.15));
        for wrong in ["1%", "16%", "0", "x"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
