//! `merge` and `model`: models in, one model, what is in them or a signature out.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use logsift_engine::model::MAGIC;
use logsift_pipeline::learning::{self, ModelUseError};
use logsift_pipeline::model_file::write_model_file;
use logsift_pipeline::outlier_model;
use logsift_pipeline::signing::{self, Signer, SigningError};
use logsift_reports::json;
use logsift_reports::outlier_report::OutlierReport;
use logsift_reports::text::figures::{counted, thousands};
use logsift_reports::text::model::ModelText;
use logsift_reports::text::outlier_model::OutlierText;

use crate::arguments::{Inspect, Keys, Manners, Merge, ReportFormat, Sign, Verify};
use crate::exit::{Exit, Problem};
use crate::{outputs, screen};

/// So many templates are listed for people unless more are asked for.
const LISTED: usize = 40;
/// So many columns.
const COLUMNS: usize = 12;

/// Merges models.
pub(crate) fn merge(arguments: &Merge, manners: &Manners) -> Result<Exit, Problem> {
    refuse_target(&arguments.output)?;
    let merged =
        learning::merge(&arguments.models, manners.signer()?.as_ref()).map_err(|error| unusable(&error))?;
    write_model_file(&arguments.output, &merged.write()).map_err(Problem::internal)?;
    if !manners.quiet {
        let account = merged.miner().account();
        let text = format!(
            "{}: {} in {}, {}",
            arguments.output.display(),
            counted(account.records, "record", "records"),
            counted(merged.parts().len() as u64, "part", "parts"),
            counted(merged.miner().templates().list().len() as u64, "template", "templates"),
        );
        outputs::print(|out| writeln!(out, "{text}"))?;
    }
    Ok(Exit::Ran)
}

/// Says what a model holds.
pub(crate) fn inspect(arguments: &Inspect, manners: &Manners) -> Result<Exit, Problem> {
    let signer = manners.signer()?;
    if let Some(report) = outliers(&arguments.model, signer.as_ref())? {
        return inspect_outliers(report, arguments, manners);
    }
    let mut report =
        learning::inspect(&arguments.model, signer.as_ref()).map_err(|error| unusable(&error))?;
    match arguments.format {
        ReportFormat::Json => outputs::print(|out| json::document(&report, out))?,
        ReportFormat::Text => {
            if !arguments.all {
                report.templates.truncate(LISTED);
            }
            let (width, palette) = (screen::width(), screen::palette(manners));
            let text = ModelText { width, palette, everything: manners.verbose };
            outputs::print(|out| text.render(&report, out))?;
        }
    }
    Ok(Exit::Ran)
}

/// What is in the file, if that is an outlier model.
fn outliers(path: &Path, signer: Option<&Signer>) -> Result<Option<OutlierReport>, Problem> {
    outlier_model::inspect(path, signer).map_err(Problem::unreadable)
}

fn inspect_outliers(
    mut report: OutlierReport,
    arguments: &Inspect,
    manners: &Manners,
) -> Result<Exit, Problem> {
    match arguments.format {
        ReportFormat::Json => outputs::print(|out| json::document(&report, out))?,
        ReportFormat::Text => {
            if !arguments.all {
                report.columns.truncate(COLUMNS);
            }
            let text = OutlierText { width: screen::width(), palette: screen::palette(manners) };
            outputs::print(|out| text.render(&report, out))?;
        }
    }
    Ok(Exit::Ran)
}

/// Checks that a model is sound.
pub(crate) fn verify(arguments: &Verify, manners: &Manners) -> Result<Exit, Problem> {
    let signer = manners.signer()?;
    if let Some(report) = outliers(&arguments.model, signer.as_ref())? {
        let rows = format!("{} on {} {}", report.model, thousands(report.rows), report.rows_of);
        let blocks = counted(report.blocks.len() as u64, "block", "blocks");
        if !manners.quiet {
            let signed = signed(signer.as_ref());
            let model = arguments.model.display();
            outputs::print(|out| writeln!(out, "{model}: sound, {blocks}, {rows}{signed}"))?;
        }
        return Ok(Exit::Ran);
    }
    let report = learning::inspect(&arguments.model, signer.as_ref()).map_err(|error| unusable(&error))?;
    if !manners.quiet {
        let text = format!(
            "{}: sound, {}, {}, {}{}",
            arguments.model.display(),
            counted(report.blocks.len() as u64, "block", "blocks"),
            counted(report.parts.len() as u64, "part", "parts"),
            counted(report.mined.records, "record", "records"),
            signed(signer.as_ref()),
        );
        outputs::print(|out| writeln!(out, "{text}"))?;
    }
    Ok(Exit::Ran)
}

/// What is said of a model that was read, so that its signature is right.
fn signed(signer: Option<&Signer>) -> String {
    signer.map(|signer| format!(", signed by {}", signer.path().display())).unwrap_or_default()
}

/// Makes a pair of keys.
pub(crate) fn keys(arguments: &Keys, manners: &Manners) -> Result<Exit, Problem> {
    let [secret, public] = signing::make_keys(&arguments.name).map_err(Problem::usage)?;
    if !manners.quiet {
        let (secret, public) = (secret.display(), public.display());
        let text =
            format!("{secret} signs models and stays with you, {public} is for everybody who reads them");
        outputs::print(|out| writeln!(out, "{text}"))?;
    }
    Ok(Exit::Ran)
}

/// Signs a model that is sound.
pub(crate) fn sign(arguments: &Sign, manners: &Manners) -> Result<Exit, Problem> {
    if outliers(&arguments.model, None)?.is_none() {
        learning::inspect(&arguments.model, None).map_err(|error| unusable(&error))?;
    }
    let signature = signing::sign(&arguments.model, &arguments.key).map_err(|error| match error {
        SigningError::Key { .. } => Problem::usage(error),
        _ => Problem::unreadable(error),
    })?;
    if !manners.quiet {
        let (model, signature) = (arguments.model.display(), signature.display());
        outputs::print(|out| writeln!(out, "{model}: signed, {signature}"))?;
    }
    Ok(Exit::Ran)
}

/// A damaged model is an input that cannot be read; one that does not fit is a wrong use.
pub(crate) fn unusable(error: &ModelUseError) -> Problem {
    if error.is_usage() { Problem::usage(error) } else { Problem::unreadable(error) }
}

/// Whether the file begins as a model does.
pub(crate) fn is_model(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    let regular = fs::metadata(path).is_ok_and(|file| file.is_file());
    regular && File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == MAGIC
}

/// Refuses a target that cannot become a model before a long run, not after it.
pub(crate) fn refuse_target(path: &Path) -> Result<(), Problem> {
    let refused = |reason: &dyn std::fmt::Display| {
        Err(Problem::usage(format!("cannot write to `{}`: {reason}", path.display())))
    };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => refused(&"it is no regular file\nhint: name a file"),
        Ok(found) if found.len() > 0 && !is_model(path) => {
            refused(&"it exists and is no logsift model\nhint: name another file, or move that one away")
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => refuse_folder(path),
        Err(error) => refused(&error),
    }
}

fn refuse_folder(path: &Path) -> Result<(), Problem> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    let (path, folder) = (path.display(), folder.display());
    Err(Problem::usage(format!(
        "cannot write to `{path}`: there is no folder `{folder}`\nhint: make it first"
    )))
}
