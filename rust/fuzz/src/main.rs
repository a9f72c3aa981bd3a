//! `driver [TARGET...] [--seconds N] [--seed N]`: random bytes for each target in turn, until the time is over or one panics.
//! `driver TARGET --file PATH` runs one case again.

use bytepiece_fuzz::{encode, model, stream};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A target's name and what checks one case.
type Target = (&'static str, fn(&[u8]));

/// All of them.
const TARGETS: [Target; 3] = [("encode", encode::check), ("stream", stream::check), ("model", model::check)];

/// What the command line says.
struct Options {
    /// What to run.
    targets: Vec<Target>,
    /// For how long, in all.
    time: Duration,
    /// Decides every case.
    seed: u64,
    /// The case to run instead.
    file: Option<String>,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!(
                "driver: {problem}\nusage: driver [encode] [stream] [model] [--seconds N] [--seed N] [--file PATH]"
            );
            return ExitCode::from(2);
        }
    };
    if let Some(path) = &options.file {
        let bytes = std::fs::read(path).expect("the file of a case");
        options.targets.iter().for_each(|(_, check)| check(&bytes));
        return ExitCode::SUCCESS;
    }
    let each = options.time / u32::try_from(options.targets.len()).unwrap_or(1);
    let outcomes: Vec<bool> = options.targets.iter().map(|target| run(target, each, options.seed)).collect();
    if outcomes.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Reads the command line.
fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { targets: Vec::new(), time: Duration::from_secs(30), seed: 1, file: None };
    while let Some(word) = words.next() {
        if let Some(target) = TARGETS.iter().find(|(name, _)| *name == word) {
            options.targets.push(*target);
            continue;
        }
        let value = words.next().ok_or(format!("{word} is no target, or lacks a value"))?;
        let number = || value.parse().map_err(|_| format!("{word} must be a number, not {value}"));
        match &*word {
            "--seconds" => options.time = Duration::from_secs(number()?),
            "--seed" => options.seed = number()?,
            "--file" => options.file = Some(value),
            _ => return Err(format!("there is no option {word}")),
        }
    }
    if options.targets.is_empty() {
        options.targets = TARGETS.to_vec();
    }
    Ok(options)
}

/// Cases until the time is over; false where one panicked, whose bytes are then in a file.
fn run((name, check): &Target, time: Duration, seed: u64) -> bool {
    let (start, mut cases) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        let bytes = random_bytes(seed, cases);
        if catch_unwind(|| check(&bytes)).is_err() {
            let path = std::env::temp_dir().join(format!("bytepiece-fuzz-{name}-{seed}-{cases}"));
            let kept = std::fs::write(&path, &bytes);
            eprintln!("{name}: case {cases} of seed {seed} panicked; its bytes are in {} ({kept:?})", path.display());
            eprintln!("again: driver {name} --file {}", path.display());
            return false;
        }
        cases += 1;
    }
    println!("{name}: {cases} cases of seed {seed} in {:.0} s, nothing found", start.elapsed().as_secs_f64());
    true
}

/// Up to 4,000 bytes: SplitMix64, started anew for each case.
fn random_bytes(seed: u64, case: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ case.wrapping_mul(0xD1B5_4A32_D192_ED03);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let words = next() % 500;
    (0..words).flat_map(|_| next().to_le_bytes()).collect()
}
