//! Where something is that an error speaks of: which text of a call, which id.

use super::Error;

/// One of the texts of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichText {
    /// There is one only.
    Only,
    /// Of several, counted from 0.
    Number(usize),
    /// Of the documents of a corpus, counted from 0.
    Document(usize),
}

impl std::fmt::Display for WhichText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Only => write!(formatter, "text"),
            Self::Number(number) => write!(formatter, "text {number}"),
            Self::Document(number) => write!(formatter, "document {number} (counted from 0)"),
        }
    }
}

/// Where an id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The sequence it stands in, counted from 0, where there are several.
    pub row: Option<usize>,
    /// Its place in the sequence, counted from 0.
    pub position: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "position {}", self.position)?;
        self.row.map_or(Ok(()), |row| write!(formatter, " of row {row}"))
    }
}

impl Error {
    /// An id that is not 0 to `largest`.
    pub fn no_id(id: i128, position: usize, largest: u64) -> Self {
        let place = Place { row: None, position };
        if id < 0 { Self::NegativeId { id, place, largest } } else { Self::UnknownId { id, place, largest } }
    }

    /// Says in which of several rows an id stands.
    pub fn in_row(mut self, row: usize) -> Self {
        if let Self::NegativeId { place, .. } | Self::UnknownId { place, .. } = &mut self {
            place.row = Some(row);
        }
        self
    }

    /// Says which of several texts has a special token; `None` where there is only one.
    pub fn in_text(mut self, number: Option<usize>) -> Self {
        if let Self::SpecialInText { text, .. } = &mut self {
            *text = number.map_or(WhichText::Only, WhichText::Number);
        }
        self
    }

    /// Says that the texts with a special token are stretches of documents: `place` tells of a text the number of its document, and
    /// how many bytes of that, of which the characters are not known, come before it.
    pub fn in_document(mut self, place: impl FnOnce(usize) -> (usize, usize)) -> Self {
        if let Self::SpecialInText { text, byte, character, .. } = &mut self
            && let WhichText::Number(number) = *text
        {
            let (document, before) = place(number);
            if before > 0 {
                (*byte, *character) = (*byte + before, None);
            }
            *text = WhichText::Document(document);
        }
        self
    }
}
