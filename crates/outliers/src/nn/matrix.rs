//! Products of matrices, cut into blocks that stay in the registers.
//!
//! A layer's input is one [`Wide`] per feature: its values for 32 examples. Weights are packed four
//! rows side by side, so that one load of a feature serves four outputs. Every sum goes through the
//! features in their order on every processor, each product fused with the sum, which IEEE 754 defines to the bit;
//! wider instructions change the time and no bit.

/// Examples that go through a network side by side.
pub(crate) const WIDTH: usize = 32;

/// One number of each example of a block.
pub(crate) type Wide = [f32; WIDTH];

/// Rows of weights that are packed side by side.
const TOGETHER: usize = 4;

/// Compiles a function three times and picks the widest that the processor has.
macro_rules! widest {
    ($(#[$meta:meta])* fn $name:ident($($argument:ident: $kind:ty),* $(,)?), $plain:path, $wide:path) => {
        $(#[$meta])*
        pub(crate) fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f")]
                fn avx512($($argument: $kind),*) {
                    $wide($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $kind),*) {
                    $plain($($argument),*);
                }
                if std::arch::is_x86_feature_detected!("avx512f") {
                    #[expect(unsafe_code, reason = "the processor was asked just before, so the call is sound")]
                    return unsafe { avx512($($argument),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    #[expect(unsafe_code, reason = "the processor was asked just before, so the call is sound")]
                    return unsafe { avx2($($argument),*) };
                }
            }
            $plain($($argument),*);
        }
    };
}
pub(crate) use widest;

/// A matrix of weights, ready to be multiplied.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    depth: usize,
    groups: Vec<[f32; TOGETHER]>,
}

impl Packed {
    /// Packs `rows` rows of `depth` weights each.
    pub(crate) fn new(weights: &[f32], rows: usize, depth: usize) -> Self {
        Self::pack(rows, depth, |row, column| weights[row * depth + column])
    }

    /// Packs the same matrix turned over: its columns become rows.
    pub(crate) fn turned(weights: &[f32], rows: usize, depth: usize) -> Self {
        Self::pack(depth, rows, |row, column| weights[column * depth + row])
    }

    fn pack(rows: usize, depth: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut groups = Vec::with_capacity(rows.div_ceil(TOGETHER) * depth);
        for first in (0..rows).step_by(TOGETHER) {
            for column in 0..depth {
                groups.push(std::array::from_fn(|row| {
                    if first + row < rows { weight(first + row, column) } else { 0.0 }
                }));
            }
        }
        Self { depth, groups }
    }
}

/// A part of `AT_ONCE` examples of the outputs of one group of rows.
#[inline(always)]
fn tile<const AT_ONCE: usize>(group: &[[f32; TOGETHER]], input: &[Wide], start: usize, out: &mut [Wide]) {
    let mut sums = [[0f32; AT_ONCE]; TOGETHER];
    for (weights, values) in group.iter().zip(input) {
        add_products(weights, &values[start..start + AT_ONCE], &mut sums);
    }
    put::<AT_ONCE>(&sums, start, out);
}

/// The same of two groups, for processors with room for as many sums: while the next weights come, sixteen
/// additions are under way.
#[inline(always)]
fn tile_of_two(groups: &[[f32; TOGETHER]], depth: usize, input: &[Wide], out: &mut [Wide]) {
    let (mut low, mut high) = ([[0f32; WIDTH]; TOGETHER], [[0f32; WIDTH]; TOGETHER]);
    let (first, second) = groups.split_at(depth);
    for ((first, second), values) in first.iter().zip(second).zip(input) {
        add_products(first, values, &mut low);
        add_products(second, values, &mut high);
    }
    let (out, rest) = out.split_at_mut(TOGETHER);
    put::<WIDTH>(&low, 0, out);
    put::<WIDTH>(&high, 0, rest);
}

#[inline(always)]
fn add_products<const AT_ONCE: usize>(
    weights: &[f32; TOGETHER],
    values: &[f32],
    sums: &mut [[f32; AT_ONCE]; TOGETHER],
) {
    for (sums, weight) in sums.iter_mut().zip(weights) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = weight.mul_add(*value, *sum);
        }
    }
}

#[inline(always)]
fn put<const AT_ONCE: usize>(sums: &[[f32; AT_ONCE]; TOGETHER], start: usize, out: &mut [Wide]) {
    for (out, sums) in out.iter_mut().zip(sums) {
        out[start..start + AT_ONCE].iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
    }
}

#[inline(always)]
fn multiply_by<const AT_ONCE: usize>(weights: &Packed, input: &[Wide], out: &mut [Wide]) {
    if weights.depth == 0 {
        return;
    }
    for (group, out) in weights.groups.chunks_exact(weights.depth).zip(out.chunks_mut(TOGETHER)) {
        for start in (0..WIDTH).step_by(AT_ONCE) {
            tile::<AT_ONCE>(group, input, start, out);
        }
    }
}

#[inline(always)]
fn multiply_by_two(weights: &Packed, input: &[Wide], out: &mut [Wide]) {
    if weights.depth == 0 {
        return;
    }
    for (groups, out) in weights.groups.chunks(2 * weights.depth).zip(out.chunks_mut(2 * TOGETHER)) {
        if groups.len() > weights.depth && out.len() > TOGETHER {
            tile_of_two(groups, weights.depth, input, out);
        } else {
            tile::<WIDTH>(groups, input, 0, out);
        }
    }
}

