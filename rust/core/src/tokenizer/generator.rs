//! Random numbers that depend on (seed, text index, number of the draw) and nothing else: Philox4x32-10.
//!
//! A counter-based generator has no state to share or to split: the draws of one text are the same on whichever thread, process
//! or machine. Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//! Cost: ten rounds of two multiplications for two draws.

use crate::num::low_u32;

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

/// The random numbers of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    /// The seed: the key of the cipher.
    seed: u64,
    /// The upper half of the counter.
    text_index: u64,
    /// The lower half: the number of the next block.
    block: u64,
    /// The second number of the last block, not given out yet.
    spare: Option<u64>,
}

impl Generator {
    /// At the first number of the text with this index.
    pub fn new(seed: u64, text_index: u64) -> Self {
        Self { seed, text_index, block: 0, spare: None }
    }

    /// 64 random bits.
    fn next_u64(&mut self) -> u64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let ([a, b], [c, d]) = (words(self.block), words(self.text_index));
        let [w, x, y, z] = philox([a, b, c, d], words(self.seed));
        self.block = self.block.wrapping_add(1);
        self.spare = Some(u64::from(z) << 32 | u64::from(y));
        u64::from(x) << 32 | u64::from(w)
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
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
    fn streams_differ_by_seed_and_index_and_repeat() {
        let draws = |seed, index| {
            let mut generator = Generator::new(seed, index);
            (0..5).map(|_| generator.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draws(1, 2), draws(1, 2));
        assert_ne!(draws(1, 2), draws(1, 3));
        assert_ne!(draws(1, 2), draws(2, 2));
        assert_ne!(draws(1, 0)[0], draws(1, 0)[1]);
    }

    #[test]
    fn units_fill_the_interval_evenly() {
        let mut generator = Generator::new(7, 0);
        let mut bins = [0u32; 16];
        for _ in 0..16_000 {
            let unit = generator.next_unit();
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
