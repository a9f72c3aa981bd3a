//! Random numbers that depend on (seed, text index, place of the line in its text, number of the draw) and nothing
//! else.
//!
//! A counter-based generator, Philox4x32-10, has no state to share or to split. It is used twice, as a tree: one block,
//! with the seed as key and (place of the line, index of the text) as counter, gives the 128 bits of key and upper
//! counter of the line's own generator. So the draws of a line are the same on whichever thread, process or machine,
//! and the lines of one text can be drawn in any order. The place is that of the line's first byte in the text as
//! given, before NFC. Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//! Within a line a number belongs to a place: see [`super::sample`], where it is the byte's, and [`super::sample::cells`], where it is that
//! of the cell, counted from the end. Cost: ten rounds of two multiplications a line, and as much for two draws; they come by sixteen.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::engine::forward::{Form, Kernel};
use crate::num::{low_u32, to_u64};

/// The multipliers of a round.
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What the key grows by from round to round.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// 2^-53.
const UNIT: f64 = f64::from_bits(0x3CA0_0000_0000_0000);

/// The low half of a `u64`.
const LOW: u64 = 0xFFFF_FFFF;

/// One block of four random words. A word is the low half of a `u64`, what is above it means nothing: in this form the
/// compiler multiplies vectors of them.
#[inline(always)]
fn philox(mut counter: [u64; 4], key: [u32; 2]) -> [u64; 4] {
    let [mut key_0, mut key_1] = key;
    for _ in 0..10 {
        let low = (counter[0] & LOW) * MULTIPLIERS[0];
        let high = (counter[2] & LOW) * MULTIPLIERS[1];
        counter = [high >> 32 ^ counter[1] ^ u64::from(key_0), high, low >> 32 ^ counter[3] ^ u64::from(key_1), low];
        (key_0, key_1) = (key_0.wrapping_add(WEYL[0]), key_1.wrapping_add(WEYL[1]));
    }
    counter
}

/// One block, words in and out.
fn block(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox(counter.map(u64::from), key).map(low_u32)
}

/// A number as two words, the low one first.
fn words(value: u64) -> [u32; 2] {
    [low_u32(value), low_u32(value >> 32)]
}

/// The random numbers of one text, or of its rest from a line on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    /// The seed.
    seed: u64,
    /// The index of the text.
    text_index: u64,
    /// The place in the text that offsets are counted from.
    base: u64,
}

impl Generator {
    /// For the whole text with this index.
    pub fn new(seed: u64, text_index: u64) -> Self {
        Self { seed, text_index, base: 0 }
    }

    /// For the rest of the text from `offset` on, where a line begins: there the same draws come out as in the whole.
    #[must_use]
    pub fn at(self, offset: usize) -> Self {
        Self { base: self.base.wrapping_add(to_u64(offset)), ..self }
    }

    /// The draws of the line that begins at `offset`.
    pub fn line(self, offset: usize) -> Draws {
        let ([a, b], [c, d]) = (words(self.at(offset).base), words(self.text_index));
        let [w, x, y, z] = block([a, b, c, d], words(self.seed));
        Draws { key: [w, x], upper: [y, z] }
    }
}

/// How many numbers of a line are computed at once: enough that the compiler does it by vectors, few enough for short
/// lines.
pub const DRAWS: usize = 16;

/// The random numbers of one line, by their number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// The key of the cipher.
    key: [u32; 2],
    /// The upper half of the counter.
    upper: [u32; 2],
}

impl Draws {
    /// The numbers from `16 · group` on: 64 random bits each, two from a block.
    #[inline(always)]
    fn group(self, group: u64) -> [u64; DRAWS] {
        let first = group.wrapping_mul(to_u64(DRAWS / 2));
        let (mut even, mut odd) = ([0; DRAWS / 2], [0; DRAWS / 2]);
        for (at, (even, odd)) in (0..).zip(even.iter_mut().zip(&mut odd)) {
            let block = first.wrapping_add(at);
            let [w, x, y, z] = philox([block, block >> 32, self.upper[0].into(), self.upper[1].into()], self.key);
            (*even, *odd) = (x << 32 | w & LOW, z << 32 | y & LOW);
        }
        std::array::from_fn(|at| if at % 2 == 0 { even[at / 2] } else { odd[at / 2] })
    }

    /// The numbers from `16 · group` on, uniform in [0, 1), multiples of 2^-53.
    pub fn units(self, group: usize) -> [f64; DRAWS] {
        self.units_inline(group)
    }

    /// The same, by the vectors that `kernel` is for.
    pub(super) fn units_by(self, kernel: Kernel, group: usize) -> [f64; DRAWS] {
        match kernel.form() {
            #[cfg(target_arch = "x86_64")]
            Form::Avx2 => avx2::units(self, group),
            Form::Portable => self.units(group),
        }
    }

    /// The work of both.
    #[inline(always)]
    fn units_inline(self, group: usize) -> [f64; DRAWS] {
        self.group(to_u64(group)).map(|bits| crate::num::to_f64(bits >> 11) * UNIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authors_own_test_vectors() {
        assert_eq!(block([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(block([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(block(pi, [0xa409_3822, 0x299f_31d0]), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn streams_differ_by_seed_index_and_line_and_repeat() {
        let draws = |seed, index, offset| {
            let draws = Generator::new(seed, index).line(offset);
            [draws.group(0), draws.group(1)].concat()
        };
        assert_eq!(draws(1, 2, 3), draws(1, 2, 3));
        assert_ne!(draws(1, 2, 3), draws(1, 2, 4));
        assert_ne!(draws(1, 2, 3), draws(1, 3, 3));
        assert_ne!(draws(1, 2, 3), draws(2, 2, 3));
        assert_eq!(draws(1, 0, 0).into_iter().collect::<std::collections::BTreeSet<_>>().len(), 2 * DRAWS);
    }

    #[test]
    fn the_rest_of_a_text_has_the_draws_of_the_whole() {
        let generator = Generator::new(9, 8);
        assert_eq!(generator.at(30).at(12).line(5), generator.line(47));
    }

    /// What a seed gives is part of the interface: a change here changes everybody's samples.
    #[test]
    fn the_first_draws_of_a_seed() {
        let draws = Generator::new(42, 7).line(1 << 33);
        let key = block([0, 2, 7, 0], [42, 0]);
        assert_eq!((draws.key, draws.upper), ([key[0], key[1]], [key[2], key[3]]));
        for number in [0u32, 1, 15, 16, 33] {
            let words = block([number / 2, 0, key[2], key[3]], [key[0], key[1]]);
            let (low, high) = if number % 2 == 0 { (words[0], words[1]) } else { (words[2], words[3]) };
            let (group, at) = (number / 16, crate::num::index(number % 16));
            assert_eq!(draws.group(u64::from(group))[at], u64::from(high) << 32 | u64::from(low));
        }
    }

    #[test]
    fn units_fill_the_interval_evenly() {
        let draws = Generator::new(7, 0).line(0);
        let mut bins = [0u32; 16];
        for unit in (0..1000).flat_map(|group| draws.units(group)) {
            assert!((0.0..1.0).contains(&unit));
            let bin = bins
                .iter()
                .enumerate()
                .position(|(bin, _)| unit < f64::from(u32::try_from(bin).expect("small") + 1) / 16.0);
            bins[bin.expect("under 1")] += 1;
        }
        // standard deviation 30.6
        assert!(bins.iter().all(|&count| count.abs_diff(1000) < 160), "{bins:?}");
    }
}
