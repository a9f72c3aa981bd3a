//! The loop for processors with AVX2, four cells at once: see [`super`].
#![allow(unsafe_code, reason = "functions that need AVX2, called only after the processor was asked")]

use super::super::super::super::automaton::{RowRef, WIDTH};
use super::{Backward, GROUP, Job, LEAD, READ, STOP_GROUPS, State, is_calm};
use safe_unaligned_simd::x86_64::{_mm_storeu_si128, _mm256_broadcast_sd, _mm256_loadu_pd, _mm256_storeu_pd};
use std::arch::x86_64::*;

/// Steps of four slots that the pieces of a group reach.
const STEPS: usize = WIDTH / GROUP + 1;

/// By number of cells of a row: all bits set for its cells, else none.
static MASKS: [[f64; READ]; 32] = masks();

/// Computes [`MASKS`].
const fn masks() -> [[f64; READ]; 32] {
    let mut masks = [[0.0; READ]; 32];
    let mut cells = 0;
    while cells < 32 {
        let mut at = 0;
        while at < cells && LEAD + at < READ {
            masks[cells][LEAD + at] = f64::from_bits(!0);
            at += 1;
        }
        cells += 1;
    }
    masks
}

/// Does some groups; `false` where sums are too far apart. Only where the kernel has this form.
pub(super) fn run(job: &Job<'_>, backward: &mut Backward, state: &mut State) -> bool {
    debug_assert!(std::arch::is_x86_feature_detected!("avx2"));
    // SAFETY: the caller has a `Kernel` of this form, and none is made where the processor does not have AVX2.
    unsafe { if job.ascii { groups::<3>(job, backward, state) } else { groups::<2>(job, backward, state) } }
}

/// A number in each lane, four times.
type Four = [__m256d; GROUP];

/// The weights of the rows of a group.
struct Weights<'a> {
    /// Its rows, from [`LEAD`] entries before them.
    cells: [&'a [f64; READ]; GROUP],
    /// What lets through no more than they have.
    masks: [&'static [f64; READ]; GROUP],
}

impl<'a> Weights<'a> {
    /// Those of these rows.
    #[inline(always)]
    fn new(job: &Job<'a>, rows: &[RowRef; GROUP]) -> Self {
        Self { cells: rows.map(|row| job.weights.around(row)), masks: rows.map(|row| &MASKS[row.len() & 31]) }
    }

    /// Those of the pieces from the four cells to the slots `4 · step + 1` to `4 · step + 4` of the group, a vector for each.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn to(&self, step: usize) -> Four {
        transposed(std::array::from_fn(|cell| {
            let at = LEAD + GROUP * step - cell;
            let (cells, mask) = (self.cells[cell][at..].first_chunk(), self.masks[cell][at..].first_chunk());
            let (Some(cells), Some(mask)) = (cells, mask) else { return _mm256_setzero_pd() };
            _mm256_and_pd(_mm256_loadu_pd(cells), _mm256_loadu_pd(mask))
        }))
    }

    /// Those of the single bytes, or of all bytes of the characters.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn bytes(&self) -> __m256d {
        let [a, b, c, d] = self.cells.map(|cells| cells[LEAD - 1]);
        _mm256_set_pd(d, c, b, a)
    }
}

/// Lane `i` of vector `j` becomes lane `j` of vector `i`.
#[inline]
#[target_feature(enable = "avx2")]
fn transposed([a, b, c, d]: Four) -> Four {
    let (even, odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
    let (other_even, other_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
    [
        _mm256_permute2f128_pd::<0x20>(even, other_even),
        _mm256_permute2f128_pd::<0x20>(odd, other_odd),
        _mm256_permute2f128_pd::<0x31>(even, other_even),
        _mm256_permute2f128_pd::<0x31>(odd, other_odd),
    ]
}

/// The products of a step beyond the group, the farthest slot's first, added to `sum`. `near` are the sums of the next group.
#[inline]
#[target_feature(enable = "avx2")]
fn products(weights: &Weights<'_>, step: usize, sums: &[f64; READ], near: &Four, sum: &mut __m256d) -> Four {
    let mut products = weights.to(step);
    for at in (0..GROUP).rev() {
        let slot = GROUP * step + 1 + at;
        let behind = if slot < 2 * GROUP { near[slot - GROUP] } else { _mm256_broadcast_sd(&sums[slot]) };
        products[at] = _mm256_mul_pd(products[at], behind);
        *sum = _mm256_add_pd(*sum, products[at]);
    }
    products
}

/// What of a random number times the sums is left, and how many slots' terms it has passed.
struct Passed {
    /// What is drawn by.
    left: __m256d,
    /// The terms so far.
    sum: __m256d,
    /// How many of the partial sums were not more than `left`.
    count: __m256i,
}

impl Passed {
    /// Goes on by these terms.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(&mut self, terms: &Four) {
        for &term in terms {
            self.sum = _mm256_add_pd(self.sum, term);
            let passed = _mm256_cmp_pd::<_CMP_LE_OQ>(self.sum, self.left);
            self.count = _mm256_sub_epi64(self.count, _mm256_castpd_si256(passed));
        }
    }

    /// The lengths drawn, where `bytes` says which lanes draw their bytes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn drawn(self, rows: &[RowRef; GROUP], bytes: __m256d) -> __m128i {
        let [a, b, c, d] = rows.map(|row| i64::from(row.short_len()));
        // a cell has no terms for the slots up to its own: 0 is never more than what is left
        let drawn = _mm256_add_epi64(self.count, _mm256_set_epi64x(-2, -1, 0, 1));
        let none = _mm256_cmpgt_epi64(drawn, _mm256_set_epi64x(d, c, b, a));
        let drawn = _mm256_andnot_si256(_mm256_or_si256(none, _mm256_castpd_si256(bytes)), drawn);
        _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(drawn, _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0)))
    }
}

