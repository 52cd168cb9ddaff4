//! Several models over the same rows as one: rows in, one score out, and a file that holds them all.
//!
//! Each member is fitted by its name as if it were alone, on columns of one scale where it needs that, and its scores
//! are read as how rare they were in training. That is what makes them comparable, and what lets a
//! single row be ranked: it is ranked among the rows of the training, not among those that happen to come with
//! it, so that its score never depends on its company.

use crate::catalogue::{Choice, RowModel, load_member};
use crate::data::Rows;
use crate::ensemble::members::Members;
use crate::error::{FitError, LoadError, require};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::threshold::Calibration;
use crate::workers::Workers;

/// Each member has a row of the training that it finds rarest. What all say tells those apart, and hardly ever more.
const TIES: f64 = 0.001;

choice! {
    /// How the opinions of the members become one.
    pub enum Combine {
        /// The weighted mean of the ranks that a row has among the training, as how rare it would be.
        Rank = "rank",
        /// The rarity to the member that finds the row rarest, less what so many members find by chance.
        Maximum = "maximum",
        /// The weighted share of the members that would flag the row.
        Vote = "vote",
    }
}

settings! {
    /// Parameters of several models together.
    pub struct Params => Method {
        /// The models that take part, each with its default parameters, and a weight behind a colon if it is not 1.
        members: Members = Members::default(),
            "models over rows, parted by commas, such as isolation-forest,pca:2; weights from 0.001 to 1000",
            |_| true;
        /// How their opinions become one.
        combine: Combine = Combine::Rank, "rank, maximum, vote", |_| true;
        /// Which share of the training each member would flag, where they vote.
        share: f64 = 0.01, "above 0, up to 0.5", |share| *share > 0.0 && *share <= 0.5;
    }
}

/// A model with what it usually says.
struct Member {
    model: Box<dyn RowModel>,
    weight: f64,
    usual: Calibration,
}

/// Fitted models, and how their opinions become one.
pub struct Together {
    guard: Guard,
    combine: Combine,
    share: f64,
    members: Vec<Member>,
    /// Not saved: nobody asks a loaded model about its training.
    training: Option<Vec<f64>>,
}

impl Fit for Method {
    type Fitted = Together;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Together, FitError> {
        let Params { members, combine, share } = *self.params();
        let guard = Guard::fit(rows, 1)?;
        let (mut fitted, mut said) = (Vec::new(), Vec::new());
        for (place, (name, weight)) in members.each().enumerate() {
            let choice = Choice::named(name)?;
            let model =
                choice.fit_rows(rows, choice.card().standardise, seed.split(place as u64), workers)?;
            let scores = of_training(&*model, rows, workers)?;
            fitted.push(Member { model, weight, usual: Calibration::fit(&scores)? });
            said.push(scores);
        }
        let mut together = Together { guard, combine, share, members: fitted, training: None };
        require(!together.members.is_empty(), "members", 0, "at least 1")?;
        let mut training = vec![0.0; rows.len()];
        together.combine_all(&said, &mut training);
        together.training = Some(training);
        Ok(together)
    }
}

fn of_training(model: &dyn RowModel, rows: Rows<'_>, workers: &dyn Workers) -> Result<Vec<f64>, FitError> {
    if let Some(scores) = model.training_scores() {
        return Ok(scores.to_vec());
    }
    let mut scores = Vec::with_capacity(rows.len());
    let width = |_| FitError::Diverged("a member sees other columns than it was fitted on");
    model.score_with(rows, workers, &mut scores).map_err(width)?;
    Ok(scores)
}

impl Together {
    /// One score for each row from the scores of each member.
    fn combine_all(&self, said: &[Vec<f64>], out: &mut [f64]) {
        let mut values = vec![0.0; said.len()];
        for (row, out) in out.iter_mut().enumerate() {
            for ((value, member), scores) in values.iter_mut().zip(&self.members).zip(said) {
                *value = member.usual.p_value(scores.get(row).copied().unwrap_or(0.0));
            }
            *out = self.combined(&values);
        }
    }

    /// One score from how probable each member finds as high a score.
    fn combined(&self, probable: &[f64]) -> f64 {
        let weights = self.members.iter().map(|member| member.weight);
        let whole: f64 = weights.clone().sum();
        let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
            weights.zip(probable).map(|(weight, &probable)| weight / whole * of(probable)).sum()
        };
        match self.combine {
            Combine::Rank => -mean(&|probable| probable).log10(),
            Combine::Vote => mean(&|probable| f64::from(u8::from(probable <= self.share))),
            Combine::Maximum => {
                let least = probable.iter().copied().fold(1.0, f64::min);
                let rarity = (-(least * probable.len() as f64).log10()).max(0.0);
                rarity + TIES * mean(&|probable| -probable.log10())
            }
        }
    }

    fn said(&self, rows: Rows<'_>) -> Vec<Vec<f64>> {
        let said = |member: &Member| {
            let mut scores = Vec::with_capacity(rows.len());
            // Rows were admitted by the same width; a member that refused them would not be heard.
            let heard = member.model.score(rows, &mut scores).is_ok();
            if heard { scores } else { Vec::new() }
        };
        self.members.iter().map(said).collect()
    }
}

impl Score for Together {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn training_scores(&self) -> Option<&[f64]> {
        self.training.as_deref()
    }

    /// As many as the member wants that wants most.
    fn block(&self) -> usize {
        self.members.iter().map(|member| member.model.block()).max().unwrap_or(1)
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        self.combine_all(&self.said(rows), out);
    }

