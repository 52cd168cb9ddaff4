//! What a block does besides multiplying: attention, bringing rows to one scale, bending.

/// Brings every row to mean 0 and deviation 1, and then to the scale that was learned.
pub(crate) struct Norm {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    /// What is added to a variance, so that it is not 0.
    pub(crate) least: f64,
}

impl Norm {
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.scale.len().max(1)) {
            // In f64, where no square of a f32 becomes infinite.
            let count = row.len() as f64;
            let mean = row.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
            let variance = row.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
            let by = 1.0 / (variance + self.least).sqrt();
            for ((value, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
                *value = ((f64::from(*value) - mean) * by) as f32 * scale + shift;
            }
        }
    }
}

/// How numbers are bent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bend {
    /// By the share of a normal distribution that lies below.
    Gelu,
    /// By a formula that is near to it.
    GeluNear,
    /// What is below 0 becomes 0.
    Relu,
}

impl Bend {
    pub(crate) fn named(name: &str) -> Option<Bend> {
        match name {
            "gelu" => Some(Bend::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" => Some(Bend::GeluNear),
            "relu" => Some(Bend::Relu),
            _ => None,
        }
    }

    pub(crate) fn of(self, value: f32) -> f32 {
        match self {
            Bend::Gelu => value * 0.5 * (1.0 + error_function(value * std::f32::consts::FRAC_1_SQRT_2)),
            Bend::GeluNear => {
                let inner = (2.0 / std::f32::consts::PI).sqrt() * (value + 0.044_715 * value * value * value);
                value * 0.5 * (1.0 + inner.tanh())
            }
            Bend::Relu => value.max(0.0),
        }
    }
}

/// The error function, to 1.5e-7 (Abramowitz and Stegun 7.1.26).
fn error_function(value: f32) -> f32 {
    const PARTS: [f64; 5] = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let size = f64::from(value.abs());
    let step = 1.0 / (1.0 + 0.327_591_1 * size);
    let sum = PARTS.iter().fold(0.0, |sum, part| (sum + part) * step);
    let error = 1.0 - sum * (-size * size).exp();
    if value < 0.0 { -error as f32 } else { error as f32 }
}

/// Every piece's mixture of the values of all pieces of its text, for each head by itself.
pub(crate) fn attend(
    [query, key, value]: [&[f32]; 3],
    lengths: &[usize],
    hidden: usize,
    heads: usize,
) -> Vec<f32> {
    let mut seen = vec![0.0; query.len()];
    let (width, mut start) = (hidden / heads.max(1), 0);
    let mut shares = Vec::new();
    for length in lengths {
        let rows = start * hidden..(start + length) * hidden;
        start += length;
        let text =
            (query.get(rows.clone()), key.get(rows.clone()), value.get(rows.clone()), seen.get_mut(rows));
        let (Some(query), Some(key), Some(value), Some(seen)) = text else { break };
        for head in 0..heads {
            let part = head * width..(head + 1) * width;
            for (query, seen) in query.chunks_exact(hidden).zip(seen.chunks_exact_mut(hidden)) {
                let (Some(query), Some(seen)) = (query.get(part.clone()), seen.get_mut(part.clone())) else {
                    break;
                };
                let keys = key.chunks_exact(hidden).filter_map(|row| row.get(part.clone()));
                let values = value.chunks_exact(hidden).filter_map(|row| row.get(part.clone()));
                shares.clear();
                shares.extend(keys.map(|key| product(query, key) / (width as f32).sqrt()));
                soften(&mut shares);
                for (share, value) in shares.iter().zip(values) {
                    seen.iter_mut().zip(value).for_each(|(seen, value)| *seen += share * value);
                }
            }
        }
    }
    seen
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Numbers become shares of 1, the larger the more.
fn soften(numbers: &mut [f32]) {
    let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for number in numbers.iter_mut() {
        *number = (*number - most).exp();
        sum += *number;
    }
    numbers.iter_mut().for_each(|number| *number /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_is_that_of_the_tables() {
        for (value, wanted) in
            [(0.0, 0.0), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (-2.0, -0.995_322_3), (9.0, 1.0)]
        {
            assert!((error_function(value) - wanted).abs() < 3e-7, "{value}");
        }
    }

    #[test]
    fn attention_looks_at_its_own_text_only() {
        // Two texts of one piece each: all attention is on the piece itself.
        let (query, value) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
        assert_eq!(attend([&query, &query, &value], &[1, 1], 2, 2), value);
        // One text of two pieces with equal keys: the mean.
        let key = [1.0, 1.0, 1.0, 1.0];
        assert_eq!(attend([&query, &key, &value], &[2], 2, 1), [6.0, 7.0, 6.0, 7.0]);
    }

    #[test]
    fn rows_are_brought_to_one_scale() {
        let norm = Norm { scale: vec![1.0, 2.0], shift: vec![0.0, 10.0], least: 1e-12 };
        let mut rows = [1.0, 3.0, -1e30, 1e30];
        norm.apply(&mut rows);
        assert_eq!(rows, [-1.0, 12.0, -1.0, 12.0]);
    }
}
