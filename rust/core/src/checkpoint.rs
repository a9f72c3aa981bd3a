//! What is needed to go on with a training after a crash.
//!
//! In: at the end of each leg of a pass ([`crate::corpus::pass`]) everything that was counted, which goes to a file as sorted runs, and
//! the position in the corpus. Out: the same, when the same training is called again. In the folder are
//! ```text
//! state         the settings, the corpus, and for each pass its position and where its runs are: JSON behind a line with its
//!               checksum; written beside, synced, renamed
//! pass-1.runs   the runs of a pass: only appended to, and synced before the state is written; what a crash left behind the
//!               end that the state knows is cut off. Each chunk has its checksum in the state
//! lock          what the one training that uses the folder has locked; the lock is gone with the process
//! ```
//! So at any moment the state on the disk is whole and what it speaks of is there. What lies between the passes, the
//! n-gram model, and what comes behind them, pruning, are functions of the runs and done again: they take a fraction of the passes' time.
//! A pass that has ended is not repeated. The folder stays when the training is over.
//!
//! A corpus that reads files is known by their paths, sizes and times; any other by its documents: those that were read before are
//! read again, and must have the same hashes. Memory: the state. Disk: the runs of both passes.

mod lock;

use crate::corpus::identity::Identity;
use crate::corpus::pass::Position;
use crate::disk::{Usage, check_least};
use crate::formats::atomic::write_file;
use crate::spill::{ChunkIndex, Store};
use crate::{Error, Result};
use lock::Lock;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// The version of what is in the folder, the way of counting included.
const VERSION: u32 = 1;
/// How many passes over the corpus there are.
const PASSES: usize = 2;
/// The name of the state's file.
const STATE: &str = "state";

/// Where runs are, by partition.
pub(crate) type RunIndex = Vec<Vec<Vec<ChunkIndex>>>;

/// Where and how often to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// The folder; made if it is not there.
    pub dir: PathBuf,
    /// The time between two saves.
    pub every: Duration,
}

/// A folder with what is needed to go on.
#[derive(Debug)]
pub struct Checkpoint {
    /// The folder, and how often to save.
    options: CheckpointOptions,
    /// What is in its file, or will be.
    state: State,
    /// Keeps other trainings away.
    _lock: Lock,
}

/// The content of the state's file.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// [`VERSION`].
    version: u32,
    /// Names and values of the settings that the counts depend on.
    settings: Vec<(String, String)>,
    /// What the corpus is, where that can be told without reading it.
    corpus: Option<Identity>,
    /// The passes that have begun, in order.
    passes: Vec<Saved>,
}

impl State {
    /// Whether all passes have ended: then nothing more is written, and a full disk is no reason to stop.
    fn is_complete(&self) -> bool {
        let ended = |saved: &Saved| saved.position.as_ref().is_some_and(|position| position.ended);
        self.passes.len() == PASSES && self.passes.iter().all(ended)
    }
}

/// What is known of one pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// How much was read; `None` where nothing was.
    pub(crate) position: Option<Position>,
    /// The number of bytes in all segments.
    pub(crate) bytes: u64,
    /// How much of the file of runs is in use.
    end: u64,
    /// The runs.
    pub(crate) runs: RunIndex,
}

impl Checkpoint {
    /// Opens a folder, or makes it. `settings` and `corpus` must be those it was made with.
    pub fn open(options: &CheckpointOptions, settings: &[(&str, String)], corpus: Option<Identity>) -> Result<Self> {
        std::fs::create_dir_all(&options.dir).map_err(|error| Error::io(&options.dir, error))?;
        let lock = Lock::take(&options.dir)?;
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let new = State { version: VERSION, settings, corpus, passes: Vec::new() };
        let state = match read(&options.dir)? {
            Some(old) => match difference(&old, &new) {
                Some(difference) => return Err(Error::CheckpointOther { dir: options.dir.clone(), difference }),
                None => old,
            },
            None => new,
        };
        if !state.is_complete() {
            check_least(&options.dir)?;
        }
        Ok(Self { options: options.clone(), state, _lock: lock })
    }

    /// Writes the state.
    fn write(&self) -> Result<()> {
        let problem = |error: serde_json::Error| damaged(&self.options.dir, &error.to_string());
        let json = serde_json::to_vec(&self.state).map_err(problem)?;
        write_file(&self.options.dir.join(STATE), |out| {
            writeln!(out, "{:016x}", xxh3_64(&json))?;
            out.write_all(&json)
        })
        .map_err(|error| gone(&self.options.dir, error))
    }
}

