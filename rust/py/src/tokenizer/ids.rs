//! Lists of ids. The ints are made once a tokenizer and shared by all its lists, so that a list costs 8 bytes an id instead of
//! 40; and the garbage collector is kept from going through a large batch while it is made.

use bytepiece_core::num::index;
use pyo3::PyTypeInfo;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyList};

/// Larger vocabularies do not share their ints: 2^18 of them take 10 MB.
const MOST: usize = 1 << 18;

/// The ints of a tokenizer's ids, made when they are first asked for.
#[derive(Default)]
pub(super) struct Ids(PyOnceLock<Vec<Py<PyInt>>>);

impl Ids {
    /// The list of `ids`, which are all under `size`.
    pub(super) fn list<'py>(&self, py: Python<'py>, size: usize, ids: &[u32]) -> PyResult<Bound<'py, PyList>> {
        if size > MOST {
            return PyList::new(py, ids);
        }
        let shared = self
            .0
            .get_or_try_init(py, || (0..size).map(|id| Ok(id.into_pyobject(py)?.unbind())).collect::<PyResult<_>>())?;
        PyList::new(py, ids.iter().map(|&id| shared[index(id)].bind_borrowed(py)))
    }
}

/// From this many lists on the garbage collector is paused while they are made: it would go through all of them again and
/// again, a fifth of the time of a batch, and find nothing.
const MANY: usize = 500;

/// One list of all rows.
pub(super) fn list_of_lists<'py, T: PyTypeInfo>(
    py: Python<'py>,
    rows: impl ExactSizeIterator<Item = PyResult<Bound<'py, T>>>,
) -> PyResult<Bound<'py, PyList>> {
    if rows.len() < MANY {
        return PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?);
    }
    let collector = py.import("gc")?;
    let running: bool = collector.call_method0("isenabled")?.extract()?;
    if running {
        collector.call_method0("disable")?;
    }
    let lists = rows.collect::<PyResult<Vec<_>>>().and_then(|lists| PyList::new(py, lists));
    if running {
        collector.call_method0("enable")?;
    }
    lists
}
