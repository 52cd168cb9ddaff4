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

wide! {
    /// Inner products of each query with each row of the panels: `products[query * panels + panel]`.
    /// `queries` are rows as wide as the panels, in number a multiple of [`QUERIES`].
    pub(crate) fn products(panels: &[Lanes], columns: usize, queries: &[f32], products: &mut [Lanes]) {
        all_products::<4, false>(panels, columns, queries, products);
    }
}

/// The same, to be used only where the last bits do not matter: products and sums are fused where the
/// processor can, which rounds once instead of twice.
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

wide! {
    /// For each query and panel, whether `terms - product` is not above the query's limit in any lane;
    /// what is no number counts as not above.
    pub(crate) fn hits(products: &[Lanes], terms: &[Lanes], limits: &[f32], hits: &mut [bool]) {
        let count = terms.len();
        for ((products, limit), hits) in
            products.chunks_exact(count).zip(limits).zip(hits.chunks_exact_mut(count))
        {
            for ((product, term), hit) in products.iter().zip(terms).zip(hits) {
                let mut above = true;
                for lane in 0..LANES {
                    above &= term[lane] - product[lane] > *limit;
                }
                *hit = !above;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    #[test]
    fn products_are_those_of_plain_loops() {
        let (rows, queries) = (laws::cloud(37, 5), laws::cloud(8, 5));
        let panels = panels(rows.rows());
        let count = panels.len() / 5;
        let mut out = vec![[0.0; LANES]; count * 8];
        products(&panels, 5, queries.rows().values(), &mut out);
        let mut estimates = out.clone();
        estimated_products(&panels, 5, queries.rows().values(), &mut estimates);
        for (query, values) in queries.rows().iter().enumerate() {
            for (index, row) in rows.rows().iter().enumerate() {
                let plain = row.iter().zip(values).fold(0.0, |sum, (a, b)| sum + b * a);
                let lane = out[query * count + index / LANES][index % LANES];
                assert_eq!(lane.to_bits(), f32::to_bits(plain), "{query} {index}");
                let estimate = estimates[query * count + index / LANES][index % LANES];
                assert!((estimate - plain).abs() < 1e-5, "{query} {index}");
            }
        }
    }

    #[test]
    fn hits_are_not_above() {
        let mut product = [[0.0; LANES]];
        let term = [[2.0; LANES]];
        let check = |product: &[Lanes], limit: f32| {
            let mut hit = [false];
            hits(product, &term, &[limit], &mut hit);
            hit[0]
        };
        assert!(!check(&product, 1.9));
        assert!(check(&product, 2.0));
        product[0][15] = 1.5;
        assert!(check(&product, 0.5));
        product[0][15] = f32::NAN;
        assert!(check(&product, 0.0));
    }
}
