//! The spans of rows of ids, on many threads.
//!
//! In: texts and the [`Rows`] that a [`Request`] gave of them. Out: [`Offsets`], a span for each id. `<bos>` comes from nothing before
//! the text and `<eos>` from nothing behind it, also behind one that was cut short: their spans are empty. The rows are divided
//! by the bytes of their texts; a task writes to the places of its rows, so nothing is joined or moved afterwards. A single
//! text is not divided: its spans take a fraction of the time its ids took.
//! Cost: see [`super`]; 16 bytes an id and kind of span, nothing else.

use super::{Place, Span, byte_spans, char_spans};
use crate::Result;
use crate::parallel::{Stop, stream};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::batch::{Id, Padding, Request, Rows, spread};
use crate::tokenizer::special::Part;
use std::num::NonZeroUsize;
use std::ops::Range;

/// About how many bytes of text a thread takes at a time.
const TASK_BYTES: usize = 1 << 18;
/// Batches up to this size run on the calling thread: starting threads would cost as much.
const INLINE_BYTES: usize = 1 << 17;

/// A span for each id of some rows, in the same order. Each refers to the text of its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    /// In bytes.
    pub bytes: Vec<Span>,
    /// In characters, where asked for.
    pub chars: Option<Vec<Span>>,
}

impl Offsets {
    /// Moves the spans to where [`Rows::pad`] puts the ids of rows that end at `ends`; those of `<pad>` are empty, at 0.
    pub fn pad(&mut self, ends: &[usize], padding: Padding) -> Result<()> {
        for spans in std::iter::once(&mut self.bytes).chain(&mut self.chars) {
            spread(spans, ends, padding, [0; 2])?;
        }
        Ok(())
    }
}

impl Tokenizer {
    /// Where the ids of `rows` come from: they are what [`Tokenizer::encode_batch`] gave for `texts` and `request`. With `chars` also in
    /// characters, for texts that are UTF-8; what it gives for others says nothing. `check` is called on this thread about every 50 ms;
    /// its error stops the work and is returned.
    pub fn offsets<I: Id>(
        &self,
        texts: &[&[u8]],
        rows: &Rows<I>,
        request: &Request,
        chars: bool,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Offsets> {
        let job = Job { tokenizer: self, texts, rows, request };
        let mut bytes = vec![[0; 2]; rows.ids.len()];
        let mut in_chars = chars.then(|| vec![[0; 2]; rows.ids.len()]);
        let mut tasks = Tasks { job: &job, row: 0, bytes: &mut bytes, chars: in_chars.as_deref_mut() };
        let size: usize = texts.iter().map(|text| text.len()).sum();
        if size <= INLINE_BYTES {
            if let Some(all) = tasks.next(usize::MAX) {
                job.work(all, &Stop::default());
            }
        } else {
            stream(
                threads.min(NonZeroUsize::MIN.saturating_add(size / TASK_BYTES)),
                || Ok(tasks.next(TASK_BYTES)),
                || (),
                |(), task, stop| {
                    job.work(task, stop);
                    Ok(())
                },
                check,
            )?;
        }
        Ok(Offsets { bytes, chars: in_chars })
    }
}

/// Some rows, and the places of their spans.
struct Task<'s> {
    /// Which rows.
    rows: Range<usize>,
    /// The spans in bytes, row behind row.
    bytes: &'s mut [Span],
    /// Those in characters, where asked for.
    chars: Option<&'s mut [Span]>,
}

/// Gives the tasks, one after another.
struct Tasks<'a, 's, I> {
    /// Everything.
    job: &'a Job<'a, I>,
    /// The next row.
    row: usize,
    /// The places of its spans and of those behind it.
    bytes: &'s mut [Span],
    /// The same in characters.
    chars: Option<&'s mut [Span]>,
}

impl<'s, I: Id> Tasks<'_, 's, I> {
    /// The next rows, whose texts have at least so many bytes. `None`: there are no more.
    fn next(&mut self, least: usize) -> Option<Task<'s>> {
        let (first, mut size, mut ids) = (self.row, 0_usize, 0);
        while size < least && self.row < self.job.texts.len() {
            // 16: what a text costs beside its bytes
            size = size.saturating_add(self.job.texts[self.row].len() + 16);
            ids += self.job.rows.range(self.row).len();
            self.row += 1;
        }
        let bytes = take_first(&mut self.bytes, ids);
        let chars = self.chars.as_mut().map(|chars| take_first(chars, ids));
        (first < self.row).then_some(Task { rows: first..self.row, bytes, chars })
    }
}

/// Takes the first `count` places away from `places`.
fn take_first<'s>(places: &mut &'s mut [Span], count: usize) -> &'s mut [Span] {
    let (first, rest) = std::mem::take(places).split_at_mut(count);
    *places = rest;
    first
}

/// What the work on a batch has to know.
struct Job<'a, I> {
    /// Knows the pieces.
    tokenizer: &'a Tokenizer,
    /// All texts.
    texts: &'a [&'a [u8]],
    /// Their ids.
    rows: &'a Rows<I>,
    /// What the ids were made by.
    request: &'a Request,
}

