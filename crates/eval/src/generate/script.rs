//! A scene of the catalogue: lines of text in, steps out.
//!
//! A scene is what software says about one thing that happens, in its order. Each of its texts is a step:
//!
//! ```text
//! let thread = scheduling-1                           a variable has this value in the scene
//! INFO OrderService | Order {order} accepted          level, who says it, what it says
//! +20 ?30 x1..3 WARN PaymentClient | Retrying …       some 20 ms later, in 30 of 100 scenes, one to three times
//! +5s INFO checkout | Done ;; "status":200            what follows `;;` stands beside the message
//! ```

use super::moment::{MILLISECOND, MINUTE, Micros, SECOND};
use super::template::{Names, Part, parse};

/// What is said once, or not, or several times.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The median of the time since the step before.
    pub(super) delay: Micros,
    /// In how many of 100 scenes it happens.
    pub(super) chance: u8,
    pub(super) repeats: (u64, u64),
    pub(super) level: &'static str,
    pub(super) component: Vec<Part>,
    /// The component without what varies of it: who falls silent.
    pub(super) source: &'static str,
    pub(super) message: Vec<Part>,
    pub(super) beside: Vec<Part>,
    /// Whether it tells a measurement.
    pub(super) measures: bool,
}

impl Step {
    /// Whether every such scene has it exactly once.
    pub(super) fn is_certain(&self) -> bool {
        self.chance == 100 && self.repeats == (1, 1)
    }

    fn expected(&self) -> u64 {
        (self.repeats.0 + self.repeats.1) * u64::from(self.chance) * 5
    }
}

/// What is said about one thing that happens.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) presets: Vec<(usize, Vec<Part>)>,
    pub(super) steps: Vec<Step>,
    /// The places of the variables in it.
    pub(super) variables: Vec<usize>,
}

impl Script {
    pub(super) fn compile(texts: &[&'static str], names: &mut Names) -> Result<Script, String> {
        let mut script = Script { presets: Vec::new(), steps: Vec::new(), variables: Vec::new() };
        for text in texts {
            match text.strip_prefix("let ") {
                Some(preset) => script.presets.push(preset_of(preset, names)?),
                None => script.steps.push(step_of(text, names)?),
            }
        }
        for step in &script.steps {
            for part in step.component.iter().chain(&step.message).chain(&step.beside) {
                if let Part::Variable(place) = part {
                    script.variables.push(*place);
                }
            }
        }
        Ok(script)
    }

    /// How many thousandths of a line it says on the average.
    pub(super) fn expected(&self) -> u64 {
        self.steps.iter().map(Step::expected).sum::<u64>().max(1)
    }

    pub(super) fn measures(&self) -> bool {
        self.steps.iter().any(|step| step.measures)
    }

    /// The places of steps that every such scene has exactly once.
    pub(super) fn certain(&self) -> Vec<usize> {
        let steps = self.steps.iter().enumerate();
        steps.filter(|(_, step)| step.is_certain()).map(|(place, _)| place).collect()
    }
}

fn preset_of(text: &'static str, names: &mut Names) -> Result<(usize, Vec<Part>), String> {
    let (name, value) = text.split_once(" = ").ok_or_else(|| format!("`{text}` sets nothing"))?;
    let place = names.variable(name).ok_or_else(|| format!("no variable is called `{name}`"))?;
    Ok((place, parse(value, names)?))
}

fn step_of(text: &'static str, names: &mut Names) -> Result<Step, String> {
    let (head, said) = text.split_once(" | ").ok_or_else(|| format!("`{text}` has no ` | `"))?;
    let (message, beside) = said.split_once(" ;; ").unwrap_or((said, ""));
    let (mut delay, mut chance, mut repeats) = (0, 100, (1, 1));
    let mut words = head.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        if let Some(time) = word.strip_prefix('+') {
            delay = duration(time)?;
        } else if let Some(share) = word.strip_prefix('?') {
            chance = share.parse().map_err(|_| format!("`{share}` is no share"))?;
        } else if let Some(times) = word.strip_prefix('x') {
            repeats = range(times)?;
        } else {
            break;
        }
        words.next();
    }
    let level = words.next().ok_or_else(|| format!("`{text}` has no level"))?;
    let component = words.next().ok_or_else(|| format!("`{text}` says not who says it"))?;
    let (component_parts, message) = (parse(component, names)?, parse(message, names)?);
    let beside = parse(beside, names)?;
    let measuring = |part: &Part| matches!(part, Part::Tail { .. } | Part::Took { .. } | Part::Since(_));
    Ok(Step {
        delay,
        chance,
        repeats,
        level,
        component: component_parts,
        source: component.split(['[', '{', '/']).next().unwrap_or_default(),
        measures: message.iter().chain(&beside).any(measuring),
        message,
        beside,
    })
}

/// `20` (milliseconds), `5s`, `3m`.
fn duration(text: &str) -> Result<Micros, String> {
    let units = [("us", 1), ("s", SECOND), ("m", MINUTE), ("", MILLISECOND)];
    let found =
        units.iter().find_map(|(end, unit)| Some(text.strip_suffix(end)?.parse::<u64>().ok()? * unit));
    found.ok_or_else(|| format!("`{text}` is no time"))
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let ends = text.split_once("..").and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    ends.ok_or_else(|| format!("`{text}` is no range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_a_time_a_chance_a_level_and_a_voice() {
        let mut names = Names { variables: vec!["user"], ..Names::default() };
        let texts = [
            "let user = root",
            "INFO sshd[{n:1..9}] | Hello {user}",
            "+2s ?30 x1..3 WARN cron | took {took} ms ;; \"a\":1",
        ];
        let script = Script::compile(&texts, &mut names).unwrap();
        let [first, second] = script.steps.as_slice() else { panic!("{script:?}") };
        assert_eq!((first.delay, first.is_certain(), first.source, first.measures), (0, true, "sshd", false));
        assert_eq!((second.delay, second.chance, second.repeats), (2 * SECOND, 30, (1, 3)));
        assert_eq!((second.level, second.source, second.measures), ("WARN", "cron", true));
        assert_eq!((script.presets.len(), script.variables.as_slice()), (1, [0].as_slice()));
        assert_eq!((script.certain(), script.expected()), (vec![0], 1000 + 600));
    }

    #[test]
    fn what_is_no_step_is_refused() {
        for wrong in
            ["", "INFO", "INFO a b", "INFO | x", "+x INFO a | b", "x1 INFO a | b", "let a = 1", "let a"]
        {
            assert!(Script::compile(&[wrong], &mut Names::default()).is_err(), "{wrong}");
        }
    }
}
