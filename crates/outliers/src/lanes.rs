//! Inner loops over many rows at a time, as wide as the processor can.
//!
//! Rows are laid side by side, sixteen to a panel, so that one instruction works on eight of them.
//! Every lane does the same operations in the same order on every processor (nothing is fused or
//! reassociated), so the width changes the time and never a bit of the result.

use crate::data::Rows;

/// Rows of a panel.
pub(crate) const LANES: usize = 16;

/// Queries that go through a panel together.
pub(crate) const QUERIES: usize = 8;

/// One number of each row of a panel.
pub(crate) type Lanes = [f32; LANES];

/// Compiles a function twice and picks the wider one where the processor has it.
macro_rules! wide {
    ($(#[$meta:meta])* pub(crate) fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        pub(crate) fn $name($($argument: $kind),*) {
            #[inline(always)]
            fn plain($($argument: $kind),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) {
                    plain($($argument),*);
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    #[expect(unsafe_code, reason = "the processor was asked just before, so the call is sound")]
                    return unsafe { avx2($($argument),*) };
                }
            }
            plain($($argument),*);
        }
    };
}

pub(crate) use wide;

/// Lays rows side by side; lanes behind the last row are 0.
pub(crate) fn panels(rows: Rows<'_>) -> Vec<Lanes> {
    let columns = rows.columns();
    let mut panels = vec![[0.0; LANES]; rows.len().div_ceil(LANES) * columns];
    for (index, row) in rows.iter().enumerate() {
        for (lanes, &value) in panels[index / LANES * columns..].iter_mut().zip(row) {
            lanes[index % LANES] = value;
        }
    }
    panels
}

/// Adds up the inner products of `QUERIES` rows with the rows of a panel.
#[inline(always)]
fn tile<const QUERIES: usize, const FUSED: bool>(
    panel: &[Lanes],
    queries: &[&[f32]; QUERIES],
) -> [Lanes; QUERIES] {
    let mut sums = [[0f32; LANES]; QUERIES];
    for (column, lanes) in panel.iter().enumerate() {
        for (sums, query) in sums.iter_mut().zip(queries) {
            let value = query[column];
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                *sum = if FUSED { value.mul_add(*lane, *sum) } else { *sum + value * lane };
            }
        }
    }
    sums
}

#[inline(always)]
fn all_products<const QUERIES: usize, const FUSED: bool>(
    panels: &[Lanes],
    columns: usize,
    queries: &[f32],
    products: &mut [Lanes],
) {
    let count = panels.len() / columns;
    let together = queries.chunks_exact(columns * QUERIES);
    for (rows, products) in together.zip(products.chunks_exact_mut(count * QUERIES)) {
        let rows: [&[f32]; QUERIES] =
            std::array::from_fn(|query| &rows[query * columns..(query + 1) * columns]);
        for (place, panel) in panels.chunks_exact(columns).enumerate() {
            let sums = tile::<QUERIES, FUSED>(panel, &rows);
            for (query, sums) in sums.into_iter().enumerate() {
                products[query * count + place] = sums;
            }
        }
    }
}

/// Inner products of each query with each row of the panels: `products[query * panels + panel]`.
/// `queries` are rows as wide as the panels, in number a multiple of [`QUERIES`]. To be used only where
/// the last bits do not matter: products and sums are fused where the processor can, which rounds once
/// instead of twice.
pub(crate) fn estimated_products(panels: &[Lanes], columns: usize, queries: &[f32], products: &mut [Lanes]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,fma")]
        fn avx512(panels: &[Lanes], columns: usize, queries: &[f32], products: &mut [Lanes]) {
            all_products::<QUERIES, true>(panels, columns, queries, products);
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2(panels: &[Lanes], columns: usize, queries: &[f32], products: &mut [Lanes]) {
            all_products::<4, true>(panels, columns, queries, products);
        }
        let fused = std::arch::is_x86_feature_detected!("fma");
        if fused && std::arch::is_x86_feature_detected!("avx512f") {
            #[expect(unsafe_code, reason = "the processor was asked just before, so the call is sound")]
            return unsafe { avx512(panels, columns, queries, products) };
        }
        if fused && std::arch::is_x86_feature_detected!("avx2") {
            #[expect(unsafe_code, reason = "the processor was asked just before, so the call is sound")]
            return unsafe { avx2(panels, columns, queries, products) };
        }
    }
    all_products::<4, false>(panels, columns, queries, products);
}

