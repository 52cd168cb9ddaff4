//! The words of how what is unusual is found.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

const SENSITIVITY: f64 = 1.0;

/// How what is unusual is found.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is unusual")]
pub(crate) struct Detect {
    /// How many false incidents are accepted: `5/day` of log time, or `20/GB` read
    ///
    /// Thresholds follow from it. What is beyond the budget is held back, counted and
    /// listed beneath. 5/day where nothing is said; `diff`, which somebody asks for who
    /// looks for a difference, takes 50/day.
    #[arg(long, value_name = "BUDGET", env = "LOGSIFT_BUDGET")]
    pub(crate) budget: Option<String>,

    /// Above 1 more is found than the budget says, below 1 less
    #[arg(long, value_name = "FACTOR", default_value_t = SENSITIVITY, value_parser = sensitivity)]
    pub(crate) sensitivity: f64,

    /// Something was deployed then: messages that are new or gone since are one incident
    ///
    /// TIME is written as for --since; may be given more than once. A release that rewords
    /// many messages is found without this, too.
    #[arg(long, value_name = "TIME")]
    pub(crate) deploy: Vec<String>,

    /// Listen for the rules of this folder, too
    ///
    /// All .yaml files in it and in its folders. A rule of the name of a built-in one takes
    /// its place. `logsift rules check` tries them.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_RULES")]
    pub(crate) rules: Option<PathBuf>,

    /// Heed what this file says about findings [default: logsift.feedback.yaml in the working folder]
    ///
    /// `logsift feedback` writes it: what is normal, expected for a while, important, or of
    /// another severity. What it holds back is counted and listed.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "LOGSIFT_FEEDBACK")]
    pub(crate) feedback: Option<PathBuf>,

    /// Look at what messages mean, too, with the language model of this folder
    ///
    /// A sentence-transformers model of the BERT family, such as all-MiniLM-L6-v2: config.json,
    /// tokenizer.json or vocab.txt, model.safetensors. Templates are looked at and not lines.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_EMBEDDINGS")]
    pub(crate) embeddings: Option<PathBuf>,

    /// Listen for no rules, not even the built-in ones
    #[arg(long, conflicts_with = "rules")]
    pub(crate) no_rules: bool,
}

/// What is known already.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is unusual")]
pub(crate) struct Known {
    /// Compare with this model instead of with the log itself
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: Option<PathBuf>,
}

impl Detect {
    /// What it is where nobody asked for anything.
    pub(crate) fn unasked() -> Detect {
        Detect {
            budget: None,
            sensitivity: SENSITIVITY,
            deploy: Vec::new(),
            feedback: None,
            rules: None,
            embeddings: None,
            no_rules: false,
        }
    }
}

/// From which severity on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any incident.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Something is broken.
    Critical,
}
fn sensitivity(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number")?;
    if (0.01..=100.0).contains(&factor) { Ok(factor) } else { Err("0.01 to 100".to_owned()) }
}
