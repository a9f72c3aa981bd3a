//! What becomes of the n-grams of a partition: each length goes into a run of its own.
//!
//! In: n-grams of 3 bytes and more from [`super::derive`], those of one length ascending. Out: a [`Run`] a length of those that have the least
//! count, and the statistics of all. Half of all n-grams have it, and nobody can guess which: so each is put where the next one is
//! to be, and stays there if it has. Memory: [`WAITING`] n-grams a length and the chunk at hand of each run.

use super::Counting;
use super::counts::Statistics;
use super::derive::Sink;
use super::key::Key;
use super::run::{Run, RunWriter};
use super::split::PREFIX;
use crate::Result;
use crate::num::to_u64;
use crate::spill::{Budget, Store};

/// How many n-grams of one length wait to be written together.
const WAITING: usize = 64;

/// See the module.
pub(super) struct Levels<'a, K> {
    /// By length, from 3 on.
    levels: Vec<Level<'a, K>>,
    /// The least count.
    min_count: u64,
    /// Knows how many there were.
    statistics: &'a mut Statistics,
}

/// The n-grams of one length.
struct Level<'a, K> {
    /// Those that were written.
    run: RunWriter<'a, K>,
    /// The first `used` come next.
    waiting: [(K, u64); WAITING],
    /// Fewer than [`WAITING`].
    used: usize,
    /// How many n-grams there were that do not have the least count.
    rare: u64,
}

impl<'a, K: Key> Levels<'a, K> {
    /// Nothing yet; n-grams longer than those asked for will not be taken.
    pub(super) fn new(
        counting: &Counting,
        budget: &'a Budget,
        store: &'a Store,
        statistics: &'a mut Statistics,
    ) -> Self {
        let level = |_| Level {
            run: RunWriter::new(store, Some(budget)),
            waiting: [(K::default(), 0); WAITING],
            used: 0,
            rare: 0,
        };
        let levels = (PREFIX..=counting.order).map(level).collect();
        Self { levels, min_count: counting.min_count, statistics }
    }

    /// The runs, the shortest n-grams first.
    pub(super) fn finish(self) -> Result<Vec<Run>> {
        let Self { levels, statistics, .. } = self;
        let lengths = (PREFIX..).zip(levels);
        let finish = |(length, mut level): (usize, Level<'_, K>)| {
            level.write(statistics, length)?;
            statistics.distinct[length - 1] += level.rare;
            level.run.finish()
        };
        lengths.map(finish).collect()
    }
}

impl<K: Key> Level<'_, K> {
    /// Writes what waits.
    fn write(&mut self, statistics: &mut Statistics, length: usize) -> Result<()> {
        for &(rest, count) in &self.waiting[..self.used] {
            statistics.add(length, count, 0);
            self.run.push(rest, count)?;
        }
        self.used = 0;
        Ok(())
    }
}

impl<K: Key> Sink<K> for Levels<'_, K> {
    #[inline(always)]
    fn gram(&mut self, length: usize, rest: K, count: u64) -> Result<()> {
        let Some(level) = self.levels.get_mut(length - PREFIX) else { return Ok(()) };
        let kept = count >= self.min_count;
        level.waiting[level.used] = (rest, count);
        level.used += usize::from(kept);
        level.rare += to_u64(usize::from(!kept));
        if level.used == WAITING { level.write(self.statistics, length) } else { Ok(()) }
    }
}
