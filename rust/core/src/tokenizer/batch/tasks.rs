//! How the work on many texts is divided: by bytes, whatever the texts are.
//!
//! In: texts. Out: [`Tasks`]: stretches of all the texts laid end to end, in order, each of about the same number of bytes. A text
//! that is longer than that is cut where a segment ends and another byte follows: there normalizing and segmenting both sides
//! gives what the whole gives. Nothing is planned ahead: a task is found when a thread is ready for one. Cost: a step a text,
//! and a search for the next newline a cut.

use super::feed::Job;
pub(super) use crate::corpus::batch::TEXT_COST;
use crate::corpus::batch::first_line_end;
use std::ops::Range;

/// A place in many texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The text's index; the number of texts at the end of all.
    pub(super) text: usize,
    /// The byte of that text.
    pub(super) offset: usize,
}

impl Place {
    /// The beginning of all texts.
    pub(super) const START: Self = Self { text: 0, offset: 0 };

    /// The end of all texts.
    pub(super) fn end(texts: &[&[u8]]) -> Self {
        Self { text: texts.len(), offset: 0 }
    }
}

/// What a task has of one text: never nothing of a text that has something.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The text's index.
    pub(super) text: usize,
    /// Which bytes of it. Those that begin at 0 begin the row, those that end with the text end it.
    pub(super) bytes: Range<usize>,
}

/// The parts of `task`, in order.
pub(super) fn parts<'a>(texts: &'a [&[u8]], task: Range<Place>) -> impl Iterator<Item = Part> + use<'a> {
    let last = task.end.text + usize::from(task.end.offset > 0);
    (task.start.text..last).map(move |text| {
        let start = if text == task.start.text { task.start.offset } else { 0 };
        let end = if text == task.end.text { task.end.offset } else { texts[text].len() };
        Part { text, bytes: start..end }
    })
}

/// The first place from `from` on where `text` may be cut, or its end.
pub(super) fn cut(text: &[u8], from: usize) -> usize {
    first_line_end(text, from).unwrap_or(text.len())
}

/// Gives the tasks, one after another.
#[derive(Debug)]
pub(super) struct Tasks<'a> {
    /// The texts, and which of them may be cut.
    job: &'a Job<'a>,
    /// About how many bytes a task has.
    size: usize,
    /// Where the next one begins: never at the end of a text that has something.
    at: Place,
}

impl<'a> Tasks<'a> {
    /// All of the job's work, `size` bytes at a time; at least 1.
    pub(super) fn new(job: &'a Job<'a>, size: usize) -> Self {
        Self { job, size, at: Place::START }
    }
}

impl Iterator for Tasks<'_> {
    type Item = Range<Place>;

    fn next(&mut self) -> Option<Range<Place>> {
        let (start, mut bytes) = (self.at, 0);
        while bytes < self.size
            && let Some(text) = self.job.texts.get(self.at.text)
        {
            let left = text.len() - self.at.offset;
            // a text that is not much longer than the room left is taken whole: cuts are for long ones
            if left > self.size && self.job.has_room_for(text.len()) && self.job.may_cut() {
                let end = cut(text, self.at.offset + self.size - bytes);
                if end < text.len() {
                    self.at.offset = end;
                    break;
                }
            }
            bytes += self.job.weight(left);
            self.at = Place { text: self.at.text + 1, offset: 0 };
        }
        (start != self.at).then_some(start..self.at)
    }
}