widest! {
    /// Adds the product of the weights and the input to `out`.
    fn multiply(weights: &Packed, input: &[Wide], out: &mut [Wide]), multiply_by::<16>, multiply_by_two
}

/// Turns a block: for every 32 features, the 32 values of each example.
pub(crate) fn turn(input: &[Wide], turned: &mut Vec<Wide>) {
    turned.clear();
    turned.resize(input.len().next_multiple_of(WIDTH), [0.0; WIDTH]);
    for (features, out) in input.chunks(WIDTH).zip(turned.chunks_exact_mut(WIDTH)) {
        for (lane, feature) in features.iter().enumerate() {
            for (out, value) in out.iter_mut().zip(feature) {
                out[lane] = *value;
            }
        }
    }
}

#[inline(always)]
fn outer_by<const AT_ONCE: usize>(outputs: &[Wide], turned: &[Wide], depth: usize, gradient: &mut [f32]) {
    if depth == 0 {
        return;
    }
    for (rows, gradient) in outputs.chunks(TOGETHER).zip(gradient.chunks_mut(depth * TOGETHER)) {
        // Packed as weights are, with the examples as what is summed over.
        let mut group = [[0.0; TOGETHER]; WIDTH];
        for (place, row) in rows.iter().enumerate() {
            group.iter_mut().zip(row).for_each(|(group, value)| group[place] = *value);
        }
        for (first, inputs) in turned.chunks_exact(WIDTH).enumerate() {
            let mut sums = [[0.0; WIDTH]; TOGETHER];
            for start in (0..WIDTH).step_by(AT_ONCE) {
                tile::<AT_ONCE>(&group, inputs, start, &mut sums);
            }
            for (line, sums) in gradient.chunks_exact_mut(depth).zip(&sums) {
                line[first * WIDTH..].iter_mut().zip(sums).for_each(|(line, sum)| *line += sum);
            }
        }
    }
}

widest! {
    /// Adds to the gradient of a matrix, row by row of `depth` weights, what the gradients of its
    /// outputs and its inputs, turned, make of it.
    fn add_outer(outputs: &[Wide], turned: &[Wide], depth: usize, gradient: &mut [f32]),
    outer_by::<16>, outer_by::<32>
}

/// Adds to each place of `sums` the sum over all examples.
pub(crate) fn add_sums(values: &[Wide], sums: &mut [f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value.iter().sum::<f32>();
    }
}

/// Sets each feature to the same number for all examples.
pub(crate) fn spread(values: &[f32], out: &mut [Wide]) {
    out.iter_mut().zip(values).for_each(|(out, &value)| *out = [value; WIDTH]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut random = Seed(seed).random();
        (0..count).map(|_| random.normal() as f32).collect()
    }

    fn block(features: usize, seed: u64) -> Vec<Wide> {
        numbers(features * WIDTH, seed).as_chunks().0.to_vec()
    }

    #[test]
    fn products_are_those_of_plain_loops() {
        for (rows, depth) in [(1, 1), (4, 16), (7, 5), (9, 33), (3, 0)] {
            let (weights, input) = (numbers(rows * depth, 1), block(depth, 2));
            let mut out = vec![[1.0; WIDTH]; rows];
            multiply(&Packed::new(&weights, rows, depth), &input, &mut out);
            let mut narrow = vec![[1.0; WIDTH]; rows];
            multiply_by::<16>(&Packed::new(&weights, rows, depth), &input, &mut narrow);
            assert_eq!(out, narrow, "the width changes no bit");
            let swapped: Vec<f32> =
                (0..depth * rows).map(|at| weights[at % rows * depth + at / rows]).collect();
            let mut turned = vec![[1.0; WIDTH]; rows];
            multiply(&Packed::turned(&swapped, depth, rows), &input, &mut turned);
            assert_eq!(out, turned);
            for (row, out) in out.iter().enumerate() {
                for (example, out) in out.iter().enumerate() {
                    let plain: f32 =
                        (0..depth).map(|at| weights[row * depth + at] * input[at][example]).sum();
                    assert!((out - 1.0 - plain).abs() < 1e-4, "{rows} {depth}");
                }
            }
        }
    }

    #[test]
    fn outer_products_are_those_of_plain_loops() {
        for (rows, depth) in [(1, 1), (8, 16), (11, 18), (2, 0)] {
            let (outputs, inputs) = (block(rows, 3), block(depth, 4));
            let mut turned = Vec::new();
            turn(&inputs, &mut turned);
            let (mut gradient, mut narrow) = (vec![0.5; rows * depth], vec![0.5; rows * depth]);
            add_outer(&outputs, &turned, depth, &mut gradient);
            outer_by::<16>(&outputs, &turned, depth, &mut narrow);
            assert_eq!(gradient, narrow, "the width changes no bit");
            for (at, found) in gradient.iter().enumerate() {
                let pairs = outputs[at / depth].iter().zip(&inputs[at % depth]);
                let plain: f32 = pairs.map(|(output, input)| output * input).sum();
                assert!((found - 0.5 - plain).abs() < 1e-4, "{rows} {depth} {at}");
            }
        }
    }
}
