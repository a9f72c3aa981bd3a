//! Between the stages and the user's [`Progress`]: passes everything on, takes notes for the [`Report`], and measures
//! the [`Status`].
//!
//! The memory is read in each `check`, and where work has advanced: every [`OFTEN`], and at the end of each round of pruning, when all
//! threads still have what they counted. What is free on the disk is read every [`SELDOM`]. The time that is left of a stage is
//! what it took so far, times what is left of it; that of all stages adds what the later ones took of a stage of this
//! length when they were measured ([`COSTS`]), so it is rough, and unknown in the last stage, whose rounds nobody can
//! tell.

use super::{Report, StageReport};
use crate::Result;
use crate::disk::{Forecast, Usage, free};
use crate::memory::anonymous;
use crate::num::to_f64;
use crate::progress::{Notice, Progress, Stage, Status};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The time each stage takes, in hundredths of the first one's: 46 MB, order 6, 32,000 pieces, 2 threads.
const COSTS: [u32; 6] = [100, 97, 215, 175, 30, 1800];
/// How often the memory is read while work advances.
const OFTEN: Duration = Duration::from_millis(5);
/// How often the disk is looked at.
const SELDOM: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Watch<'a> {
    /// The user's.
    progress: &'a mut dyn Progress,
    /// The notes.
    pub(crate) report: Report,
    /// When training began.
    started: Instant,
    /// The anonymous memory before training.
    before: u64,
    /// The stage at hand.
    stage: Option<Running>,
    /// What was measured last.
    status: Status,
    /// When that was.
    sampled: Instant,
    /// The disk.
    disk: Disk,
    /// How many stages there are.
    stages: usize,
    /// When the disk was last looked at.
    looked: Instant,
    /// What was needed when that was last warned of, in bytes.
    warned: u64,
}

/// The stage at hand.
struct Running {
    /// Which.
    stage: Stage,
    /// When it began.
    began: Instant,
    /// How much of it is done, and what it will come to, in the unit of [`Progress::advance`].
    done: (u64, Option<u64>),
    /// How much of it was done before, and when that was passed over.
    base: (u64, Instant),
    /// What was written before it.
    written: u64,
    /// What of it was on the disk before it.
    held: u64,
    /// How much was done when the first bytes were written.
    since: Option<u64>,
    /// How much had been written when that was last told.
    told: u64,
}

/// The disk that training writes to.
pub(crate) struct Disk {
    /// The folder.
    pub(crate) dir: PathBuf,
    /// What is written there.
    pub(crate) usage: Usage,
    /// What will be.
    pub(crate) forecast: Forecast,
}

impl<'a> Watch<'a> {
    /// Before the first stage.
    pub(crate) fn new(progress: &'a mut dyn Progress, report: Report, disk: Disk) -> Self {
        let (before, started) = (anonymous().unwrap_or(0), Instant::now());
        let status = Status { memory_limit: report.memory_limit, disk_free: free(&disk.dir), ..Status::default() };
        let (stage, sampled, looked, stages) = (None, started, started, Stage::ALL.len());
        let mut watch =
            Self { progress, report, started, before, stage, status, sampled, disk, stages, looked, warned: 0 };
        (watch.report.disk.dir, watch.report.disk.free) = (watch.disk.dir.clone(), status.disk_free);
        watch
    }

    /// What is written to the disk.
    pub(crate) fn usage(&self) -> Usage {
        self.disk.usage.clone()
    }

    /// Ends the stage at hand.
    fn end_stage(&mut self) {
        self.sample();
        let Some(running) = self.stage.take() else { return };
        if let Some(stage) = self.report.stages.last_mut() {
            stage.seconds = self.status.seconds;
            (stage.bytes, stage.resumed) = (self.status.bytes, self.status.resumed);
            stage.spilled = self.status.spilled - running.written;
        }
        self.report.spilled = self.status.spilled;
        self.report.disk.most = self.disk.usage.most();
        self.report.seconds = self.status.elapsed;
        (self.status.left, self.status.left_in_all) = (Some(0.0), None);
        self.progress.status(&self.status);
        self.progress.notice(&Notice::Ended(running.stage, self.status));
    }

    /// Measures everything but the free space.
    fn sample(&mut self) {
        let Some(running) = &self.stage else { return };
        self.sampled = Instant::now();
        let status = &mut self.status;
        (status.seconds, status.elapsed) =
            (running.began.elapsed().as_secs_f64(), self.started.elapsed().as_secs_f64());
        status.spilled = self.disk.usage.written();
        (status.left, status.left_in_all) = running.left(self.stages);
        if let Some(now) = anonymous() {
            status.memory = now.saturating_sub(self.before);
        }
        if let Some(stage) = self.report.stages.last_mut() {
            stage.peak_memory = stage.peak_memory.max(status.memory);
        }
    }

