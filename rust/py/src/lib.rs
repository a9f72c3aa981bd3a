//! The Python border of bytepiece. Every function converts, detaches from the interpreter, calls one function of the
//! core and converts back; file names are those of the core. What each name does is documented in `_bytepiece.pyi`.

mod array;
mod corpus;
mod error;
mod evaluate;
mod formats;
mod interrupt;
mod parameter;
mod progress;
mod sampling;
mod text;
mod texts;
mod tokenizer;
mod trainer;
mod turns;

/// The compiled half of bytepiece: use it through the package `bytepiece`.
#[pyo3::pymodule(gil_used = false)]
mod _bytepiece {
    use bytepiece_core::corpus::normalize::UNICODE_VERSION;
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::corpus::reader::field::path_of_field;
    #[pymodule_export]
    use crate::corpus::reader::iterate::{drain, find_files, iterate};
    #[pymodule_export]
    use crate::corpus::report::TallyOfReader;
    #[pymodule_export]
    use crate::corpus::{JsonlFiles, TextFiles};
    #[pymodule_export]
    use crate::evaluate::{CountedTexts, TokenCounts, piece_classes};
    #[pymodule_export]
    use crate::formats::{convert_to_bytepiece, write_atomically};
    #[pymodule_export]
    use crate::text::normalize;
    #[pymodule_export]
    use crate::tokenizer::stream::{decoder::StreamDecoder, encoder::StreamEncoder};
    #[pymodule_export]
    use crate::tokenizer::{Tokenizer, pickle::unpickle};
    #[pymodule_export]
    use crate::trainer::Trainer;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let (major, minor, update) = UNICODE_VERSION;
        module.add("UNICODE_VERSION", format!("{major}.{minor}.{update}"))?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