/// The state in a folder, if there is one.
fn read(dir: &Path) -> Result<Option<State>> {
    let path = dir.join(STATE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(&path, error)),
    };
    let split = bytes.iter().position(|&byte| byte == b'\n').map(|end| (&bytes[..end], &bytes[end + 1..]));
    let Some((_, json)) = split.filter(|(sum, json)| *sum == format!("{:016x}", xxh3_64(json)).as_bytes()) else {
        return Err(damaged(dir, "the file \"state\" is damaged: its checksum is wrong"));
    };
    let version = serde_json::from_slice::<serde_json::Value>(json).ok().and_then(|state| state["version"].as_u64());
    if version != Some(u64::from(VERSION)) {
        let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
        return Err(damaged(dir, &format!("its version is {version}, this is version {VERSION}")));
    }
    serde_json::from_slice(json).map(Some).map_err(|error| damaged(dir, &error.to_string()))
}

/// Whether anything is saved in a folder.
pub fn is_saved(dir: &Path) -> bool {
    dir.join(STATE).is_file()
}

/// An error of writing to the folder: where that is gone, so is what it held.
fn gone(dir: &Path, error: Error) -> Error {
    match error {
        Error::Io { source, .. } if source.kind() == ErrorKind::NotFound && !dir.is_dir() => {
            let problem = format!(
                "checkpoint {}: the folder was removed while training wrote to it, and what was counted with it; the same \
                 call begins anew",
                dir.display()
            );
            Error::Folder { dir: dir.to_owned(), problem, source }
        }
        other => other,
    }
}

/// A checkpoint that cannot be used.
fn damaged(dir: &Path, problem: &str) -> Error {
    Error::Checkpoint { dir: dir.to_owned(), problem: problem.to_owned() }
}

/// What the first difference is between two trainings.
fn difference(old: &State, new: &State) -> Option<String> {
    let mut settings = old.settings.iter().zip(&new.settings);
    if let Some(((name, there), (_, here))) = settings.find(|(there, here)| there != here) {
        return Some(format!("{name} is {there} there and {here} here"));
    }
    match (&old.corpus, &new.corpus) {
        (Some(there), Some(here)) => {
            there.difference(here).map(|difference| format!("its corpus is another: {difference}"))
        }
        (None, None) => None,
        (Some(_), None) => Some("its corpus is files, this one is not".to_owned()),
        (None, Some(_)) => Some("this corpus is files, its is not".to_owned()),
    }
}

/// One pass's way into a [`Checkpoint`], where there is one.
#[derive(Debug)]
pub struct Saving<'a> {
    /// The checkpoint.
    checkpoint: Option<&'a mut Checkpoint>,
    /// The number of the pass, from 1.
    number: usize,
    /// Counts what is written.
    usage: Usage,
}

impl<'a> Saving<'a> {
    /// For pass `number`, counted from 1, in order; `usage` is told what is written.
    pub(crate) fn new(checkpoint: Option<&'a mut Checkpoint>, number: usize, usage: Usage) -> Self {
        Self { checkpoint, number, usage }
    }

    /// Without a checkpoint.
    pub fn none() -> Self {
        Self::new(None, 1, Usage::default())
    }

    /// What was saved of the pass; nothing at first.
    pub(crate) fn saved(&self) -> Saved {
        let passes = self.checkpoint.as_ref().map(|checkpoint| &checkpoint.state.passes);
        passes.and_then(|passes| passes.get(self.number - 1)).cloned().unwrap_or_default()
    }

    /// How often to save.
    pub(crate) fn every(&self) -> Option<Duration> {
        self.checkpoint.as_ref().map(|checkpoint| checkpoint.options.every)
    }

    /// Where runs go: into the folder, or else into `temp_dir`.
    pub(crate) fn store(&self, temp_dir: Option<&Path>) -> Result<Store> {
        let usage = self.usage.clone();
        let Some(checkpoint) = &self.checkpoint else { return Ok(Store::counted(temp_dir, usage)) };
        let dir = &checkpoint.options.dir;
        Store::at(&dir.join(format!("pass-{}.runs", self.number)), self.saved().end, usage)
            .map_err(|error| gone(dir, error))
    }

    /// Saves the pass, if it is to be: `write` writes everything to `store` and says where it is.
    pub(crate) fn save(
        &mut self,
        position: Position,
        bytes: u64,
        store: &Store,
        write: impl FnOnce() -> Result<RunIndex>,
    ) -> Result<()> {
        let Some(checkpoint) = &mut self.checkpoint else { return Ok(()) };
        let runs = write()?;
        store.sync()?;
        let saved = Saved { position: Some(position), bytes, end: store.written(), runs };
        checkpoint.state.passes.truncate(self.number - 1);
        checkpoint.state.passes.push(saved);
        checkpoint.write()
    }
}
