//! The forms of the inner loop of the best path, and which of them runs.

use crate::{Error, Result};

/// The environment variable that says which one runs.
const VARIABLE: &str = "BYTEPIECE_KERNEL";

/// Which form of the inner loop runs: chosen once, when a tokenizer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Form);

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tokenizer) enum Form {
    /// Four lanes at a time: most x86-64 machines since 2013.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// One lane at a time, anywhere.
    Portable,
}

impl Kernel {
    /// The form that runs anywhere.
    pub const PORTABLE: Self = Self(Form::Portable);

    /// The form for processors with AVX2, where this is one.
    pub fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return super::avx2::is_available().then_some(Self(Form::Avx2));
        #[cfg(not(target_arch = "x86_64"))]
        return None;
    }

    /// The fastest one here.
    pub fn best() -> Self {
        Self::avx2().unwrap_or(Self::PORTABLE)
    }

    /// The one that the environment variable [`VARIABLE`] names; the fastest one here, if it is not set or empty.
    pub fn from_environment() -> Result<Self> {
        let name = std::env::var_os(VARIABLE).unwrap_or_default();
        Self::named(&name.to_string_lossy())
    }

    /// The form of this name.
    fn named(name: &str) -> Result<Self> {
        match name {
            "" | "auto" => Ok(Self::best()),
            "portable" => Ok(Self::PORTABLE),
            "avx2" => Self::avx2().ok_or_else(|| Error::parameter(VARIABLE, name, "portable or auto: no AVX2 here")),
            other => Err(Error::parameter(VARIABLE, other, "auto, avx2 or portable")),
        }
    }

    /// Its form.
    pub(in crate::tokenizer) fn form(self) -> Form {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Kernel;

    #[test]
    fn names_are_checked() {
        assert_eq!(Kernel::named("portable").ok(), Some(Kernel::PORTABLE));
        assert_eq!(Kernel::named("").ok(), Some(Kernel::best()));
        assert_eq!(Kernel::named("avx2").ok(), Kernel::avx2());
        let error = Kernel::named("avx1024").expect_err("no such form").to_string();
        assert_eq!(error, "BYTEPIECE_KERNEL must be auto, avx2 or portable, not avx1024");
    }
}
