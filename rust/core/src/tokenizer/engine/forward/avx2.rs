//! Four lanes of the window at a time, in registers: see [`super`].
#![allow(unsafe_code, reason = "functions that need AVX2, called only after the processor was asked; a load a cell")]

use super::{Automaton, GROUP, LANES, Marked, RowRef, Stretch, Window};
use crate::tokenizer::automaton::{BEFORE, READ};
use safe_unaligned_simd::x86_64::{_mm_storeu_si128, _mm256_loadu_pd, _mm256_storeu_pd};
use std::arch::x86_64::*;

/// Lanes of a register.
const FOUR: usize = 4;
/// The registers of the window.
const REGISTERS: usize = LANES / FOUR;
/// A quiet NaN.
const NAN: f64 = f64::NAN;

/// The cells of a mask: [`READ`], and more, so that finding a mask is a shift.
const MASK: usize = 32;

/// By number of cells: zeros where a row has cells, else NaN; the row's first cell is entry [`BEFORE`].
static MASKS: [[f64; MASK]; 32] = masks();

/// Computes [`MASKS`].
const fn masks() -> [[f64; MASK]; 32] {
    let mut masks = [[NAN; MASK]; 32];
    let mut cells = 0;
    while cells < 32 {
        let mut at = 0;
        while at < cells && BEFORE + at < MASK {
            masks[cells][BEFORE + at] = 0.0;
            at += 1;
        }
        cells += 1;
    }
    masks
}

/// Whether this processor has what [`run`] needs.
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// Decides all whole groups. Only after [`is_available`] said so.
pub(super) fn run(window: &mut Window, automaton: &Automaton, stretch: &mut Stretch<'_>) {
    debug_assert!(is_available());
    // SAFETY: the caller has a `Kernel` of this form, and none is made but when `is_available` says so.
    unsafe { stretch_of(window, automaton, stretch) }
}

/// Decides all segments. Only after [`is_available`] said so.
pub(super) fn run_all(window: &mut Window, automaton: &Automaton, all: &mut Marked<'_>) {
    debug_assert!(is_available());
    // SAFETY: as in `run`.
    unsafe { segments(window, automaton, all) }
}

/// A row, to be added.
struct Row<'a> {
    /// Its cells and those around.
    cells: &'a [f64; READ],
    /// What makes those around NaN.
    mask: &'a [f64; MASK],
}

/// The window in registers.
#[derive(Clone, Copy)]
struct Registers {
    /// The scores.
    scores: [__m256d; REGISTERS],
    /// The tags, each twice, so that they are as wide as the scores.
    tags: [__m256i; REGISTERS],
}

impl Registers {
    /// The window at the start of a segment.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn start() -> Self {
        let (none, no_tag) = (_mm256_set1_pd(f64::NEG_INFINITY), _mm256_setzero_si256());
        let mut scores = [none; REGISTERS];
        scores[0] = _mm256_set_pd(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0);
        Self { scores, tags: [no_tag; REGISTERS] }
    }

    /// Reads the window.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(window: &Window) -> Self {
        let (scores, tags) = (window.scores.as_chunks::<FOUR>().0, window.tags.as_chunks::<FOUR>().0);
        Self {
            scores: std::array::from_fn(|at| _mm256_loadu_pd(&scores[at])),
            tags: std::array::from_fn(|at| {
                let [a, b, c, d] = tags[at].map(u64::from).map(|tag| (tag | tag << 32).cast_signed());
                _mm256_set_epi64x(d, c, b, a)
            }),
        }
    }

    /// Writes the window.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(&self, window: &mut Window) {
        let (scores, tags) = (window.scores.as_chunks_mut::<FOUR>().0, window.tags.as_chunks_mut::<FOUR>().0);
        for at in 0..REGISTERS {
            _mm256_storeu_pd(&mut scores[at], self.scores[at]);
            _mm_storeu_si128(&mut tags[at], narrow(self.tags[at]));
        }
    }

    /// Adds the pieces of a row to the cell of phase `P`: to the registers from `FROM` to `TO`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn add<const P: usize, const FROM: usize, const TO: usize>(&mut self, row: &Row<'_>, tag: __m256i) {
        let from = match P {
            0 => _mm256_permute4x64_pd::<0x00>(self.scores[0]),
            1 => _mm256_permute4x64_pd::<0x55>(self.scores[0]),
            2 => _mm256_permute4x64_pd::<0xAA>(self.scores[0]),
            _ => _mm256_permute4x64_pd::<0xFF>(self.scores[0]),
        };
        // in phase 3 no piece ends in the first register
        for at in FROM.max(P / 3)..TO {
            self.add_four::<P>(at, row, from, tag);
        }
    }

    /// Adds four neighbours of a row to register `at`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn add_four<const P: usize>(&mut self, at: usize, row: &Row<'_>, from: __m256d, tag: __m256i) {
        let offset = FOUR * at + BEFORE - 1 - P;
        let (Some(cells), Some(mask)) = (row.cells[offset..].first_chunk(), row.mask[offset..].first_chunk()) else {
            return;
        };
        let score = _mm256_add_pd(from, _mm256_or_pd(_mm256_loadu_pd(cells), _mm256_loadu_pd(mask)));
        let best = self.scores[at];
        // strictly better only: on an exact tie the earlier start, which is the longer last piece, stays; NaN is never better
        let better = _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_GT_OQ>(score, best));
        // of a NaN and a number this gives its second operand
        self.scores[at] = _mm256_max_pd(score, best);
        self.tags[at] = _mm256_max_epu32(self.tags[at], _mm256_and_si256(better, tag));
    }

    /// The lengths of the pieces that end in the first register, whose first cell has the tag `tag`; moves on by a group.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn retire(&mut self, tag: __m256i) -> __m128i {
        let ends = _mm256_add_epi32(tag, _mm256_set_epi64x(3, 2, 1, 0));
        let lengths = narrow(_mm256_sub_epi32(ends, self.tags[0]));
        let ([_, a, b, c, d], none) = (self.scores, _mm256_set1_pd(f64::NEG_INFINITY));
        self.scores = [a, b, c, d, none];
        let ([_, a, b, c, d], none) = (self.tags, _mm256_setzero_si256());
        self.tags = [a, b, c, d, none];
        lengths
    }
}

