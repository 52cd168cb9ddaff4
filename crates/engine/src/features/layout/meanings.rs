//! Vectors of templates in, columns of what they mean out: how unlike everything the training knows, and how like each
//! of a few templates that stand far from each other.
//!
//! Those few are templates of the training and not directions of a decomposition, so that a column has a name that
//! people can read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::sheet::Entry;
use super::known::Known;
use super::{Names, Space};
use crate::embedding::{Embed, similarity, wording};
use crate::model::{BlockReader, BlockWriter, ModelError};

/// Templates of a training whose vectors are kept, the most frequent.
const MOST: usize = 1024;
/// Columns of likeness.
const LIKENESSES: usize = 16;
/// Numbers of a vector.
const LONGEST: usize = 4096;
/// What is asked of every model, so that another one is noticed.
const PROBE: &str = "connection to the server was lost";
/// How like its answers must be.
const SAME: f64 = 0.999;

/// Vectors of keys that a training never met.
pub(in crate::features) type Met = BTreeMap<u64, Arc<[f32]>>;

/// What the templates of a training mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meanings {
    /// What the model that made the vectors says of the probe.
    probe: Vec<f32>,
    vectors: Vec<Vec<f32>>,
    /// How unlike the nearest other each is.
    novelties: Vec<f32>,
    /// Which of them have a column.
    columns: Vec<u32>,
    /// The vector of each key, in the order of the keys.
    places: Vec<(u64, u32)>,
}

impl Meanings {
    /// Of the templates of a training.
    pub(super) fn fit(known: &Known, names: &Names, embed: &dyn Embed) -> (Meanings, Vec<String>) {
        let mut frequent = known.most_frequent(names, Space::Template, MOST);
        // What has no name has no words.
        frequent.retain(|(_, keys)| keys.iter().any(|key| names.template(*key).is_some()));
        let wordings: Vec<String> = frequent.iter().map(|(name, _)| wording(name)).collect();
        let texts: Vec<&str> = wordings.iter().map(String::as_str).collect();
        let vectors: Vec<Vec<f32>> = embed.vectors(&texts).iter().map(|vector| vector.to_vec()).collect();
        let keys = |(keys, place): (&(String, Vec<u64>), u32)| {
            keys.1.iter().map(move |key| (*key, place)).collect::<Vec<_>>()
        };
        let mut places: Vec<(u64, u32)> = frequent.iter().zip(0..).flat_map(keys).collect();
        places.sort_unstable();
        let columns = far_apart(&vectors);
        let mut named = vec!["semantic.novelty".to_owned()];
        let name = |at: &u32| frequent.get(*at as usize).map_or("", |(name, _)| name);
        named.extend(columns.iter().map(|at| format!("semantic[{}]", name(at))));
        let probe = embed.vectors(&[PROBE]).first().map(|vector| vector.to_vec()).unwrap_or_default();
        let novelties = (0..vectors.len()).map(|at| lone(&vectors, at)).collect();
        (Meanings { probe, vectors, novelties, columns, places }, named)
    }

    /// Whether these vectors come from the same model.
    pub(super) fn is_by(&self, embed: &dyn Embed) -> bool {
        let answer = embed.vectors(&[PROBE]);
        answer
            .first()
            .is_some_and(|answer| answer.len() == self.probe.len() && similarity(answer, &self.probe) >= SAME)
    }

    pub(super) fn knows(&self, key: u64) -> bool {
        self.place(key).is_some()
    }

    fn place(&self, key: u64) -> Option<usize> {
        let at = self.places.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.places.get(at).map(|(_, place)| *place as usize)
    }

    pub(super) fn columns(&self) -> usize {
        1 + self.columns.len()
    }

