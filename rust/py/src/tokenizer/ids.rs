//! Lists of ids. The ints are made once a tokenizer and shared by all its lists, so that a list costs 8 bytes an id instead of
//! 40; and the garbage collector is kept from going through a large batch while it is made. Ctrl-C is heard meanwhile.

use bytepiece_core::num::index;
use pyo3::PyTypeInfo;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyList};
use std::ops::Range;

/// Larger vocabularies do not share their ints: 2^18 of them take 10 MB.
const MOST: usize = 1 << 18;

/// The ints of a tokenizer's ids, made when they are first asked for.
#[derive(Default)]
pub(super) struct Ids(PyOnceLock<Vec<Py<PyInt>>>);

impl Ids {
    /// The list of `ids`, which are all under `size`.
    pub(super) fn list<'py>(&self, py: Python<'py>, size: usize, ids: &[u32]) -> PyResult<Bound<'py, PyList>> {
        if size > MOST {
            return long_list(py, ids.len(), |range| PyList::new(py, &ids[range]));
        }
        let shared = self
            .0
            .get_or_try_init(py, || (0..size).map(|id| Ok(id.into_pyobject(py)?.unbind())).collect::<PyResult<_>>())?;
        long_list(py, ids.len(), |range| {
            PyList::new(py, ids[range].iter().map(|&id| shared[index(id)].bind_borrowed(py)))
        })
    }
}

/// Longer lists are put together of lists of so many elements.
const AT_A_TIME: usize = 1 << 20;

/// A list of `length` elements, of which `make` gives a range; Ctrl-C is heard between two ranges.
pub(super) fn long_list<'py>(
    py: Python<'py>,
    length: usize,
    make: impl Fn(Range<usize>) -> PyResult<Bound<'py, PyList>>,
) -> PyResult<Bound<'py, PyList>> {
    if length <= AT_A_TIME {
        return make(0..length);
    }
    let list = PyList::empty(py);
    for start in (0..length).step_by(AT_A_TIME) {
        py.check_signals()?;
        list.call_method1("extend", (make(start..length.min(start + AT_A_TIME))?,))?;
    }
    Ok(list)
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
    let heard = |row| py.check_signals().and(row);
    let lists = rows.map(heard).collect::<PyResult<Vec<_>>>().and_then(|lists| PyList::new(py, lists));
    if running {
        collector.call_method0("enable")?;
    }
    lists
}
