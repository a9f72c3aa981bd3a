//! Compressed files.
//!
//! In: a file. Out: its content, decompressed where it is gzip, Zstandard, bzip2 or xz: what it begins with decides,
//! and a name that says another compression, or one where there is none, is an error with both. Members, streams or
//! frames one behind the other are one content; an end in the midst of one is an error. Cost, of the libraries on
//! English JSONL: gzip 430 MB/s of content, Zstandard 680, xz 90, bzip2 30. Memory: up to 8 MB, of Zstandard and xz as
//! much as the file asks for, up to 128 MB (made with `zstd --ultra -22`) and 65 MB (`xz -9`); a file that asks for
//! more is refused.

use crate::{Error, Result};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How much compressed data is read at a time.
const BLOCK: usize = 1 << 17;
/// How much memory a file of xz may ask for: 65 MiB is what `xz -9` needs.
const XZ_MEMORY: u64 = 128 << 20;

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstandard,
    /// bzip2.
    Bzip2,
    /// xz, not the older lzma.
    Xz,
}

impl Compression {
    /// Each with its name and the end of its files' names.
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Gzip, "gzip", "gz"),
        (Self::Zstandard, "zstd", "zst"),
        (Self::Bzip2, "bzip2", "bz2"),
        (Self::Xz, "xz", "xz"),
    ];

    /// What a file's name says.
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.iter().find(|(.., end)| extension.eq_ignore_ascii_case(end)).map(|&(compression, ..)| compression)
    }

    /// What the first bytes of a file say. None of them can begin text in UTF-8 but those of bzip2, of which all ten
    /// are looked at.
    fn of_content(start: &[u8]) -> Option<Self> {
        const BZIP2: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
        match start {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            // the second is a frame to be skipped, which may come first
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstandard),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] if BZIP2.iter().any(|magic| block.starts_with(magic)) => {
                Some(Self::Bzip2)
            }
            _ => None,
        }
    }

    /// The name for errors.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(compression, ..)| *compression == self).map_or("", |(_, name, _)| name)
    }
}

/// The name of a file without the end that says how it is compressed.
pub fn without_compression(path: &Path) -> std::path::PathBuf {
    if Compression::of_name(path).is_some() { path.with_extension("") } else { path.to_owned() }
}

/// The content of a file, from where it is, and whether it was compressed.
pub(super) fn content(
    file: impl Read + Send + 'static,
    path: &Path,
) -> Result<(Box<dyn Read + Send>, Option<Compression>)> {
    let mut file = BufReader::with_capacity(BLOCK, file);
    let start = file.fill_buf().map_err(|error| Error::io(path, error))?;
    let (named, found) = (Compression::of_name(path), Compression::of_content(start));
    if named.is_some() && named != found {
        return Err(Error::io(
            path,
            io::Error::new(io::ErrorKind::InvalidData, wrong_name(path, found, start.is_empty())),
        ));
    }
    let Some(compression) = found else { return Ok((Box::new(file), None)) };
    let content = decoder(file, compression).map_err(|error| Error::io(path, error))?;
    Ok((Box::new(Named { content, compression }), found))
}

/// What is wrong with a name, in words.
fn wrong_name(path: &Path, found: Option<Compression>, empty: bool) -> String {
    let name = path.extension().unwrap_or_default().to_string_lossy();
    let content = match found {
        Some(found) => found.name(),
        None if empty => "empty",
        None => "not compressed",
    };
    format!("its name ends in .{name}, but its content is {content}; rename the file, or make it anew if it is damaged")
}

/// Decompresses.
fn decoder<R: BufRead + Send + 'static>(file: R, compression: Compression) -> io::Result<Box<dyn Read + Send>> {
    Ok(match compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Compression::Zstandard => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        Compression::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(file, stream))
        }
    })
}

/// Says in errors what was being read.
struct Named {
    /// The content.
    content: Box<dyn Read + Send>,
    /// How it was compressed.
    compression: Compression,
}

