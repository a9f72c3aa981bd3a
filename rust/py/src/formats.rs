//! Model files made from something else than training.

use crate::error::raise;
use crate::interrupt::Signals;
use crate::parameter::{integer, pairs, path, type_name};
use crate::text::Text;
use bytepiece_core::formats::{atomic, model};
use bytepiece_core::parallel::available_threads;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::progress::{Progress, Stage};
use bytepiece_core::train::vocabulary_from_counts;
use bytepiece_core::vocabulary::{MAX_PIECE_LENGTH, show};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Completes the 256 bytes, drops pieces that another segmentation beats and saves the rest as a model.
///
/// Args:
///     pieces: A dict of counts by piece.
///     path: Where to; the file is replaced when the new one is complete.
///
/// Raises:
///     ValueError: A count is out of its range, or a piece empty, too long or given twice.
///     TypeError: `pieces` is no dict of counts by piece.
///     OSError: The file cannot be written.
#[pyfunction]
pub(crate) fn convert_to_bytepiece(py: Python<'_>, pieces: &Bound<'_, PyAny>, path: &Bound<'_, PyAny>) -> PyResult<()> {
    let (table, path) = (counted(pieces)?, self::path(path, "path")?);
    py.detach(|| {
        let vocabulary = vocabulary_from_counts(table, available_threads(), &mut Quiet(Signals::new()))?;
        model::save(&vocabulary, &path)
    })
    .map_err(raise)
}

/// Writes `data` beside `path`, then renames: on any error `path` is as it was.
#[pyfunction(name = "_write_atomically")]
pub(crate) fn write_atomically(py: Python<'_>, path: &Bound<'_, PyAny>, data: &[u8]) -> PyResult<()> {
    let path = self::path(path, "path")?;
    py.detach(|| atomic::write_file(&path, |file| file.write_all(data))).map_err(raise)
}

/// The dictionary of pieces and counts, checked: what pruning would drop silently is refused here.
fn counted(pieces: &Bound<'_, PyAny>) -> PyResult<PieceTable> {
    let Some(entries) = pairs(pieces)? else {
        return Err(PyTypeError::new_err(format!(
            "pieces must be a dict of counts by piece, not {}",
            type_name(pieces)
        )));
    };
    let mut table = PieceTable::new();
    for pair in entries {
        let (key, count) = pair?;
        let piece = Text::extract(&key, || "a piece".to_owned())?;
        if piece.is_empty() || piece.len() > MAX_PIECE_LENGTH {
            let problem = format!("a piece must be 1 to {MAX_PIECE_LENGTH} bytes, {} is {}", show(&piece), piece.len());
            return Err(PyValueError::new_err(problem));
        }
        if key.is_instance_of::<PyString>() && pieces.contains(PyBytes::new(key.py(), &piece))? {
            return Err(PyValueError::new_err(format!("piece {} is given twice, as str and as bytes", show(&piece))));
        }
        let name = format!("the count of piece {}", show(&piece));
        let count = integer(&count, &name)?;
        let checked = count.extract::<u64>().ok().filter(|&count| count > 0);
        let refused = || PyValueError::new_err(format!("{name} must be 1 to 2**64 - 1, not {count}"));
        table.push(&piece, checked.ok_or_else(refused)?);
    }
    Ok(table)
}

/// Shows nothing, but lets Ctrl-C through.
struct Quiet(Signals);

impl Progress for Quiet {
    fn begin(&mut self, _stage: Stage, _total: Option<u64>) {}

    fn advance(&mut self, _amount: u64) {}

    fn check(&mut self) -> bytepiece_core::Result<()> {
        self.0.check()
    }
}
