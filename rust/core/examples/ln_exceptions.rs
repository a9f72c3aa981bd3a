//! Prints `src/ln/exceptions.rs`: the counts whose logarithm glibc does not round correctly. Run it on x86-64 Linux with glibc,
//! on a processor with FMA, with the model files whose counts and totals must be right beyond 2^25:
//!
//! ```text
//! cargo run --release -p bytepiece-core --example ln_exceptions -- MODEL... > exceptions.rs
//! ```
#![expect(clippy::print_stdout, reason = "printing is what it does")]

use bytepiece_core::Result;
use bytepiece_core::formats::model;
use bytepiece_core::num::to_f64;
use std::collections::BTreeSet;
use std::path::Path;

/// Every count up to here is checked.
const DENSE: u64 = 1 << 25;

fn main() -> Result<()> {
    let mut counts: BTreeSet<u64> = BTreeSet::new();
    for path in std::env::args().skip(1) {
        let vocabulary = model::load(Path::new(&path))?;
        counts.extend(vocabulary.pieces().counts().iter().copied().filter(|&count| count > DENSE));
        counts.insert(vocabulary.total());
    }
    let all = || (1..=DENSE).chain(counts.iter().copied());
    println!(
        "//! Counts whose logarithm glibc, with fused multiply-add, rounds to the neighbour of the nearest `f64`. Ascending."
    );
    println!("//!");
    println!(
        "//! Measured up to 2^25 and on the counts and totals of the published models; printed by `examples/ln_exceptions.rs`."
    );
    print(
        "glibc gives the next larger `f64`.",
        "ABOVE",
        all().filter(|&count| glibc(count) > correct(count)).collect(),
    );
    print(
        "glibc gives the next smaller `f64`.",
        "BELOW",
        all().filter(|&count| glibc(count) < correct(count)).collect(),
    );
    Ok(())
}

/// The C library's logarithm.
fn glibc(count: u64) -> f64 {
    to_f64(count).ln()
}

/// The correctly rounded logarithm.
fn correct(count: u64) -> f64 {
    core_math::log(to_f64(count))
}

/// One table, as rustfmt leaves it.
fn print(what: &str, name: &str, counts: Vec<u64>) {
    println!("\n/// {what}\n#[rustfmt::skip]\npub(super) static {name}: [u64; {}] = [", counts.len());
    for row in counts.chunks(10) {
        println!("    {},", row.iter().map(u64::to_string).collect::<Vec<_>>().join(", "));
    }
    println!("];");
}