impl Read for Named {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted || error.raw_os_error().is_some() {
                return error;
            }
            let name = self.compression.name();
            io::Error::new(io::ErrorKind::InvalidData, format!("its {name} data is truncated or damaged: {error}"))
        })
    }
}

/// Opens a file's content; see [`content`].
#[cfg(test)]
fn read_all(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let path = Path::new(name);
    let mut all = Vec::new();
    let (mut content, _) = content(io::Cursor::new(bytes.to_vec()), path)?;
    content.read_to_end(&mut all).map(|_| all).map_err(|error| Error::io(path, error))
}

/// What a file would hold, for tests.
#[cfg(test)]
pub(crate) fn compress(text: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Gzip => {
            let mut out = Vec::new();
            flate2::bufread::GzEncoder::new(text, flate2::Compression::default()).read_to_end(&mut out).unwrap();
            out
        }
        Compression::Zstandard => zstd::encode_all(text, 3).unwrap(),
        Compression::Bzip2 => {
            let mut out = Vec::new();
            bzip2::bufread::BzEncoder::new(text, bzip2::Compression::default()).read_to_end(&mut out).unwrap();
            out
        }
        Compression::Xz => liblzma::encode_all(text, 1).unwrap(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Some text, more than one block of a decoder gives.
    fn text() -> Vec<u8> {
        (0..40_000_u32).flat_map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    #[test]
    fn several_members_are_one_content() {
        let text = text();
        for (compression, _, end) in Compression::ALL {
            let member = compress(&text, compression);
            let empty = compress(b"", compression);
            let all = [&member[..], &empty, &member].concat();
            assert!(read_all(&all, &format!("a.{end}")).unwrap() == [&text[..], &text].concat(), "{end}");
            assert_eq!(read_all(&empty, "no-extension").unwrap(), b"", "{end}");
        }
    }

    #[test]
    fn every_truncation_is_an_error() {
        let text = b"some text, and some more text".repeat(3);
        for (compression, name, end) in Compression::ALL {
            let member = compress(&text, compression);
            let two = [&member[..], &member].concat();
            for length in (0..two.len()).filter(|&length| length != member.len()) {
                let message = read_all(&two[..length], &format!("a.{end}")).unwrap_err().to_string();
                let words = format!("a.{end}: its {name} data is truncated or damaged");
                let short = message.contains("its name ends in");
                assert!(message.starts_with(&words) || short, "{length} of {}: {message}", two.len());
            }
        }
    }

    #[test]
    fn a_name_that_says_something_else_is_named_with_what_was_found() {
        for (compression, name, _) in Compression::ALL {
            for (.., end) in Compression::ALL.iter().filter(|(other, ..)| *other != compression) {
                let message = read_all(&compress(b"text", compression), &format!("a.{end}")).unwrap_err().to_string();
                let words = format!("a.{end}: its name ends in .{end}, but its content is {name}; rename the file");
                assert!(message.starts_with(&words), "{message}");
            }
        }
        let message = |content: &[u8]| read_all(content, "a.jsonl.GZ").unwrap_err().to_string();
        assert!(message(b"BZhave you seen").contains("ends in .GZ, but its content is not compressed"));
        assert!(message(b"").contains("ends in .GZ, but its content is empty"));
        assert_eq!(read_all(b"BZh9 is text", "a.txt").unwrap(), b"BZh9 is text");
        assert_eq!(read_all(&compress(b"text", Compression::Xz), "a.txt").unwrap(), b"text");
    }

    #[test]
    fn names_without_their_compression() {
        let without = |name: &str| without_compression(Path::new(name)).display().to_string();
        assert_eq!(["a.jsonl.gz", "a.ZST", "a.txt", "gz"].map(without), ["a.jsonl", "a", "a.txt", "gz"]);
    }

    proptest! {
        #[test]
        fn damage_never_panics_or_hangs(which in 0..4_usize, at in 0..200_usize, byte in any::<u8>()) {
            let (compression, ..) = Compression::ALL[which];
            let mut member = compress(&b"some text, and some more text".repeat(3), compression);
            let at = at % member.len();
            member[at] = byte;
            drop(read_all(&member, "a"));
        }
    }
}
