//! What refinement could do otherwise: the choices behind its defaults, so that each can be measured off and on.
//!
//! In: nothing; [`Levers::default`] is what training does, and no user is asked. Out: what the stage goes by. `python -m bench levers` trains with
//! each choice in turn (`examples/levers.rs`), and the table is in DESIGN.md.
//!
//! *Scores.* Encoding takes the path of the best score, so what the model holds decides on how many tokens there are. With [`Objective::Tokens`] it holds
//! the square roots of the counts, times 1,024: then fewer tokens nearly always win, and between paths of equally many the more frequent pieces. With
//! [`Objective::Entropy`] it holds the counts.

use super::alphabets::UNIT;
use super::blocks::BLOCK;
use super::objective::Objective;
use super::sample::SAMPLE_BYTES;

/// The choices; the default is what was best on text never seen.
#[derive(Clone, Debug)]
pub struct Levers {
    /// With which pieces it begins.
    pub candidates: Candidates,
    /// Shrinking goes on by this share, in tenths.
    pub step: usize,
    /// The rounds of swap: what share of the pieces is new, in hundredths.
    pub rounds: Vec<usize>,
    /// A document is cut into blocks of so many bytes.
    pub block: usize,
    /// What a count is worth.
    pub discount: Discount,
    /// What the model holds while it is refined; `None` leaves it to the objective.
    pub scores: Option<Scores>,
    /// What the model holds in the end; `None` leaves it to the objective.
    pub last_scores: Option<Scores>,
    /// Of a corpus of more bytes about so many are refined on.
    pub sample_bytes: u64,
}

impl Default for Levers {
    fn default() -> Self {
        Self {
            candidates: Candidates::Pruned(4),
            step: 7,
            rounds: vec![20, 20, 20, 20, 8, 8],
            block: BLOCK,
            discount: Discount::Square,
            scores: None,
            last_scores: None,
            sample_bytes: SAMPLE_BYTES,
        }
    }
}

/// With which pieces refinement begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// So many that pruning leaves for each piece wanted.
    Pruned(usize),
    /// Single bytes and characters: everything else comes from pairs.
    Characters,
}

/// What a count C is worth that is the sum of the counts c of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// C.
    None,
    /// C − K·√Σc², at least 0: K standard deviations under C if each block were there or not by chance.
    Deviations(u64),
    /// C·(1 − H)², with H = Σc² / C².
    Square,
}

/// What a model holds for a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// The square root of its count, times 1,024.
    Root,
    /// Its count.
    Count,
    /// 1.
    Equal,
}

impl Scores {
    /// Those of an objective.
    pub(super) fn of(objective: Objective) -> Self {
        if objective == Objective::Entropy { Self::Count } else { Self::Root }
    }

    /// What stands for a count, which is in units of [`UNIT`].
    pub(super) fn count(self, units: u64) -> u64 {
        match self {
            Self::Root => ((units.clamp(UNIT, 1 << 48) / UNIT) << 20).isqrt(),
            Self::Count => (units / UNIT).max(1),
            Self::Equal => 1,
        }
    }
}
