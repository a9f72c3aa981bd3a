//! From the memory limit to the sizes of tables and buffers: the one place that knows.
//!
//! In: `memory_limit`, threads, the longest n-gram. Out: what each stage may use. The limit bounds how much the anonymous memory of the
//! process grows during training. With `t` threads and `w` = 1 for orders up to 8, else 2:
//! ```text
//! always     8 MB + t × 12 MB     text on its way: two batches of 1 MB a thread that wait, one in work, its normal form, a
//!                                 compressor and its chunks, what the allocator wastes
//! counting   w × (4 MB + t × 1.2 MB) + tables           tables: the rest of the limit, and at least 16 MB; a quarter of
//!                                 them may be longer buffers
//! deriving   the same tables, which shrink while the n-grams that are kept come in
//! model      12 bytes an n-gram that is kept (23 at orders over 8) + what is kept of them in memory, else on disk
//! segmenting the model, at least 8 MB, + t × 8 MB + pieces              pieces: the rest of the limit, and at least 16 MB
//! pruning    100 + t × 16 bytes a piece that is kept + their bytes three times + 18 bytes for each different beginning of
//!            them + other pieces, compressed: the rest of the limit, else on disk
//! refining   300 + t × 28 bytes a candidate + half of the rest for text, compressed on disk beyond that, + pairs: the rest, in
//!            as many passes as that takes
//! ```
//! A document that is longer than a megabyte and comes in one part (a line of JSON, a `str`) is in memory some three times, and
//! nobody can know that before: it adds to that.
//! What does not fit spills; only the model, and the pieces that pruning begins with, cannot: they are refused with the settings that
//! would do. No result depends on any of this.

use crate::count::partitions::{BUFFER_BYTES, SMALLEST_BYTES};
use crate::num::{to_f64, to_u64, to_usize};
use crate::segment::piece_adder::LOCAL_MOST;
use crate::{Error, Result};
use std::num::NonZeroUsize;
use std::path::Path;

/// A megabyte, as everywhere here.
const MB: u64 = 1 << 20;
/// What is needed whatever the number of threads.
const ALWAYS: u64 = 8 * MB;
/// What a thread needs in every stage.
const THREAD: u64 = 12 * MB;
/// The least that tables may have, for n-grams and for pieces.
const LEAST_TABLES: u64 = 16 * MB;
/// The least that a model may have.
const LEAST_MODEL: u64 = 8 * MB;
/// What a thread needs beside its pieces while it cuts a segment of the greatest length at the highest order.
const SEGMENT: u64 = 6 * MB;
/// What pruning needs for each piece, beside a multiple of its bytes,
const PIECE: u64 = 100;
/// and for each piece and thread: two counts.
const PIECE_THREAD: u64 = 16;
/// So many times the bytes of its pieces are in memory while pruning.
const PIECE_COPIES: u64 = 3;
/// What each different beginning of its pieces takes: a state, with its share of free slots.
const STATE: u64 = 18;
/// What refinement needs for each piece: a tokenizer, and the pieces three times,
const CANDIDATE: u64 = 300;
/// and for each piece and thread: three counts.
const CANDIDATE_THREAD: u64 = 28;
/// The limit where the system does not tell how much memory it has.
const UNKNOWN: u64 = 4 << 30;

/// How much memory training may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MemoryLimit {
    /// Half of what the machine, or its control group, has free.
    HalfOfFree,
    /// So many bytes.
    Bytes(u64),
    /// A share of all memory of the machine, or its control group: above 0, at most 1.
    Share(f64),
}

impl MemoryLimit {
    /// A size in words: a number, which may have a fraction, and `B`, `KB`, `MB`, `GB`, `TB` (powers of 1,000) or `KiB`, `MiB`, `GiB`,
    /// `TiB` (of 1,024), in any case and with or without a space between.
    pub fn parse(words: &str) -> Option<Self> {
        let words = words.trim().to_ascii_lowercase();
        let digits = words.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(words.len());
        let (number, unit) = words.split_at(digits);
        let unit: u128 = match unit.trim_start() {
            "" | "b" => 1,
            "kb" => 1000,
            "mb" => 1000_u128.pow(2),
            "gb" => 1000_u128.pow(3),
            "tb" => 1000_u128.pow(4),
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            "tib" => 1 << 40,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.len() + fraction.len()) == 0 || fraction.len() > 9 {
            return None;
        }
        let tens = u32::try_from(fraction.len()).ok().map(|digits| 10_u128.pow(digits))?;
        let parts: u128 = format!("{whole}{fraction}").parse().ok()?;
        let bytes = parts.checked_mul(unit)? / tens;
        u64::try_from(bytes).ok().filter(|&bytes| bytes > 0).map(Self::Bytes)
    }

