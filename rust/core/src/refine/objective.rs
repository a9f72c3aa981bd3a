//! What a vocabulary is to be good at, as users name it.

/// What a vocabulary is to be good at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// Few tokens.
    #[default]
    Tokens,
    /// A short code: few bits, where each token takes −log₂ of its probability.
    Entropy,
    /// 0.6.3's: the most frequent pieces of the best segmentation, without this stage.
    Frequency,
}

impl Objective {
    /// All of them, by the names that a user gives.
    pub const NAMES: [(&'static str, Self); 3] =
        [("tokens", Self::Tokens), ("entropy", Self::Entropy), ("frequency", Self::Frequency)];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Entropy => "entropy",
            Self::Frequency => "frequency",
        }
    }
}