/// What is put between two rows to tell how alike they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kernel {
    /// `exp(-gamma |a - b|²)`
    Radial { gamma: f32 },
    /// `ab`
    Linear,
    /// `(gamma ab + constant)^degree`
    Power { gamma: f32, constant: f32, degree: u32 },
    /// `tanh(gamma ab + constant)`
    Sigmoid { gamma: f32, constant: f32 },
}

/// `e` to the power of each lane, which is cut to what is far from the ends of the range. In plain
/// operations instead of the library's, which differs between systems.
#[inline(always)]
pub(crate) fn exp<const WIDTH: usize>(lanes: &mut [f32; WIDTH]) {
    exp_by::<WIDTH, false>(lanes);
}

/// The same where products are fused with their sums: for code that is compiled for processors that can.
#[inline(always)]
pub(crate) fn exp_fused<const WIDTH: usize>(lanes: &mut [f32; WIDTH]) {
    exp_by::<WIDTH, true>(lanes);
}

#[inline(always)]
fn exp_by<const WIDTH: usize, const FUSED: bool>(lanes: &mut [f32; WIDTH]) {
    /// Adding and taking away this leaves the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    const TERMS: [f32; 5] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1];
    let add = |one: f32, other: f32, sum: f32| {
        if FUSED { one.mul_add(other, sum) } else { sum + one * other }
    };
    for value in lanes {
        let x = value.clamp(-87.0, 88.0);
        let shifted = add(x, std::f32::consts::LOG2_E, ROUND);
        let whole = shifted - ROUND;
        let rest = add(whole, 2.121_944_4e-4, add(whole, -0.693_359_4, x));
        let mut sum = TERMS[0];
        for term in &TERMS[1..] {
            sum = add(sum, rest, *term);
        }
        sum = add(add(sum, rest, 0.5), rest * rest, rest) + 1.0;
        // The bits of the shifted number end in the whole number; what stands above is shifted out.
        let scale = f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23);
        *value = sum * scale;
    }
}

#[inline(always)]
fn apply(kernel: Kernel, lanes: &mut Lanes) {
    match kernel {
        Kernel::Radial { gamma } => {
            lanes.iter_mut().for_each(|square| *square *= -gamma);
            exp(lanes);
        }
        Kernel::Linear => {}
        Kernel::Power { gamma, constant, degree } => {
            let base = lanes.map(|product| gamma * product + constant);
            *lanes = [1.0; LANES];
            for _ in 0..degree {
                lanes.iter_mut().zip(&base).for_each(|(power, base)| *power *= base);
            }
        }
        Kernel::Sigmoid { gamma, constant } => {
            lanes.iter_mut().for_each(|value| *value = (gamma * *value + constant) * 2.0);
            exp(lanes);
            lanes.iter_mut().for_each(|power| *power = 1.0 - 2.0 / (*power + 1.0));
        }
    }
}

/// Squared distances of `QUERIES` rows from the rows of a panel, without cancellation.
#[inline(always)]
fn square_tile<const QUERIES: usize>(panel: &[Lanes], queries: &[&[f32]; QUERIES]) -> [Lanes; QUERIES] {
    let mut sums = [[0f32; LANES]; QUERIES];
    for (column, lanes) in panel.iter().enumerate() {
        for (sums, query) in sums.iter_mut().zip(queries) {
            let value = query[column];
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                let apart = value - *lane;
                *sum += apart * apart;
            }
        }
    }
    sums
}