    /// Appends the columns of a row: of novelty the most, of likeness the mean over its records.
    pub(super) fn push<'a>(&self, entries: impl Iterator<Item = &'a Entry>, met: &Met, row: &mut Vec<f32>) {
        let (mut novelty, mut count) = (f32::NAN, 0.0);
        let mut sums = vec![0.0; self.columns.len()];
        for entry in entries {
            let place = self.place(entry.key);
            let own = place.and_then(|place| self.vectors.get(place)).map(Vec::as_slice);
            let Some(vector) = own.or_else(|| met.get(&entry.key).map(|vector| &**vector)) else { continue };
            let known = place.and_then(|place| self.novelties.get(place)).copied();
            novelty = known.unwrap_or_else(|| unlike(vector, self.vectors.iter())).max(novelty);
            count += entry.value;
            for (sum, column) in sums.iter_mut().zip(&self.columns) {
                let other = self.vectors.get(*column as usize).map_or(&[][..], Vec::as_slice);
                *sum += entry.value * similarity(vector, other) as f32;
            }
        }
        row.push(novelty);
        row.extend(sums.iter().map(|sum| sum / count));
    }

    pub(super) fn write(&self, block: &mut BlockWriter) {
        let numbers = |block: &mut BlockWriter, numbers: &Vec<f32>| {
            numbers.iter().for_each(|number| block.u32(number.to_bits()));
        };
        block.count(self.probe.len());
        numbers(block, &self.probe);
        block.list(self.vectors.iter().zip(&self.novelties), |block, (vector, novelty)| {
            numbers(block, vector);
            block.u32(novelty.to_bits());
        });
        block.list(self.columns.iter(), |block, column| block.varint(u64::from(*column)));
        block.list(self.places.iter(), |block, (key, place)| {
            block.u64(*key);
            block.varint(u64::from(*place));
        });
    }

    pub(super) fn read(block: &mut BlockReader<'_>) -> Result<Meanings, ModelError> {
        let offset = block.offset();
        let length = block.at_most("numbers of a vector", LONGEST as u64)? as usize;
        let vector = |block: &mut BlockReader<'_>| {
            (0..length).map(|_| Ok(f32::from_bits(block.u32()?))).collect::<Result<Vec<f32>, ModelError>>()
        };
        let probe = vector(block)?;
        let pair = |block: &mut BlockReader<'_>| Ok((vector(block)?, f32::from_bits(block.u32()?)));
        let (vectors, novelties): (Vec<Vec<f32>>, Vec<f32>) =
            block.list("vectors of templates", MOST, 4 * length + 4, pair)?.into_iter().unzip();
        let place = |block: &mut BlockReader<'_>| Ok(block.at_most("a vector", MOST as u64)? as u32);
        let columns = block.list("columns of likeness", LIKENESSES, 1, place)?;
        let places = block
            .list("vectors of keys", super::known::MOST, 9, |block| Ok((block.u64()?, place(block)?)))?;
        let within = |number: &f32| number.abs() <= 2.0;
        let sound = probe.iter().chain(vectors.iter().flatten()).chain(&novelties).all(within)
            && columns
                .iter()
                .chain(places.iter().map(|(_, place)| place))
                .all(|at| (*at as usize) < vectors.len())
            && places.is_sorted_by(|one, other| one.0 < other.0);
        if sound {
            return Ok(Meanings { probe, vectors, novelties, columns, places });
        }
        Err(block.malformed("meanings of templates", offset, "vectors of length 1, rising keys", "others"))
    }
}

/// How unlike the nearest of all, from 0 to 2; 1 where there is none.
fn unlike<'a>(vector: &[f32], others: impl Iterator<Item = &'a Vec<f32>>) -> f32 {
    let nearest = others.map(|other| similarity(vector, other)).max_by(f64::total_cmp);
    (1.0 - nearest.unwrap_or(0.0)) as f32
}

fn lone(vectors: &[Vec<f32>], at: usize) -> f32 {
    let own = vectors.get(at).map_or(&[][..], Vec::as_slice);
    unlike(own, vectors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, vector)| vector))
}

/// The most frequent one first, and then always the one that is farthest from all before it.
fn far_apart(vectors: &[Vec<f32>]) -> Vec<u32> {
    let mut nearest = vec![f64::NEG_INFINITY; vectors.len()];
    let mut chosen: Vec<u32> = Vec::new();
    let mut next = (!vectors.is_empty()).then_some(0usize);
    while let Some(at) = next.filter(|_| chosen.len() < LIKENESSES) {
        chosen.push(at as u32);
        let own = vectors.get(at).map_or(&[][..], Vec::as_slice);
        for (nearest, vector) in nearest.iter_mut().zip(vectors) {
            *nearest = nearest.max(similarity(own, vector));
        }
        let farthest = nearest.iter().copied().enumerate().min_by(|one, other| one.1.total_cmp(&other.1));
        // What means the same as one before it says nothing new.
        next = farthest.filter(|(_, like)| *like < 0.999).map(|(at, _)| at);
    }
    chosen
}
