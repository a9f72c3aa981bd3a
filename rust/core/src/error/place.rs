//! Where something is that an error speaks of: which text of a call, which id.

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