#[inline(always)]
fn kernel_tile<const QUERIES: usize>(
    kernel: Kernel,
    panel: &[Lanes],
    queries: &[&[f32]; QUERIES],
) -> [Lanes; QUERIES] {
    let mut values = match kernel {
        Kernel::Radial { .. } => square_tile(panel, queries),
        _ => tile::<QUERIES, false>(panel, queries),
    };
    values.iter_mut().for_each(|lanes| apply(kernel, lanes));
    values
}

wide! {
    /// The kernel between one row and all rows of the panels.
    pub(crate) fn kernel_row(kernel: Kernel, panels: &[Lanes], row: &[f32], out: &mut [Lanes]) {
        for (panel, out) in panels.chunks_exact(row.len()).zip(out) {
            let [values] = kernel_tile(kernel, panel, &[row]);
            *out = values;
        }
    }
}

/// Panels whose sums are kept in short numbers before they are added to long ones.
const FLUSH: usize = 32;

wide! {
    /// For each query, the sum of the weighted kernel over all rows of the panels.
    pub(crate) fn kernel_sums(
        kernel: Kernel,
        panels: &[Lanes],
        weights: &[Lanes],
        queries: &[f32],
        out: &mut [f64],
    ) {
        const TOGETHER: usize = 4;
        let columns = panels.len() / weights.len().max(1);
        for (rows, out) in queries.chunks(columns * TOGETHER).zip(out.chunks_mut(TOGETHER)) {
            let last = rows.len() / columns - 1;
            // A last group that is not full repeats its last row.
            let rows: [&[f32]; TOGETHER] =
                std::array::from_fn(|query| &rows[query.min(last) * columns..][..columns]);
            let mut totals = [0f64; TOGETHER];
            for (panels, weights) in panels.chunks(columns * FLUSH).zip(weights.chunks(FLUSH)) {
                let mut sums = [[0f32; LANES]; TOGETHER];
                for (panel, weights) in panels.chunks_exact(columns).zip(weights) {
                    let values = kernel_tile(kernel, panel, &rows);
                    for (sums, values) in sums.iter_mut().zip(&values) {
                        for lane in 0..LANES {
                            sums[lane] += weights[lane] * values[lane];
                        }
                    }
                }
                for (total, sums) in totals.iter_mut().zip(&sums) {
                    *total += sums.iter().copied().map(f64::from).sum::<f64>();
                }
            }
            out.iter_mut().zip(totals).for_each(|(out, total)| *out = total);
        }
    }
}

wide! {
    /// Adds two weighted rows to the gradients.
    pub(crate) fn add_two(gradients: &mut [f64], first: (&[f32], f64), second: (&[f32], f64)) {
        for ((gradient, a), b) in gradients.iter_mut().zip(first.0).zip(second.0) {
            *gradient += first.1 * f64::from(*a) + second.1 * f64::from(*b);
        }
    }
}

wide! {
    /// For each query a bit for every panel (at most eight) in which `terms - product` is not above the
    /// query's limit in any lane; what is no number counts as not above.
    pub(crate) fn hits(products: &[Lanes], terms: &[Lanes], limits: &[f32], hits: &mut [u8]) {
        let count = terms.len();
        for ((products, limit), hits) in products.chunks_exact(count).zip(limits).zip(hits) {
            *hits = 0;
            for (panel, (product, term)) in products.iter().zip(terms).enumerate() {
                let mut above = true;
                for lane in 0..LANES {
                    above &= term[lane] - product[lane] > *limit;
                }
                *hits |= u8::from(!above) << panel;
            }
        }
    }
}