    /// The shares that the members give, each by its weight and by how rare it finds the row.
    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut parts = vec![0.0; row.len()];
        for (member, scores) in self.members.iter().zip(self.said(Rows::one(row))) {
            let rarity = member.usual.rarity(scores.first().copied().unwrap_or(0.0));
            let shares = member.model.shares(row).unwrap_or_default();
            parts.iter_mut().zip(shares).for_each(|(part, share)| *part += member.weight * rarity * share);
        }
        shares_of_parts(parts)
    }
}

impl Save for Together {
    const KIND: &'static str = super::members::ENSEMBLE;

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.u8(match self.combine {
            Combine::Rank => 0,
            Combine::Maximum => 1,
            Combine::Vote => 2,
        });
        writer.f64(self.share);
        writer.length(self.members.len());
        for member in &self.members {
            writer.f64(member.weight);
            member.usual.write(writer);
            writer.u8s(&member.model.saved());
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let combine = match reader.u8()? {
            0 => Combine::Rank,
            1 => Combine::Maximum,
            2 => Combine::Vote,
            _ => return Err(LoadError::Damaged("how opinions become one")),
        };
        let share = reader.finite_f64()?;
        let count = reader.count(64)?;
        let members: Vec<Member> = (0..count).map(|_| member(reader, &guard)).collect::<Result<_, _>>()?;
        if members.is_empty() || !(share > 0.0 && share <= 0.5) {
            return Err(LoadError::Damaged("no member, or no share"));
        }
        Ok(Self { guard, combine, share, members, training: None })
    }
}

fn member(reader: &mut Reader<'_>, guard: &Guard) -> Result<Member, LoadError> {
    let weight = reader.finite_f64()?;
    let usual = Calibration::read(reader, 1)?;
    let model = load_member(&reader.u8s()?)?;
    if !(0.001..=1000.0).contains(&weight) || model.columns() != guard.columns() {
        return Err(LoadError::Damaged("a member"));
    }
    Ok(Member { model, weight, usual })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Table;
    use crate::laws;
    use crate::settings::{Settings, Value};

    fn params(members: &str, combine: Combine) -> Params {
        Params { members: Members::parse(members).unwrap(), combine, ..Params::default() }
    }

    #[test]
    fn laws_hold() {
        for combine in [Combine::Rank, Combine::Maximum, Combine::Vote] {
            laws::hold(&params("isolation-forest,lof:2,pca", combine).check().unwrap(), 3);
        }
    }

    #[test]
    fn opinions_become_one() {
        let table = laws::cloud(200, 2);
        let check = |combine, probable: &[f64], expected: f64| {
            let method = params("z-score:3,ecod", combine).check().unwrap();
            let model = method.fit(table.rows(), Seed(1)).unwrap();
            // Members stand in the order of the catalogue: the ecod before the z-score.
            assert!(
                (model.combined(probable) - expected).abs() < 1e-12,
                "{combine} {}",
                model.combined(probable)
            );
        };
        check(Combine::Rank, &[0.5, 0.1], -0.2f64.log10());
        check(Combine::Vote, &[0.01, 0.5], 0.25);
        check(Combine::Vote, &[0.02, 0.001], 0.75);
        check(Combine::Maximum, &[0.1, 0.0005], 3.0 + TIES * (1.0 - 3.0 * 0.0005f64.log10()) / 4.0);
        check(Combine::Maximum, &[1.0, 0.8], TIES * -0.75 * 0.8f64.log10());
    }

    #[test]
    fn what_one_member_sees_is_heard() {
        // Each number is an ordinary one, and only together they are not, which one member of two sees.
        let mut table = laws::cloud(300, 1);
        table = Table::from_values(table.rows().values().iter().flat_map(|&x| [x, x]).collect(), 2).unwrap();
        let odd = [2.0, -2.0];
        for (combine, most) in [(Combine::Maximum, 3), (Combine::Rank, 30)] {
            let model = params("lof,ecod", combine).check().unwrap().fit(table.rows(), Seed(1)).unwrap();
            let (mut ordinary, mut scores) = (Vec::new(), Vec::new());
            model.score(table.rows(), &mut ordinary).unwrap();
            model.score(Rows::one(&odd), &mut scores).unwrap();
            let above = ordinary.iter().filter(|&&score| score >= scores[0]).count();
            assert!(above <= most, "{combine} {above} {}", scores[0]);
        }
    }

    #[test]
    fn members_that_are_not_legal_are_told() {
        let mut params = Params::default();
        for odd in ["pca,ensemble", "nobody", "pca:0"] {
            let told = params.set("members", odd).unwrap_err().to_string();
            assert!(told.contains(odd) && told.contains("0.001 to 1000"), "{told}");
        }
        params.set("members", "pca,lof:2").unwrap();
        assert_eq!(params.values()[0].1, "local-outlier-factor:2,pca");
    }

    #[test]
    fn an_ensemble_within_an_ensemble_is_refused() {
        let model = params("pca", Combine::Rank).check().unwrap();
        let fitted = model.fit(laws::cloud(60, 2).rows(), Seed(1)).unwrap();
        assert!(load_member(&fitted.to_bytes()).is_err());
        let scaled = Choice::named("ensemble").unwrap();
        let scaled =
            scaled.fit_rows(laws::cloud(60, 2).rows(), true, Seed(1), &crate::workers::Alone).unwrap();
        assert_eq!(scaled.kind(), "standardised");
        assert!(load_member(&scaled.saved()).is_err());
    }
}