    /// Tells what has been written, and whether there will be room for more.
    fn follow_disk(&mut self) {
        let Some(running) = &mut self.stage else { return };
        let written = self.status.spilled - running.written;
        if written == 0 {
            running.since = Some(running.done.0);
            return;
        }
        if written >= 2 * running.told {
            running.told = written;
            let dir = self.disk.dir.clone();
            self.progress.notice(&Notice::Spilled { stage: running.stage, bytes: written, dir });
        }
        let (since, (done, Some(total))) = (running.since.unwrap_or(0), running.done) else { return };
        if let Some(needed) = Forecast::during(written, since, done, total) {
            self.status.disk_needed = running.held + needed;
        }
    }

    /// Looks at the free space, and warns where there is less than needed; again only where that has become much
    /// more.
    fn look_at_disk(&mut self) {
        self.looked = Instant::now();
        self.status.disk_free = free(&self.disk.dir);
        let (needed, held) = (self.status.disk_needed, self.disk.usage.held());
        let Some(free) = self.status.disk_free.filter(|&free| needed.saturating_sub(held) > free) else { return };
        if needed > self.warned.saturating_mul(3) / 2 {
            self.warned = needed;
            self.progress.notice(&Notice::DiskShort { dir: self.disk.dir.clone(), needed, free });
        }
    }
}

impl Running {
    /// A stage begins.
    fn new(stage: Stage, total: Option<u64>, usage: &Usage) -> Self {
        let (began, written, held) = (Instant::now(), usage.written(), usage.held());
        Self { stage, began, done: (0, total), base: (0, began), written, held, since: None, told: 0 }
    }

    /// The seconds that are left of this stage, and of all.
    fn left(&self, stages: usize) -> (Option<f64>, Option<f64>) {
        let ((done, Some(total)), (base, when)) = (self.done, self.base) else { return (None, None) };
        if done <= base {
            return (None, None);
        }
        let each = when.elapsed().as_secs_f64() / to_f64(done - base);
        let left = each * to_f64(total.saturating_sub(done));
        let own = f64::from(COSTS[self.stage.number() - 1]);
        let later: u32 = COSTS[self.stage.number().min(stages)..stages].iter().sum();
        (Some(left), Some(left + each * to_f64(total) * f64::from(later) / own))
    }
}

impl Progress for Watch<'_> {
    fn stages(&mut self, number: usize) {
        self.stages = number;
        self.progress.stages(number);
    }

    fn begin(&mut self, stage: Stage, total: Option<u64>) {
        self.end_stage();
        self.report.stages.push(StageReport::new(stage));
        (self.status.documents, self.status.bytes, self.status.resumed) = (0, 0, 0);
        self.stage = Some(Running::new(stage, total, &self.disk.usage));
        if let (Stage::Count, Some(total)) = (stage, total) {
            self.status.disk_needed = self.disk.forecast.before(total);
            self.report.disk.expected = self.status.disk_needed;
            self.look_at_disk();
        }
        self.sample();
        self.progress.status(&self.status);
        self.progress.begin(stage, total);
    }

    fn advance(&mut self, amount: u64) {
        if let Some(running) = &mut self.stage {
            running.done.0 += amount;
            if running.stage == Stage::Prune || self.sampled.elapsed() >= OFTEN {
                self.sample();
            }
        }
        self.progress.advance(amount);
    }

    fn read(&mut self, documents: u64, bytes: u64) {
        (self.status.documents, self.status.bytes) = (documents, bytes);
    }

    fn notice(&mut self, notice: &Notice) {
        match (notice, &mut self.stage) {
            (Notice::Resumed { bytes, .. }, Some(running)) => {
                self.status.resumed = *bytes;
                running.base = (running.done.0, Instant::now());
            }
            (Notice::Saved { .. }, _) => self.report.saves += 1,
            _ => {}
        }
        self.progress.notice(notice);
    }

    fn check(&mut self) -> Result<()> {
        self.sample();
        self.follow_disk();
        if self.looked.elapsed() >= SELDOM {
            self.look_at_disk();
        }
        self.progress.status(&self.status);
        self.progress.check()
    }

    fn finish(&mut self) {
        self.end_stage();
        self.progress.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::train::Options;
    use std::num::NonZeroUsize;

    #[test]
    fn memory_at_the_end_of_a_round_is_seen() {
        if anonymous().is_none() {
            return; // the system does not tell
        }
        let (mut silent, dir) = (Silent, std::env::temp_dir());
        let disk = Disk { dir, usage: Usage::default(), forecast: Forecast { order: 6, tables: Some(u64::MAX) } };
        let mut watch = Watch::new(&mut silent, Report::new(&Options::new(NonZeroUsize::MIN), 1 << 30), disk);
        watch.begin(Stage::Prune, None);
        let held = vec![1_u8; 256 << 20];
        watch.advance(u64::from(held[held.len() / 2]));
        drop(held);
        watch.finish();
        let peak = watch.report.stages[0].peak_memory;
        assert!(peak > 128 << 20, "{peak}");
    }
}
