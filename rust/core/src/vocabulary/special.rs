//! Special tokens: strings with an id of their own that are no pieces, such as `<|im_start|>`.
//!
//! In: strings, in the order in which they get their ids. Out: the same, proved to be distinct, not empty, in the limits, and
//! none of [`SPECIALS`], which every vocabulary has. A string may be equal to the bytes of a piece: then the two have
//! different ids. Strings are kept as they are given: no NFC, since they are looked for in text as it is given.
//! Finding one: a binary search. Memory: the strings, plus 28 bytes each.

use super::SPECIALS;
use crate::num::index;
use crate::{Error, Result};

/// The most special tokens a vocabulary can have beside [`SPECIALS`]: enough for one of each picture element of the models that
/// write pictures as tokens.
pub const MAX_SPECIAL_TOKENS: usize = 1 << 16;
/// The longest special token, in bytes of UTF-8.
pub const MAX_SPECIAL_LENGTH: usize = 256;
/// The longest all of them may be together, in bytes: 32 each for as many as there can be. What finds them in text takes a second to
/// build then, and 150 MB while it is built.
pub const MAX_SPECIAL_BYTES: usize = 1 << 21;

/// Distinct strings, by index. See the module's text for what is true of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// In the order of their ids.
    tokens: Vec<String>,
    /// Indices into `tokens`, in the order of the strings.
    sorted: Vec<u32>,
}

impl SpecialTokens {
    /// These, in this order.
    pub fn new(tokens: impl IntoIterator<Item = String>) -> Result<Self> {
        Self::default().and(tokens)
    }

    /// These and `more` behind them; an [`Error::SpecialToken`] names the first that is refused by its index in `more`.
    pub(super) fn and(&self, more: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut tokens = self.tokens.clone();
        let mut bytes: usize = tokens.iter().map(String::len).sum();
        for (place, token) in more.into_iter().enumerate() {
            bytes += token.len();
            check(&token, tokens.len(), bytes).map_err(|problem| Error::SpecialToken { place, problem })?;
            tokens.push(token);
        }
        let mut sorted: Vec<u32> = (0..).take(tokens.len()).collect();
        sorted.sort_by_key(|&at| &tokens[index(at)]); // stable: of equal strings the later is behind
        let twice = |pair: &&[u32]| tokens[index(pair[0])] == tokens[index(pair[1])];
        if let Some(at) = sorted.windows(2).filter(twice).map(|pair| index(pair[1])).min() {
            let problem = format!("it is {:?}, which is a special token already", tokens[at]);
            return Err(Error::SpecialToken { place: at - self.tokens.len(), problem });
        }
        Ok(Self { tokens, sorted })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The string at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.tokens.get(index).map(String::as_str)
    }

    /// The index of a string.
    pub fn find(&self, token: &str) -> Option<u32> {
        let found = self.sorted.binary_search_by_key(&token, |&at| &self.tokens[index(at)]);
        found.ok().map(|place| self.sorted[place])
    }

    /// All strings, by index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }
}

/// What is wrong with one string that comes behind `before` others; with it they have `bytes` bytes.
fn check(token: &str, before: usize, bytes: usize) -> Result<(), String> {
    if token.is_empty() {
        return Err("it is empty".to_owned());
    }
    if token.len() > MAX_SPECIAL_LENGTH {
        let start: String = token.chars().take(16).collect();
        let len = token.len();
        return Err(format!("it has {len} bytes (beginning with {start:?}), the limit is {MAX_SPECIAL_LENGTH}"));
    }
    if SPECIALS.contains(&token) {
        return Err(format!("it is {token:?}, which every tokenizer has already"));
    }
    if before == MAX_SPECIAL_TOKENS {
        return Err(format!("it would be one more than {MAX_SPECIAL_TOKENS} (2^16), the limit"));
    }
    if bytes > MAX_SPECIAL_BYTES {
        return Err(format!("with it all have {bytes} bytes, the limit is {MAX_SPECIAL_BYTES} (2^21)"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(more: &[&str]) -> Result<SpecialTokens> {
        SpecialTokens::default().and(more.iter().map(|&token| token.to_owned()))
    }

    fn problem(more: &[&str]) -> String {
        tokens(more).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
    }

    #[test]
    fn they_keep_their_order_and_are_found() {
        let first = tokens(&["<z>", "<a>"]).expect("two");
        let all = first.and(["<m>".to_owned()]).expect("three");
        assert_eq!(all.iter().collect::<Vec<_>>(), ["<z>", "<a>", "<m>"]);
        assert_eq!(["<z>", "<a>", "<m>", "<", "<pad>"].map(|t| all.find(t)), [Some(0), Some(1), Some(2), None, None]);
        assert_eq!((all.get(2), all.get(3), all.len(), first.len()), (Some("<m>"), None, 3, 2));
        assert!(!all.is_empty() && SpecialTokens::default().is_empty());
    }

    #[test]
    fn each_broken_rule_is_named() {
        assert_eq!(problem(&["a", ""]), "special token 1 cannot be added: it is empty");
        assert_eq!(
            problem(&["<eos>"]),
            "special token 0 cannot be added: it is \"<eos>\", which every tokenizer has already"
        );
        let twice = "special token 2 cannot be added: it is \"b\", which is a special token already";
        assert_eq!(problem(&["b", "a", "b", "a"]), twice);
        let again = tokens(&["x", "b"]).and_then(|old| old.and(["a", "y", "b"].map(str::to_owned)));
        assert_eq!(again.expect_err("twice").to_string(), twice);
        assert_eq!(problem(&["é".repeat(128).as_str()]), "nothing");
        assert!(
            problem(&[&("é".repeat(128) + "!")]).contains("it has 257 bytes (beginning with \"éééééééééééééééé\")")
        );
    }

    #[test]
    fn there_are_limits_on_their_number_and_their_length_together() {
        let full = SpecialTokens::default().and((0..MAX_SPECIAL_TOKENS).map(|number| number.to_string()));
        let problem = full.expect("as many as may be").and(["one".to_owned()]).expect_err("one more").to_string();
        assert_eq!(problem, "special token 0 cannot be added: it would be one more than 65536 (2^16), the limit");
        let long = (0..8193).map(|number| format!("{number:0256}"));
        let problem = SpecialTokens::default().and(long).expect_err("too long").to_string();
        let words = "special token 8192 cannot be added: with it all have 2097408 bytes, the limit is 2097152 (2^21)";
        assert_eq!(problem, words);
    }
}