impl<I: Id> Job<'_, I> {
    /// Writes the spans of a task; gives up when `stop` says so.
    fn work(&self, task: Task<'_>, stop: &Stop) {
        let Task { rows, mut bytes, mut chars } = task;
        for row in rows {
            let ids = &self.rows.ids[self.rows.range(row)];
            let of_row = take_first(&mut bytes, ids.len());
            self.row(self.texts[row], ids, of_row, stop);
            if let Some(chars) = &mut chars {
                char_spans(self.texts[row], Place::default(), of_row, stop, take_first(chars, ids.len()));
            }
            if stop.requested() {
                return;
            }
        }
    }

    /// Writes the spans in bytes of one row; they are all 0 before. A special token in the text has the span of its place; the
    /// stretches between are texts of their own, as when they were encoded.
    fn row(&self, text: &[u8], ids: &[I], spans: &mut [Span], stop: &Stop) {
        let pieces = ids.iter().zip(spans).skip(usize::from(self.request.add_bos));
        let normalization = self.tokenizer.normalization();
        let length = |id: I| self.tokenizer.vocabulary().piece(id.into()).map_or(0, <[u8]>::len);
        let mut pieces = pieces.map(|(&id, span)| (length(id), span));
        let eos = if self.request.add_eos { pieces.next_back() } else { None };
        match &self.request.specials {
            None => byte_spans((text, 0), normalization, pieces, stop),
            Some(finder) => {
                let mut parts = Vec::new();
                // refused tokens were an error before there were ids
                let _ = finder.parts_into(text, 0..text.len(), &|| stop.requested(), &mut parts);
                for Part { range, special } in parts {
                    match special {
                        None => byte_spans((&text[range.clone()], range.start), normalization, &mut pieces, stop),
                        Some(_) => {
                            let Some((_, span)) = pieces.next() else { break };
                            *span = [range.start, range.end];
                        }
                    }
                }
            }
        }
        if let Some((_, span)) = eos {
            *span = [text.len(); 2];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::naive::{normalize::strategy, offsets as naive};
    use crate::pieces::PieceTable;
    use crate::tokenizer::batch::Side;
    use crate::vocabulary::Vocabulary;
    use proptest::prelude::*;

    fn tokenizer() -> Tokenizer {
        let mut pieces = PieceTable::new();
        for byte in 0..=255u8 {
            pieces.push(&[byte], 1);
        }
        for piece in ["bc", "é", "天", "\n\n", "é\u{323}"] {
            pieces.push(piece.as_bytes(), 50);
        }
        Tokenizer::new(Vocabulary::new(pieces, "model").expect("valid")).expect("valid")
    }

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).expect("not zero")
    }

    fn offsets(texts: &[&[u8]], request: &Request, count: usize) -> (Rows, Offsets) {
        let (tokenizer, check) = (tokenizer(), &mut || Ok(()));
        let rows: Rows = tokenizer.encode_batch(texts, request, threads(1), check).expect("no error");
        let offsets = tokenizer.offsets(texts, &rows, request, true, threads(count), check).expect("no error");
        (rows, offsets)
    }

    proptest! {
        #[test]
        fn equals_the_naive_twin(
            texts in prop::collection::vec(strategy::text(12), 0..5), add_bos: bool, add_eos: bool, most in prop::option::of(2..9_usize)
        ) {
            let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
            let request = Request { add_bos, add_eos, max_length: most.map(threads), ..Request::default() };
            let (rows, offsets) = offsets(&texts, &request, 1);
            let (tokenizer, mut expected) = (tokenizer(), Vec::new());
            for (ids, text) in rows.iter().zip(&texts) {
                let lengths: Vec<usize> = ids.iter().filter_map(|&id| tokenizer.vocabulary().piece(id)).map(<[u8]>::len).collect();
                expected.extend(add_bos.then_some([0, 0]));
                expected.extend(naive::byte_spans(text, tokenizer.normalization(), &lengths).iter().map(|span| [span.start, span.end]));
                expected.extend(add_eos.then_some([text.len(); 2]));
            }
            prop_assert_eq!(offsets.bytes, expected);
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same() {
        let long = "be\u{301}c 天\n".repeat(40_000);
        let mut texts = vec![&b"e\xCC\x81"[..]; 30_000];
        texts.insert(100, long.as_bytes());
        texts.push(b"");
        let request = Request { add_bos: true, add_eos: true, ..Request::default() };
        let expected = offsets(&texts, &request, 1);
        // one cluster, divided or not, behind <bos>
        assert_eq!(expected.1.bytes[..3], [[0, 0], [0, 3], [3, 3]]);
        assert_eq!(expected.1.chars.as_ref().expect("asked for")[..3], [[0, 0], [0, 2], [2, 2]]);
        for count in [2, 5] {
            assert_eq!(offsets(&texts, &request, count), expected);
        }
    }

    #[test]
    fn an_interrupt_is_returned() {
        let (tokenizer, text) = (tokenizer(), b"ab ".repeat(100_000));
        let request = Request::default();
        let rows: Rows = tokenizer.encode_batch(&[&text], &request, threads(1), &mut || Ok(())).expect("no error");
        let check = &mut || Err(Error::parameter("interrupted", 1, "2"));
        assert!(tokenizer.offsets(&[&text], &rows, &request, true, threads(2), check).is_err());
    }

    #[test]
    fn padding_is_at_0() {
        let (rows, mut offsets) = offsets(&[b"ab", b"x"], &Request::default(), 1);
        let padding = Padding { least: 3, multiple: NonZeroUsize::MIN, side: Side::Left };
        offsets.pad(&rows.ends, padding).expect("small");
        assert_eq!(offsets.bytes, [[0, 0], [0, 1], [1, 2], [0, 0], [0, 0], [0, 1]]);
        assert_eq!(offsets.chars, Some(offsets.bytes));
    }
}
