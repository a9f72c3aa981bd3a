//! Cutting normalized text into segments. (stub: helper CORPUS)

/// How text is cut into segments: the two parameters of 0.6.3's `normalize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRule {
    /// The most characters before the newline run; 0 for no limit. With a limit, a newline run is cut at 100.
    pub max_chars: usize,
    /// Whether each decimal digit (Unicode category Nd) is a segment of its own.
    pub isolate_digits: bool,
}

impl SegmentRule {
    /// The rule of training: 10,000 characters.
    pub const fn training(isolate_digits: bool) -> Self {
        Self { max_chars: 10_000, isolate_digits }
    }
    /// The rule of encoding: lines, each with the newline run behind it.
    pub const LINES: Self = Self { max_chars: 0, isolate_digits: false };
}

/// Segments of `normalized`, in order; together they are all of it.
pub fn segments(normalized: &[u8], rule: SegmentRule) -> Segments<'_> {
    Segments { rest: normalized, rule }
}

/// See [`segments`].
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    /// What is not cut yet.
    rest: &'a [u8],
    /// How to cut.
    rule: SegmentRule,
}

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        let _ = self.rule;
        if self.rest.is_empty() { None } else { Some(std::mem::take(&mut self.rest)) }
    }
}
