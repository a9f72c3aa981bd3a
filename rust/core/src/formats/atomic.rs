//! Write beside, sync, rename. (stub: helper TOKENIZER)
use crate::Result;
use std::io::Write;
use std::path::Path;

/// Gives `write` a file beside `path` and renames it to `path` when all is written and synced; on any error `path` is untouched.
pub fn write_file(_path: &Path, _write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    Ok(())
}
