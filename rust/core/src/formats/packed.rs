//! A vocabulary in few bytes: what a pickled tokenizer holds.
//!
//! ```text
//! | version: 1 byte | Adler-32-checked zlib stream of: pieces: varint, then for each its length: varint, count: varint, then all bytes |
//! ```
//! Version 1 ends there. Version 2, which is written where there are special tokens, has the [`metadata`] of the model file behind it.
//! The same vocabulary gives the same bytes (fixed compression level, no time, no name). Read with all the checks of a model file.
//! Cost: linear; about a tenth of the JSON file's size.

use super::metadata::{self, Metadata};
use crate::num::{low_u8, to_u64, to_usize};
use crate::pieces::PieceTable;
use crate::vocabulary::{MAX_PIECE_LENGTH, MAX_PIECES, Vocabulary};
use crate::{Error, Result};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};
use std::path::Path;

/// The first byte where there are pieces alone.
const PLAIN: u8 = 1;
/// The first byte where metadata follows.
const WITH_METADATA: u8 = 2;
/// What errors call it.
const ORIGIN: &str = "the pickled tokenizer";

/// Packs.
pub fn pack(vocabulary: &Vocabulary) -> Result<Vec<u8>> {
    let pieces = vocabulary.pieces();
    let mut plain = Vec::with_capacity(pieces.byte_len() + 4 * pieces.len());
    push_varint(&mut plain, to_u64(pieces.len()));
    for (piece, count) in pieces.iter() {
        push_varint(&mut plain, to_u64(piece.len()));
        push_varint(&mut plain, count);
    }
    pieces.iter().for_each(|(piece, _)| plain.extend_from_slice(piece));
    let failed = |error| Error::io(Path::new(ORIGIN), error);
    let version = if metadata::is_needed(vocabulary) { WITH_METADATA } else { PLAIN };
    if version == WITH_METADATA {
        metadata::write(vocabulary, &mut plain).map_err(failed)?;
    }
    let mut encoder = ZlibEncoder::new(vec![version], Compression::new(6));
    encoder.write_all(&plain).and_then(|()| encoder.finish()).map_err(failed)
}

/// Unpacks and checks.
pub fn unpack(bytes: &[u8]) -> Result<Vocabulary> {
    let broken = |problem: &str| Error::model(ORIGIN, problem);
    let Some((&version @ (PLAIN | WITH_METADATA), zipped)) = bytes.split_first() else {
        return Err(broken("its first byte is not the version 1 or 2: another bytepiece wrote it"));
    };
    // nothing valid is longer, and a small stream can grow a thousandfold
    let limit = to_u64(MAX_PIECES * (MAX_PIECE_LENGTH + 12));
    let mut plain = Vec::new();
    ZlibDecoder::new(zipped).take(limit).read_to_end(&mut plain).map_err(|error| broken(&error.to_string()))?;
    let short = || broken("it is shorter than it says");
    let mut rest = plain.as_slice();
    let pieces = take_varint(&mut rest).ok_or_else(short)?;
    if pieces > to_u64(MAX_PIECES) {
        return Err(broken("it says that it has over 2^24 pieces"));
    }
    let mut entries = Vec::new();
    for _ in 0..pieces {
        entries.push((take_varint(&mut rest).ok_or_else(short)?, take_varint(&mut rest).ok_or_else(short)?));
    }
    let mut table = PieceTable::new();
    for (length, count) in entries {
        let (piece, behind) = rest.split_at_checked(to_usize(length)).ok_or_else(short)?;
        table.push(piece, count);
        rest = behind;
    }
    let metadata = match version {
        WITH_METADATA => Metadata::parse(rest).map_err(|problem| broken(&problem))?,
        _ if rest.is_empty() => Metadata::default(),
        _ => return Err(broken("it is longer than it says")),
    };
    metadata.apply(&Vocabulary::new(table, ORIGIN)?, ORIGIN)
}

/// Seven bits a byte, low ones first; the high bit says that more follow.
fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(low_u8(value) | 0x80);
        value >>= 7;
    }
    bytes.push(low_u8(value));
}

/// The inverse of [`push_varint`]; `None` at the end of the bytes, and for what does not fit 64 bits.
fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7F);
        value |= part.checked_shl(shift).filter(|shifted| shifted >> shift == part)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
