//! Everything that can go wrong, typed. The words are one `Display` a kind: what, where, the value, the limit, the way out.
//! The Python border maps each kind to one exception class in one exhaustive match.

use crate::corpus::tally::Flaw;
mod make;
mod place;
pub use place::{Place, WhichText};
use std::path::PathBuf;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is out of its range.
    #[error("{name} must be {expected}, not {value}")]
    Parameter {
        /// The parameter's name as the user writes it.
        name: &'static str,
        /// The value given.
        value: String,
        /// The values allowed.
        expected: String,
    },
    /// No document had a single byte.
    #[error("the corpus is empty: {documents} documents, not one byte of text; nothing to train on")]
    EmptyCorpus {
        /// How many documents were read.
        documents: u64,
    },
    /// The second pass over the corpus read something else than the first.
    #[error(
        "the corpus changed between the two passes over it: {first_documents} documents with {first_bytes} bytes, then \
         {second_documents} with {second_bytes}{}; pass a corpus that gives the same documents each time it is iterated",
        if (first_documents, first_bytes) == (second_documents, second_bytes) { " and another content" } else { "" }
    )]
    CorpusChanged {
        /// Documents of the first pass.
        first_documents: u64,
        /// Bytes of the first pass.
        first_bytes: u64,
        /// Documents of the second pass.
        second_documents: u64,
        /// Bytes of the second pass.
        second_bytes: u64,
    },
    /// The text has too few pieces for the vocabulary's size, and that is not to be.
    #[error(
        "the text has too few pieces for this max_vocab_size: {wanted} were asked for, {possible} are possible; train on more text, ask for a \
         smaller size, or leave strict=True out to take the smaller vocabulary"
    )]
    TooLittleText {
        /// How many pieces were asked for.
        wanted: usize,
        /// How many there are.
        possible: usize,
    },
    /// A file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is another than in the first pass.
    #[error("{}: it changed while it was in use: {before}; now {now}; training reads files more than once, so leave them alone meanwhile", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
        /// What it was.
        before: String,
        /// What it is.
        now: String,
    },
    /// The memory limit is below what the tables and buffers of counting need.
    #[error(
        "memory_limit is {limit} bytes, too little for {threads} threads and order {order}: at least {least}; pass that much, or \
         fewer threads"
    )]
    MemoryTooSmall {
        /// The limit, in bytes.
        limit: u64,
        /// The smallest that works, in bytes.
        least: u64,
        /// How many threads there are.
        threads: usize,
        /// The longest n-gram.
        order: usize,
    },
    /// The n-gram model is larger than the memory limit.
    #[error(
        "the model of {ngrams} n-grams does not fit into memory_limit, which is {limit} bytes: pass memory_limit={needed}, or \
         max_ngrams={fitting}, or a larger min_count, or a smaller order"
    )]
    ModelTooLarge {
        /// The limit, in bytes.
        limit: u64,
        /// The smallest limit that works, in bytes.
        needed: u64,
        /// How many n-grams would be kept.
        ngrams: u64,
        /// How many would fit.
        fitting: u64,
    },
    /// The pieces that pruning begins with are larger than the memory limit.
    #[error(
        "{pieces} pieces cannot be pruned within memory_limit, which is {limit} bytes: pass memory_limit={needed}, or a larger \
         min_count, or a smaller max_piece_length"
    )]
    PiecesTooMany {
        /// The limit, in bytes.
        limit: u64,
        /// The smallest limit that works, in bytes.
        needed: u64,
        /// How many pieces there are.
        pieces: usize,
    },
    /// A checkpoint cannot be used: it is damaged, or of another version.
    #[error("checkpoint {}: {problem}; remove the folder to begin anew", dir.display())]
    Checkpoint {
        /// The folder.
        dir: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A checkpoint is that of another training.
    #[error("checkpoint {} is that of another training: {difference}; pass another folder, or remove it to begin anew", dir.display())]
    CheckpointOther {
        /// The folder.
        dir: PathBuf,
        /// What differs, there and here.
        difference: String,
    },
    /// Another training has a checkpoint.
    #[error("checkpoint {} is in use by another training (process {process}); wait for it, or pass another folder", dir.display())]
    CheckpointInUse {
        /// The folder.
        dir: PathBuf,
        /// The number of the other process, if it can be told.
        process: String,
    },
    /// A folder to write to cannot be used.
    #[error("{problem}")]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The documents are not those that a checkpoint was made with.
    #[error(
        "the checkpoint is that of another corpus: the documents that were read before are not the same now, or not in the \
         same order; pass the same corpus, or remove the checkpoint to begin anew"
    )]
    CheckpointCorpus,
    /// What memory does not hold could not be written.
    #[error("cannot write temporary data to {}: {source} ({written} bytes were written there so far); free space there, {way_out}", dir.display())]
    Spill {
        /// The folder.
        dir: PathBuf,
        /// How much was written before, in bytes.
        written: u64,
        /// What helps, too.
        way_out: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Temporary data is not what was written.
    #[error("temporary data in {} was changed or damaged while it was in use; check the disk, or pass another temp_dir", dir.display())]
    SpillDamaged {
        /// The folder.
        dir: PathBuf,
    },
    /// A text file is not valid UTF-8.
    #[error(
        "{}: line {line}: invalid UTF-8 at byte {offset} of its text; convert the file to UTF-8, or read it with \
         errors=\"replace\" or errors=\"skip\"",
        path.display()
    )]
    InvalidUtf8 {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The offset of the first invalid byte in the file, decompressed where it is compressed; counted from 0.
        offset: u64,
    },
    /// A document cannot be read as text.
    #[error("{problem}; {}", flaw.way_out())]
    Document {
        /// Which document, and what is wrong with it.
        problem: String,
        /// Of what kind that is.
        flaw: Flaw,
    },
    /// A line of a JSONL file is not what was asked for.
    #[error("{}: line {line}: {problem}", path.display())]
    Jsonl {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A model (file or dictionary) breaks a rule of FORMAT.md.
    #[error("{origin}: not a BytePiece model: {problem}")]
    Model {
        /// The file, or "model".
        origin: String,
        /// The rule that is broken, and where.
        problem: String,
    },
    /// An id below 0.
    #[error("id {id} at {place} is negative; ids are 0 to {largest}")]
    NegativeId {
        /// The id; the nearest that fits.
        id: i128,
        /// Its place.
        place: Place,
        /// The largest valid id.
        largest: u64,
    },
    /// An id that is not in the vocabulary.
    #[error("id {id} at {place} is not in the vocabulary; ids are 0 to {largest}")]
    UnknownId {
        /// The id; the nearest that fits.
        id: i128,
        /// Its place.
        place: Place,
        /// The largest valid id.
        largest: u64,
    },
    /// A piece that is not in the vocabulary.
    #[error("piece {piece} is not in the vocabulary")]
    UnknownPiece {
        /// The piece, as Python would show it.
        piece: String,
    },
    /// A piece that cannot be in every vocabulary, as Python would show it, and the rule that it breaks.
    #[error("required piece {0} cannot be kept: it {1}")]
    RequiredPiece(String, String),
    /// A string that cannot become a special token.
    #[error("special token {place} cannot be added: {problem}")]
    SpecialToken {
        /// Its place among those that were to be added, counted from 0.
        place: usize,
        /// The rule that it breaks.
        problem: String,
    },
    /// A special token in a text that must not have it.
    #[error(
        "{text} has the special token {token:?} at {}; name it in allowed_special to make it one id, or leave \
         disallowed_special out to encode it as ordinary text",
        character.map_or_else(|| format!("byte {byte}"), |character| format!("character {character} (byte {byte})"))
    )]
    SpecialInText {
        /// The special token.
        token: String,
        /// Which text it is.
        text: WhichText,
        /// Where the token begins, in bytes from 0.
        byte: usize,
        /// Where it begins, in characters from 0; `None` behind invalid UTF-8.
        character: Option<usize>,
    },
    /// A sum of counts passed 2^64 − 1.
    #[error("{what}: the sum of counts is over 2^64 - 1")]
    CountOverflow {
        /// What was being summed.
        what: &'static str,
    },
    /// A padded batch is larger than memory.
    #[error(
        "a padded batch of {rows} rows of {width} ids does not fit into memory; pass fewer texts at a time, or a smaller \
         max_length or pad_to_multiple_of"
    )]
    Rectangle {
        /// How many rows.
        rows: usize,
        /// How long each is.
        width: usize,
    },
    /// The system does not start even one thread.
    #[error(
        "cannot start a thread: {source}; raise the limit on processes or memory (ulimit -a), or end other processes"
    )]
    NoThread {
        /// What the system said.
        source: std::io::Error,
    },
    /// A worker thread panicked: a defect of this package.
    #[error("internal error: a worker thread panicked ({message}); please report it with the input that caused it")]
    Panic {
        /// The panic's own words.
        message: String,
    },
    /// An error of the caller's own, passed through.
    #[error(transparent)]
    External(Box<dyn std::error::Error + Send + Sync>),
    /// The caller's own wish that everything stops at once (Ctrl-C, say), passed through.
    #[error(transparent)]
    Interrupt(Box<dyn std::error::Error + Send + Sync>),
}
