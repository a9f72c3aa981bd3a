//! The natural logarithm of a count: the same `f64` on every machine, and the one that bytepiece 0.6.3 computes.
//!
//! Exact ties between segmentations are broken by the rounding of these numbers, so one unit in the last place moves ids. C
//! libraries differ there: glibc's `log` is not correctly rounded, and its variants with and without fused multiply-add differ
//! from each other. In: a count. Out: what glibc's variant with fused multiply-add gives, for every count up to 2^25 and for the
//! counts and totals of the published models; for other counts the correctly rounded logarithm, which differs from it on
//! 1 in 50,000. How: the correctly rounded one of core-math, and a table of the counts where glibc's is its neighbour.
//! Calling the C library instead was no choice: then the machine would decide. Cost: some 12 ns.

mod exceptions;

use crate::num::to_f64;
use exceptions::{ABOVE, BELOW};

/// ln(count); −inf for 0.
pub fn ln(count: u64) -> f64 {
    let rounded = core_math::log(to_f64(count));
    if ABOVE.binary_search(&count).is_ok() {
        rounded.next_up()
    } else if BELOW.binary_search(&count).is_ok() {
        rounded.next_down()
    } else {
        rounded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_share_no_count() {
        assert!(ABOVE.is_sorted_by(|a, b| a < b) && BELOW.is_sorted_by(|a, b| a < b));
        assert!(ABOVE.iter().all(|count| BELOW.binary_search(count).is_err()));
    }

    #[test]
    fn special_counts() {
        assert_eq!((ln(0), ln(1)), (f64::NEG_INFINITY, 0.0));
        assert_eq!(ln(2), std::f64::consts::LN_2);
        // 64 · ln 2, rounded
        assert_eq!(ln(u64::MAX).to_bits(), 0x4046_2e42_fefa_39ef);
    }

    #[test]
    fn the_exceptions_are_one_unit_off_the_correct_rounding() {
        // ln 9170 = 9.1236926… and ln 330034 = 12.7070…: correctly rounded, then as glibc has them
        assert_eq!(ln(9170), core_math::log(9170.0).next_up());
        assert_eq!(ln(330_034), core_math::log(330_034.0).next_down());
        assert_eq!(ln(9171), core_math::log(9171.0));
    }

    /// `f64::ln` calls the C library.
    #[test]
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    #[expect(clippy::print_stderr, reason = "says why a test was skipped")]
    fn equal_to_glibc_with_fused_multiply_add() {
        let is_other = |&&count: &&u64| to_f64(count).ln() == core_math::log(to_f64(count));
        if !std::arch::is_x86_feature_detected!("fma") || ABOVE.iter().take(8).filter(is_other).count() == 8 {
            eprintln!("skipped: this processor or C library has not the logarithm that the table was measured on");
            return;
        }
        for count in (1..=3_000_000).chain(ABOVE.iter().copied()).chain(BELOW.iter().copied()) {
            assert_eq!(ln(count).to_bits(), to_f64(count).ln().to_bits(), "ln({count})");
        }
    }
}
