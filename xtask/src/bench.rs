//! Runs the benchmarks of the engine and collects their medians into a table of the book.

use std::fs;

use crate::run::{Done, cargo_output, root};

const TABLE: &str = "docs/book/performance-table.md";

const HEAD: &str = "\
# Medians of the benchmarks

Written by `cargo xtask bench`; [performance](performance.md) says what is measured and how to read it. The time
is for one call of the benchmark, which most of the time handles many lines: see its source in
`crates/engine/benches/`.

";

/// Measures, and writes the table.
pub(crate) fn all() -> Done {
    let machine = machine();
    let words = ["bench", "--package", "logsift-engine", "--bench", "*"];
    let printed = String::from_utf8_lossy(&cargo_output(&words)?).into_owned();
    let medians = medians(&printed);
    if medians.is_empty() {
        return Err("the benchmarks printed no medians".to_owned());
    }
    let mut page = format!("{HEAD}Measured on {machine}.\n\n");
    page.push_str("| benchmark | median | a second |\n| --- | --: | --: |\n");
    for Median { name, time, rate } in medians {
        page.push_str(&format!("| {} | {time} | {rate} |\n", name.replace('|', "\\|")));
    }
    fs::write(root().join(TABLE), page).map_err(|error| format!("{TABLE}: {error}"))
}

/// Figures without the machine that they come from say little, and without its load, too.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let load = fs::read_to_string("/proc/loadavg").ok();
    let load = load.as_deref().and_then(|text| text.split(' ').next()).unwrap_or("unknown");
    format!("{processor}, {cores} cores, load before: {load}")
}

/// What a benchmark took in the middle of its runs.
#[derive(Debug, PartialEq, Eq)]
struct Median {
    name: String,
    time: String,
    /// What it got done in a second, where it says so.
    rate: String,
}

/// Reads the trees that divan prints: groups have names only, benchmarks have times behind them, and a
/// line without a name tells the rates of the benchmark above it.
fn medians(printed: &str) -> Vec<Median> {
    let mut medians: Vec<Median> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for line in printed.lines() {
        let cells: Vec<&str> = line.rsplitn(6, '│').map(str::trim_end).collect();
        // From the right: iterations, samples, mean, median, slowest, and the name before the fastest.
        let [_, _, _, median, _, start] = cells.as_slice() else { continue };
        let median = median.trim_start();
        let Some((depth, name)) = named(start) else {
            if let Some(last) =
                medians.last_mut().filter(|last| last.rate.is_empty() && median.ends_with("/s"))
            {
                last.rate = median.to_owned();
            }
            continue;
        };
        path.truncate(depth);
        path.push(name.to_owned());
        if median.starts_with(|first: char| first.is_ascii_digit()) {
            medians.push(Median { name: path.join(" › "), time: median.to_owned(), rate: String::new() });
        }
    }
    medians
}

/// How deep a name stands in the tree, and the name.
fn named(start: &str) -> Option<(usize, &str)> {
    let (branch, rest) = match start.find("─ ") {
        Some(at) => (start.get(..at)?.chars().count() + 2, start.get(at + "─ ".len()..)?),
        None if start.starts_with(|first: char| first.is_alphanumeric()) => (0, start),
        None => return None,
    };
    let name = rest.split("  ").next().unwrap_or(rest).trim();
    // An argument of nothing but blanks is shown as such.
    let name = if name.is_empty() { "(blank)" } else { name };
    Some((branch.div_ceil(3), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_read_from_a_tree() {
        let printed = "\
timestamp     fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ iso        10.1 µs       │ 20.2 µs       │ 12.3 µs       │ 13.4 µs       │ 100     │ 100
│             99.1 Mitem/s  │ 49.5 Mitem/s  │ 81.3 Mitem/s  │ 74.6 Mitem/s  │         │
╰─ stamps                   │               │               │               │         │
   ├─ syslog  4.1 ns        │ 5.2 ns        │ 4.3 ns        │ 4.4 ns        │ 100     │ 800
   ╰─ clf     6.1 ns        │ 7.2 ns        │ 6.3 ns        │ 6.4 ns        │ 100     │ 800
";
        let median = |name: &str, time: &str, rate: &str| Median {
            name: name.to_owned(),
            time: time.to_owned(),
            rate: rate.to_owned(),
        };
        assert_eq!(
            medians(printed),
            [
                median("timestamp › iso", "12.3 µs", "81.3 Mitem/s"),
                median("timestamp › stamps › syslog", "4.3 ns", ""),
                median("timestamp › stamps › clf", "6.3 ns", ""),
            ]
        );
    }
}