/// A bit for every lane of a hit.
pub(crate) fn bits(product: &Lanes, term: &Lanes, limit: f32) -> u16 {
    let mut bits = 0;
    for lane in 0..LANES {
        let above = term[lane] - product[lane] > limit;
        bits |= u16::from(!above) << lane;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    #[test]
    fn products_are_near_those_of_plain_loops() {
        let (rows, queries) = (laws::cloud(37, 5), laws::cloud(8, 5));
        let panels = panels(rows.rows());
        let count = panels.len() / 5;
        let mut out = vec![[0.0; LANES]; count * 8];
        let mut narrow = out.clone();
        estimated_products(&panels, 5, queries.rows().values(), &mut out);
        // What a processor without wide instructions would do.
        all_products::<4, false>(&panels, 5, queries.rows().values(), &mut narrow);
        for (query, values) in queries.rows().iter().enumerate() {
            for (index, row) in rows.rows().iter().enumerate() {
                let plain: f32 = row.iter().zip(values).map(|(a, b)| a * b).sum();
                let estimate = out[query * count + index / LANES][index % LANES];
                assert!((estimate - plain).abs() < 1e-5, "{query} {index}");
                let narrow = narrow[query * count + index / LANES][index % LANES];
                assert!((narrow - plain).abs() < 1e-5, "{query} {index}");
            }
        }
    }

    #[test]
    fn powers_of_e_are_those_of_the_library() {
        for step in -860..=880 {
            let value = step as f32 * 0.1;
            let mut lanes = [value; LANES];
            exp(&mut lanes);
            let expected = f64::from(value).exp();
            assert!((f64::from(lanes[3]) / expected - 1.0).abs() < 3e-7, "{value}");
        }
        let mut lanes = [f32::NEG_INFINITY; LANES];
        exp(&mut lanes);
        assert!(lanes[0] < 1e-37);
    }

    #[test]
    fn kernels_are_those_of_plain_loops() {
        let (rows, queries) = (laws::cloud(37, 5), laws::cloud(6, 5));
        let panels = panels(rows.rows());
        let weights: Vec<Lanes> = (0..3)
            .map(|panel| std::array::from_fn(|lane| if panel * 16 + lane < 37 { 0.5 } else { 0.0 }))
            .collect();
        let check = |kernel: Kernel, plain: &dyn Fn(f64, f64) -> f64| {
            let mut sums = vec![0.0; 6];
            kernel_sums(kernel, &panels, &weights, queries.rows().values(), &mut sums);
            for (query, values) in queries.rows().iter().enumerate() {
                let mut out = vec![[0.0; LANES]; 3];
                kernel_row(kernel, &panels, values, &mut out);
                let mut sum = 0.0;
                for (index, row) in rows.rows().iter().enumerate() {
                    let product: f64 = row.iter().zip(values).map(|(a, b)| f64::from(a * b)).sum();
                    let square: f64 = row.iter().zip(values).map(|(a, b)| f64::from((a - b) * (a - b))).sum();
                    let expected = plain(product, square);
                    sum += 0.5 * expected;
                    let found = f64::from(out[index / LANES][index % LANES]);
                    assert!(
                        (found - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                        "{kernel:?} {found} {expected}"
                    );
                }
                assert!((sums[query] - sum).abs() < 1e-4 * (1.0 + sum.abs()), "{kernel:?}");
            }
        };
        check(Kernel::Radial { gamma: 0.3 }, &|_, square| (-0.3 * square).exp());
        check(Kernel::Linear, &|product, _| product);
        check(Kernel::Power { gamma: 0.5, constant: 1.0, degree: 3 }, &|product, _| {
            (0.5 * product + 1.0).powi(3)
        });
        check(Kernel::Sigmoid { gamma: 0.5, constant: 0.1 }, &|product, _| (0.5 * product + 0.1).tanh());
    }

    #[test]
    fn hits_are_not_above() {
        let mut product = [[0.0; LANES]];
        let term = [[2.0; LANES]];
        let check = |product: &[Lanes], limit: f32| {
            let mut hit = [9];
            hits(product, &term, &[limit], &mut hit);
            let bits = bits(&product[0], &term[0], limit);
            assert_eq!(hit[0], u8::from(bits != 0));
            bits
        };
        assert_eq!(check(&product, 1.9), 0);
        assert_eq!(check(&product, 2.0), u16::MAX);
        product[0][14] = 1.5;
        assert_eq!(check(&product, 0.5), 1 << 14);
        product[0][3] = f32::NAN;
        assert_eq!(check(&product, 0.0), 1 << 3);
    }
}
