//! A stage's state as a line for people and as a dict for functions.

use bytepiece_core::num::to_f64;
use bytepiece_core::progress::{Stage, Status};
use bytepiece_core::report::words::{duration, number, size};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What stands behind the stage's name, as in `1.20 GB of 4.00 GB, 58.1 MB/s, 0:48 left (3:10 in all), memory 512 MB
/// of 2.00 GB, spilled 1.10 GB`: what people look at most comes first, since narrow terminals cut the end off.
pub(super) fn line(stage: Stage, done: u64, total: Option<u64>, status: &Status) -> String {
    let of = |words: fn(u64) -> String| {
        let of = total.map_or_else(String::new, |total| format!(" of {}", words(total)));
        format!("{}{of}", words(done))
    };
    let mut parts = vec![match (stage, total) {
        (stage, _) if stage.reads() => of(size),
        (_, Some(total)) => format!("{:.0} %", 100.0 * to_f64(done) / to_f64(total.max(1))),
        (Stage::Prune | Stage::Refine, None) => format!("{} rounds", number(done)),
        (_, None) => number(done),
    }];
    if let Some(rate) = status.rate().filter(|_| stage.reads()) {
        parts.push(format!("{rate:.1} MB/s"));
    }
    parts.push(match (status.left, status.left_in_all) {
        (Some(left), Some(all)) => format!("{} left ({} in all)", duration(left), duration(all)),
        (Some(left), None) if left > 0.0 => format!("{} left", duration(left)),
        _ => duration(status.seconds),
    });
    parts.push(format!("memory {} of {}", size(status.memory), size(status.memory_limit)));
    if status.spilled > 0 {
        parts.push(format!("spilled {}", size(status.spilled)));
    }
    parts.join(", ")
}

/// `details=` of the user's function.
pub(super) fn details<'py>(py: Python<'py>, status: &Status) -> PyResult<Bound<'py, PyDict>> {
    let details = PyDict::new(py);
    details.set_item("seconds", status.seconds)?;
    details.set_item("elapsed", status.elapsed)?;
    details.set_item("left", status.left)?;
    details.set_item("left_in_all", status.left_in_all)?;
    details.set_item("documents", status.documents)?;
    details.set_item("bytes", status.bytes)?;
    details.set_item("resumed", status.resumed)?;
    details.set_item("mb_per_second", status.rate())?;
    details.set_item("memory", status.memory)?;
    details.set_item("memory_limit", status.memory_limit)?;
    details.set_item("spilled", status.spilled)?;
    details.set_item("disk_needed", status.disk_needed)?;
    details.set_item("disk_free", status.disk_free)?;
    Ok(details)
}