    /// The limit in bytes, as it is now.
    pub fn bytes(self) -> u64 {
        match self {
            Self::HalfOfFree => free().map_or(UNKNOWN, |bytes| bytes / 2),
            Self::Bytes(bytes) => bytes,
            Self::Share(share) => total().map_or(UNKNOWN, |bytes| scale(bytes, share)),
        }
    }
}

/// `share` of `bytes`; `share` is 0 to 1.
fn scale(bytes: u64, share: f64) -> u64 {
    // in 2^20ths: more than the precision anybody has in mind, and free of conversions from floating-point numbers
    let parts = (0..=20).rev().map(|bit| 1_u64 << bit);
    let share = parts.fold(0, |sum, part| if to_f64(sum + part) <= share * to_f64(MB) { sum + part } else { sum });
    bytes / MB * share
}

/// What each stage may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The limit.
    limit: u64,
    /// Threads.
    threads: u64,
    /// How many 64-bit integers an n-gram takes.
    words: u64,
}

impl Plan {
    /// A plan for a limit that counting can work with.
    pub(crate) fn new(limit: u64, threads: NonZeroUsize, order: usize) -> Result<Self> {
        let words = if order <= size_of::<u64>() { 1 } else { 2 };
        let plan = Self { limit, threads: to_u64(threads.get()), words };
        let least = LEAST_TABLES + plan.counting().max(plan.segmenting() + LEAST_MODEL);
        if limit < least {
            return Err(Error::MemoryTooSmall { limit, least, threads: threads.get(), order });
        }
        Ok(plan)
    }

    /// What is needed in every stage.
    fn always(&self) -> u64 {
        ALWAYS + self.threads * THREAD
    }

    /// What counting needs beside its tables.
    fn counting(&self) -> u64 {
        self.always() + self.words * (to_u64(SMALLEST_BYTES) + self.threads * to_u64(BUFFER_BYTES))
    }

    /// The tables of n-grams.
    pub(crate) fn table_bytes(&self) -> usize {
        to_usize(self.limit - self.counting())
    }

    /// How much of the limit a model leaves for n-grams that it is made from.
    pub(crate) fn beside_model(&self, model: u64) -> u64 {
        self.limit.saturating_sub(self.always() + model)
    }

    /// What segmenting needs beside the model and the pieces.
    fn segmenting(&self) -> u64 {
        self.always() + self.threads * (to_u64(LOCAL_MOST) + SEGMENT)
    }

    /// The tables of pieces beside a model; an error if it is too large.
    pub(crate) fn piece_bytes(&self, model: u64, ngrams: u64) -> Result<usize> {
        let needed = self.segmenting() + LEAST_TABLES + model;
        if needed > self.limit {
            let left = self.limit.saturating_sub(self.segmenting() + LEAST_TABLES);
            let fitting = u64::try_from(u128::from(left) * u128::from(ngrams) / u128::from(model.max(1)));
            return Err(Error::ModelTooLarge {
                limit: self.limit,
                needed,
                ngrams,
                fitting: fitting.unwrap_or(u64::MAX),
            });
        }
        Ok(to_usize(self.limit - self.segmenting() - model))
    }

    /// What the limit leaves for other pieces while so many are pruned, that have so many bytes and different beginnings; an error
    /// if it is too small for that.
    pub(crate) fn beside_pruning(&self, pieces: usize, bytes: usize, beginnings: usize) -> Result<u64> {
        let tables = to_u64(pieces) * (PIECE + self.threads * PIECE_THREAD) + to_u64(bytes) * PIECE_COPIES;
        let needed = self.always() + tables + to_u64(beginnings) * STATE;
        let too_many = Error::PiecesTooMany { limit: self.limit, needed, pieces };
        self.limit.checked_sub(needed).ok_or(too_many)
    }

    /// What refining so many pieces leaves of the limit.
    fn beside_candidates(&self, pieces: usize) -> u64 {
        let needed = self.always() + to_u64(pieces) * (CANDIDATE + self.threads * CANDIDATE_THREAD);
        self.limit.saturating_sub(needed)
    }

    /// How much text may be in memory while so many pieces are refined.
    pub(crate) fn text_bytes(&self, pieces: usize) -> usize {
        to_usize(self.beside_candidates(pieces) / 2)
    }

    /// What the limit leaves for pairs while so many pieces are refined with so much text in memory.
    pub(crate) fn beside_refining(&self, pieces: usize, text: u64) -> u64 {
        self.beside_candidates(pieces).saturating_sub(text)
    }
}

/// The memory that can be had without swapping.
fn free() -> Option<u64> {
    let of_machine = meminfo("MemAvailable:");
    let of_group = cgroup(|limit, used| limit.saturating_sub(used));
    of_machine.into_iter().chain(of_group).min()
}