/// The sums of four slots from one on, each in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn near(sums: &[f64]) -> Four {
    std::array::from_fn(|at| _mm256_broadcast_sd(&sums[at]))
}

/// Does some groups. `ALWAYS` steps are done for every row, the others where one is long enough.
#[target_feature(enable = "avx2")]
fn groups<const ALWAYS: usize>(job: &Job<'_>, backward: &mut Backward, state: &mut State) -> bool {
    let mut next = near(&backward.sums[state.slot..]);
    for _ in 0..STOP_GROUPS {
        let Some((start, rows)) = job.group(state) else { break };
        let Some(sums) = backward.sums[start..].first_chunk() else { break };
        let weights = Weights::new(job, rows);
        let has_longs = rows.iter().any(|row| row.has_longs());
        let mut sum = if has_longs { _mm256_loadu_pd(&backward.longs(job, start)) } else { _mm256_setzero_pd() };
        let is_far = (0..).zip(rows).any(|(cell, row)| row.len() + cell > GROUP * ALWAYS);
        let mut terms = [[_mm256_setzero_pd(); GROUP]; STEPS];
        if is_far {
            for step in (ALWAYS..STEPS).rev() {
                terms[step] = products(&weights, step, sums, &next, &mut sum);
            }
        }
        for step in (1..ALWAYS).rev() {
            terms[step] = products(&weights, step, sums, &next, &mut sum);
        }
        // each sum is complete when those behind it have been added
        let [to_1, to_2, to_3, to_4] = weights.to(0);
        let term_4 = _mm256_mul_pd(to_4, next[0]);
        sum = _mm256_add_pd(sum, term_4);
        let sum_3 = _mm256_permute4x64_pd::<0xFF>(sum);
        let term_3 = _mm256_mul_pd(to_3, sum_3);
        sum = _mm256_add_pd(sum, term_3);
        let sum_2 = _mm256_permute4x64_pd::<0xAA>(sum);
        let term_2 = _mm256_mul_pd(to_2, sum_2);
        sum = _mm256_add_pd(sum, term_2);
        let sum_1 = _mm256_permute4x64_pd::<0x55>(sum);
        let term_1 = _mm256_mul_pd(to_1, sum_1);
        sum = _mm256_add_pd(sum, term_1);

        let units = _mm256_permute4x64_pd::<0x1B>(_mm256_loadu_pd(job.units(state)));
        let pairs = (_mm256_blend_pd::<0b1010>(sum_1, sum_2), _mm256_blend_pd::<0b1010>(sum_3, next[0]));
        let behind = _mm256_blend_pd::<0b1100>(pairs.0, pairs.1);
        let mut passed =
            Passed { left: _mm256_mul_pd(units, sum), sum: _mm256_setzero_pd(), count: _mm256_setzero_si256() };
        let bytes = _mm256_cmp_pd::<_CMP_LT_OQ>(passed.left, _mm256_mul_pd(weights.bytes(), behind));
        terms[0] = [term_1, term_2, term_3, term_4];
        (0..ALWAYS).for_each(|step| passed.add(&terms[step]));
        if is_far {
            (ALWAYS..STEPS).for_each(|step| passed.add(&terms[step]));
        }

        let Some(drawn) = backward.drawn[start..].first_chunk_mut() else { break };
        _mm_storeu_si128(drawn, passed.drawn(rows, bytes));
        let Some(sums) = backward.sums[start..].first_chunk_mut() else { break };
        _mm256_storeu_pd(sums, sum);
        next = [_mm256_permute4x64_pd::<0x00>(sum), sum_1, sum_2, sum_3];
        if has_longs {
            for (cell, &unit) in (0..GROUP).rev().zip(job.units(state)) {
                backward.drawn[start + cell] = backward.draw(job, start + cell, unit);
            }
        }
        let last = _mm256_cvtsd_f64(sum_3);
        if !is_calm(last) {
            if !backward.rescale(job, start, last) {
                return false;
            }
            next = near(&backward.sums[start..]);
        }
    }
    true
}
