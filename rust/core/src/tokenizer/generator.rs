//! Random numbers that depend on (seed, text index, place of the line in its text, number of the draw) and nothing else.
//!
//! A counter-based generator, Philox4x32-10, has no state to share or to split. It is used twice, as a tree: one block, with
//! the seed as key and (place of the line, index of the text) as counter, gives the 128 bits of key and upper counter of the
//! line's own generator. So the draws of a line are the same on whichever thread, process or machine, and the lines of one
//! text can be drawn in any order. The place is that of the line's first byte in the text as given, before NFC.
//! Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//! Cost: ten rounds of two multiplications a line, and as much for two draws.

use crate::num::{low_u32, to_u64};

/// The multipliers of a round.
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What the key grows by from round to round.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// One block of four random words.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let low = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let high = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [
            low_u32(high >> 32) ^ counter[1] ^ key[0],
            low_u32(high),
            low_u32(low >> 32) ^ counter[3] ^ key[1],
            low_u32(low),
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
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
        let [w, x, y, z] = philox([a, b, c, d], words(self.seed));
        Draws { key: [w, x], upper: [y, z], block: 0, spare: None }
    }
}

/// The random numbers of one line; moves on with every draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draws {
    /// The key of the cipher.
    key: [u32; 2],
    /// The upper half of the counter.
    upper: [u32; 2],
    /// The lower half: the number of the next block.
    block: u64,
    /// The second number of the last block, not given out yet.
    spare: Option<u64>,
}

impl Draws {
    /// 64 random bits.
    #[inline]
    fn next_u64(&mut self) -> u64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let ([a, b], [c, d]) = (words(self.block), self.upper);
        let [w, x, y, z] = philox([a, b, c, d], self.key);
        self.block = self.block.wrapping_add(1);
        self.spare = Some(u64::from(z) << 32 | u64::from(y));
        u64::from(x) << 32 | u64::from(w)
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn next_unit(&mut self) -> f64 {
        crate::num::to_f64(self.next_u64() >> 11) * (0.5f64).powi(53)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authors_own_test_vectors() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(philox(pi, [0xa409_3822, 0x299f_31d0]), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn streams_differ_by_seed_index_and_line_and_repeat() {
        let draws = |seed, index, offset| {
            let mut draws = Generator::new(seed, index).line(offset);
            (0..5).map(|_| draws.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draws(1, 2, 3), draws(1, 2, 3));
        assert_ne!(draws(1, 2, 3), draws(1, 2, 4));
        assert_ne!(draws(1, 2, 3), draws(1, 3, 3));
        assert_ne!(draws(1, 2, 3), draws(2, 2, 3));
        assert_ne!(draws(1, 0, 0)[0], draws(1, 0, 0)[1]);
    }

    #[test]
    fn the_rest_of_a_text_has_the_draws_of_the_whole() {
        let generator = Generator::new(9, 8);
        assert_eq!(generator.at(30).at(12).line(5), generator.line(47));
    }

    /// What a seed gives is part of the interface: a change here changes everybody's samples.
    #[test]
    fn the_first_draws_of_a_seed() {
        let mut draws = Generator::new(42, 7).line(1 << 33);
        let key = philox([0, 2, 7, 0], [42, 0]);
        assert_eq!((draws.key, draws.upper), ([key[0], key[1]], [key[2], key[3]]));
        let first = philox([0, 0, key[2], key[3]], [key[0], key[1]]);
        assert_eq!(draws.next_u64(), u64::from(first[1]) << 32 | u64::from(first[0]));
        assert_eq!(draws.next_u64(), u64::from(first[3]) << 32 | u64::from(first[2]));
    }

    #[test]
    fn units_fill_the_interval_evenly() {
        let mut draws = Generator::new(7, 0).line(0);
        let mut bins = [0u32; 16];
        for _ in 0..16_000 {
            let unit = draws.next_unit();
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