/// All memory.
fn total() -> Option<u64> {
    meminfo("MemTotal:").into_iter().chain(cgroup(|limit, _| limit)).min()
}

/// A line of `/proc/meminfo`, in bytes.
fn meminfo(name: &str) -> Option<u64> {
    kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, name)
}

/// The number behind `name` in a list of lines `name: number kB`, in bytes.
fn kilobytes(list: &str, name: &str) -> Option<u64> {
    let line = list.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// What `read` makes of the limit and the use of the control group, where there is a limit: version 2, then version 1.
fn cgroup(read: impl Fn(u64, u64) -> u64) -> Option<u64> {
    let number = |path: &Path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().to_owned();
    let version_2 = [format!("/sys/fs/cgroup/{path}"), "/sys/fs/cgroup".to_owned()]
        .map(|dir| (format!("{dir}/memory.max"), format!("{dir}/memory.current")));
    let version_1 = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes");
    let version_1 = (version_1.0.to_owned(), version_1.1.to_owned());
    version_2
        .into_iter()
        .chain([version_1])
        .find_map(|(limit, used)| Some(read(number(Path::new(&limit))?, number(Path::new(&used)).unwrap_or(0))))
}

/// The anonymous memory of this process, in bytes, where the system tells.
pub(crate) fn anonymous() -> Option<u64> {
    kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, "RssAnon:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_to_a_millionth() {
        assert_eq!(scale(16 << 30, 0.5), 8 << 30);
        assert_eq!((scale(16 << 30, 1.0), scale(16 << 30, 0.0)), (16 << 30, 0));
        assert!(scale(16 << 30, 0.1) <= (16 << 30) / 10 && scale(16 << 30, 0.1) > (16 << 30) / 11);
    }

    #[test]
    fn a_limit_that_is_too_small_names_the_smallest_that_works() {
        let threads = NonZeroUsize::new(2).unwrap();
        let Err(Error::MemoryTooSmall { least, .. }) = Plan::new(1, threads, 6) else { panic!("refused") };
        assert!(Plan::new(least - 1, threads, 6).is_err());
        let plan = Plan::new(least, threads, 6).unwrap();
        assert!(plan.table_bytes() >= to_usize(LEAST_TABLES) && plan.piece_bytes(LEAST_MODEL, 1).is_ok());
        let message = Plan::new(1, threads, 6).unwrap_err().to_string();
        assert!(message.contains("memory_limit") && message.contains(&least.to_string()), "{message}");
    }

    #[test]
    fn a_model_that_is_too_large_names_what_would_fit() {
        let plan = Plan::new(100 * MB, NonZeroUsize::MIN, 6).unwrap();
        let Err(Error::ModelTooLarge { needed, fitting, .. }) = plan.piece_bytes(1000 * MB, 100 * MB) else {
            panic!("refused")
        };
        assert!(plan.piece_bytes(10 * fitting, fitting).is_ok());
        assert!(Plan::new(needed, NonZeroUsize::MIN, 6).unwrap().piece_bytes(1000 * MB, 100 * MB).is_ok());
    }

    #[test]
    fn pieces_that_are_too_many_name_what_they_need() {
        let plan = |limit| Plan::new(limit, NonZeroUsize::MIN, 6).unwrap();
        let Err(Error::PiecesTooMany { needed, .. }) = plan(100 * MB).beside_pruning(1 << 20, 1 << 23, 1 << 22) else {
            panic!("refused")
        };
        assert_eq!(plan(needed + 5).beside_pruning(1 << 20, 1 << 23, 1 << 22).unwrap(), 5);
    }

    #[test]
    fn sizes_in_words() {
        let bytes = |words| match MemoryLimit::parse(words) {
            Some(MemoryLimit::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        assert_eq!(bytes("600MB"), Some(600_000_000));
        assert_eq!(
            (bytes(" 2 GiB "), bytes("1.5gb"), bytes("0.5 KiB")),
            (Some(2 << 30), Some(1_500_000_000), Some(512))
        );
        assert_eq!((bytes("12345"), bytes("7B"), bytes(".5KB")), (Some(12345), Some(7), Some(500)));
        for words in ["", "GB", ".", "1.2.3GB", "-1GB", "2 parsecs", "0MB", "1e3", "99999999999TB", "1.0000000001GB"] {
            assert_eq!(bytes(words), None, "{words}");
        }
    }

    #[test]
    fn lists_of_the_kernel_are_read() {
        assert_eq!(kilobytes("A:  1 kB\nRssAnon:\t  204 kB\n", "RssAnon:"), Some(204 << 10));
        assert_eq!(kilobytes("A: 1 kB\n", "B:"), None);
    }
}