/// The low halves of the four 64-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow(wide: __m256i) -> __m128i {
    _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(wide, _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0)))
}

/// [`run`], compiled for AVX2.
#[target_feature(enable = "avx2")]
fn stretch_of(window: &mut Window, automaton: &Automaton, stretch: &mut Stretch<'_>) {
    let first = window.place;
    let (rows, lengths) = (&stretch.rows[first..], &mut stretch.lengths[first..]);
    if stretch.ascii {
        groups::<3, false>(window, automaton, rows, lengths);
    } else {
        groups::<2, false>(window, automaton, rows, lengths);
    }
}

/// [`run_all`], compiled for AVX2.
#[target_feature(enable = "avx2")]
fn segments(window: &mut Window, automaton: &Automaton, all: &mut Marked<'_>) {
    for mark in all.marks {
        window.place = mark.first;
        let (rows, lengths) = (&all.rows[mark.first..mark.end()], &mut all.lengths[mark.first..mark.end()]);
        if mark.ascii {
            groups::<3, true>(window, automaton, rows, lengths);
        } else {
            groups::<2, true>(window, automaton, rows, lengths);
        }
    }
}

/// Decides whole groups; the first is at the window's place. They are a segment, if it is `WHOLE`; else the window is read before
/// and written behind. `ALWAYS` registers are worked on for every row, the others where a row is long enough: which is
/// seldom for words of ideographs or syllables, and a branch that cannot be predicted for English with fewer than three.
///
/// The registers are made in here, neither taken nor returned: they would live in memory then, with a store and a load in the chain of every cell.
#[target_feature(enable = "avx2")]
fn groups<const ALWAYS: usize, const WHOLE: bool>(
    window: &mut Window,
    automaton: &Automaton,
    rows: &[RowRef],
    lengths: &mut [u32],
) {
    let mut registers = if WHOLE { Registers::start() } else { Registers::load(window) };
    let all_cells = automaton.cells();
    for (group, lengths) in rows.as_chunks::<GROUP>().0.iter().zip(lengths.as_chunks_mut::<GROUP>().0) {
        if window.far != 0 {
            registers.store(window);
            window.take_pending();
            registers = Registers::load(window);
        }
        let start = _mm256_set1_epi32(window.tag().cast_signed());
        macro_rules! phase {
            ($phase:literal) => {
                let reference = group[$phase];
                // SAFETY: the rows of a stretch are those of its automaton, and empty ones.
                let cells = unsafe { all_cells.around_unchecked(reference) };
                let row = Row { cells, mask: &MASKS[reference.len() & 31] };
                let tag = _mm256_add_epi32(start, _mm256_set1_epi32($phase));
                registers.add::<$phase, 0, ALWAYS>(&row, tag);
                // the longest piece that ends in those registers
                if reference.longest() > FOUR * ALWAYS - 1 - $phase {
                    registers.add::<$phase, ALWAYS, REGISTERS>(&row, tag);
                    if reference.has_longs() {
                        registers.store(window);
                        window.add_longs(automaton, reference, $phase);
                        registers = Registers::load(window);
                    }
                }
            };
        }
        phase!(0);
        phase!(1);
        phase!(2);
        phase!(3);
        _mm_storeu_si128(lengths, registers.retire(start));
        window.place += GROUP;
    }
    if !WHOLE {
        registers.store(window);
    }
}
