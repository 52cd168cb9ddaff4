//! The stated errors of quantiles, their edges, and the laws.

use proptest::prelude::*;

use super::super::laws::{self, Sketch};
use super::*;

impl Sketch for Quantiles {
    /// The bits of a value.
    type Item = u64;
    fn add_item(&mut self, item: &u64) {
        self.add(f64::from_bits(*item));
    }
    fn absorb_other(&mut self, other: &Quantiles) {
        self.absorb(other);
    }
    fn write_to(&self, block: &mut BlockWriter) {
        self.write(block);
    }
    fn read_from(block: &mut BlockReader<'_>) -> Result<Quantiles, ModelError> {
        Quantiles::read(block)
    }
    fn memory(&self) -> usize {
        self.bytes()
    }
}

fn sketch(values: &[f64]) -> Quantiles {
    let mut sketch = Quantiles::default();
    values.iter().for_each(|value| sketch.add(*value));
    sketch
}

/// Every quantile is within the stated error of the value with its rank.
fn check_errors(values: &[f64]) -> Quantiles {
    let sketch = sketch(values);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let error = sketch.relative_error();
    for step in 0..=200 {
        let q = f64::from(step) / 200.0;
        let truth = sorted[(q * (sorted.len() - 1) as f64) as usize];
        let found = sketch.quantile(q).unwrap();
        // A value below the smallest normal number counts as zero.
        let allowed = (truth.abs() * error * (1.0 + 1e-12)).max(f64::MIN_POSITIVE);
        assert!(!sketch.is_whole() || found.fract() == 0.0, "{found} is not whole");
        assert!((found - truth).abs() <= allowed, "q {q}: {found} for {truth}, error {error}");
    }
    assert_eq!(sketch.quantile(0.0), sorted.first().copied());
    assert_eq!(sketch.quantile(1.0), sorted.last().copied());
    sketch
}

/// Numbers that look random and are the same in every run.
fn scattered(count: u64) -> impl Iterator<Item = f64> {
    (0..count).map(|step| (crate::sketches::mix(step) >> 11) as f64 / (1u64 << 53) as f64)
}

#[test]
fn the_error_is_as_stated() {
    let uniform: Vec<f64> = scattered(10_000).map(|value| 20.0 + 40.0 * value).collect();
    assert_eq!(check_errors(&uniform).relative_error(), 1.0 / 129.0);
    let heavy: Vec<f64> = scattered(10_000).map(|value| 0.001 / (1.0 - value).powi(2)).collect();
    check_errors(&heavy);
    let both: Vec<f64> = scattered(10_000).map(|value| (value - 0.5).powi(3) * 1e6).collect();
    check_errors(&both);
    let whole: Vec<f64> = scattered(10_000).map(|value| (value * 1e5).floor()).collect();
    check_errors(&whole);
    let doublings: Vec<f64> = scattered(100_000).map(|value| 2f64.powf(value * 15.9)).collect();
    assert_eq!(check_errors(&doublings).relative_error(), 1.0 / 129.0);
    let wide: Vec<f64> = scattered(100_000).map(|value| 2f64.powf(value * 31.9)).collect();
    assert_eq!(check_errors(&wide).relative_error(), 1.0 / 65.0);
    let everything: Vec<f64> = (0..100_000u64)
        .map(|step| f64::from_bits(crate::sketches::mix(step)))
        .filter(|value| value.is_finite())
        .collect();
    let sketch = check_errors(&everything);
    assert!(sketch.pages.len() <= PAGES && sketch.level <= COARSEST);
    assert!(sketch.bytes() < 10_000, "{}", sketch.bytes());
}

#[test]
fn one_odd_value_costs_no_accuracy() {
    let mut values: Vec<f64> = scattered(10_000).map(|value| 20.0 + 40.0 * value).collect();
    values.extend([1e300, -1e-300, 5e9]);
    assert_eq!(check_errors(&values).relative_error(), 1.0 / 129.0);
}

#[test]
fn edges() {
    let empty = Quantiles::default();
    assert_eq!((empty.quantile(0.5), empty.mean(), empty.sum()), (None, None, 0.0));
    let odd = sketch(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 7.0]);
    assert_eq!((odd.ignored(), odd.count(), odd.quantile(0.5)), (3, 1, Some(7.0)));
    assert_eq!((odd.quantile(f64::NAN), odd.quantile(-1.0), odd.quantile(9.0)), (None, Some(7.0), Some(7.0)));
    let zeros = sketch(&[0.0, -0.0, f64::from_bits(1), -1.0]);
    assert_eq!((zeros.smallest(), zeros.greatest()), (Some(-1.0), Some(f64::from_bits(1))));
    assert_eq!(zeros.quantile(0.5), Some(0.0));
    assert_eq!(sketch(&[f64::MAX; 3]).quantile(0.5), Some(f64::MAX));
    assert_eq!(sketch(&[200.0, 200.0, 404.0, 500.0]).mean(), Some(326.0));
    let small: Vec<f64> = (0..128).map(f64::from).collect();
    assert_eq!(sketch(&small).quantile(0.5), Some(63.0));
    let whole: Vec<f64> = (0..70_000).map(|value| f64::from(value - 9_000)).collect();
    assert_eq!(check_errors(&whole).relative_error(), 1.0 / 65.0);
    assert_eq!(check_errors(&whole[9_000..]).relative_error(), 1.0 / 129.0);
    check_errors(&(0..70_000).map(|value| f64::from(value) * 1e9).collect::<Vec<f64>>());
}

#[test]
fn damage_is_survived() {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    laws::survive_damage::<Quantiles>(&bits(&[]));
    laws::survive_damage::<Quantiles>(&bits(&[1.0, 20.5, -3.0, 0.0, f64::NAN, 1e9, -1e-300]));
    laws::survive_damage::<Quantiles>(&(0..100).map(crate::sketches::mix).collect::<Vec<u64>>());
}

fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0..2000i32).prop_map(|value| f64::from(value).to_bits()),
        (-1e9..1e9f64).prop_map(f64::to_bits),
        Just((-0.0f64).to_bits()),
        Just(f64::NAN.to_bits()),
    ]
}

proptest! {
    #[test]
    fn laws(items in proptest::collection::vec(value(), 0..300), cuts in (0..300usize, 0..300usize)) {
        laws::hold::<Quantiles>(&items, cuts);
    }

    #[test]
    fn errors(values in proptest::collection::vec(value(), 1..300)) {
        let values: Vec<f64> = values.into_iter().map(f64::from_bits).filter(|value| value.is_finite()).collect();
        if !values.is_empty() {
            check_errors(&values);
        }
    }
}
