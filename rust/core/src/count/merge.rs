//! Several ascending sources of n-grams as one, the counts of equal n-grams added up.
//!
//! In: the runs of a partition on disk, and what is still in memory. Out: every distinct n-gram once, ascending. Memory: a
//! chunk a run. Cost: log2 of the number of sources comparisons an n-gram. The sums are numbers of bytes read, so they fit.

use super::key::Key;
use super::run::{Run, RunReader};
use super::table::Sorted;
use crate::Result;
use crate::spill::Store;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// One of the sources.
#[derive(Debug)]
enum Source<'a, K> {
    /// What was written.
    Run(RunReader<'a, K>),
    /// What is in memory.
    Memory(Sorted<K>),
}

impl<K: Key> Source<'_, K> {
    #[inline]
    fn next(&mut self) -> Result<Option<(K, u64)>> {
        match self {
            Self::Run(reader) => reader.next(),
            Self::Memory(sorted) => Ok(sorted.next()),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Merge<'a, K> {
    /// All sources.
    sources: Vec<Source<'a, K>>,
    /// The next n-gram of each source that has one, with its count and the number of the source: the smallest on top. Empty
    /// where there is only one source.
    heads: BinaryHeap<Reverse<(K, usize, u64)>>,
}

impl<'a, K: Key> Merge<'a, K> {
    /// Begins.
    pub(super) fn new(store: &'a Store, runs: &'a [Run], memory: Sorted<K>) -> Result<Self> {
        let mut sources: Vec<Source<'a, K>> = runs.iter().map(|run| Source::Run(RunReader::new(store, run))).collect();
        sources.push(Source::Memory(memory));
        let mut heads = BinaryHeap::with_capacity(sources.len());
        let several = sources.len() > 1;
        for (number, source) in sources.iter_mut().enumerate().filter(|_| several) {
            if let Some((rest, count)) = source.next()? {
                heads.push(Reverse((rest, number, count)));
            }
        }
        Ok(Self { sources, heads })
    }

    /// The next distinct n-gram.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(K, u64)>> {
        if let [only] = &mut self.sources[..] {
            return only.next(); // everything is in memory
        }
        let mut found: Option<(K, u64)> = None;
        while let Some(mut head) = self.heads.peek_mut() {
            let Reverse((rest, number, count)) = *head;
            match &mut found {
                None => found = Some((rest, count)),
                Some((same, sum)) if *same == rest => *sum += count,
                Some(_) => break,
            }
            match self.sources[number].next()? {
                Some((rest, count)) => *head = Reverse((rest, number, count)),
                None => drop(PeekMut::pop(head)),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::RunWriter;
    use super::super::table::{Table, random_factor};
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn counts_of_all_sources_are_added_up() {
        for runs in [0, 1, 2, 5, 40] {
            let (store, mut expected) = (Store::new(None), BTreeMap::new());
            let written: Vec<Run> = (1..=runs)
                .map(|run: u64| {
                    let mut writer = RunWriter::new(&store, None);
                    for rest in (0..20_000).filter(|rest| rest % (run + 1) == 0) {
                        writer.push(rest, run).unwrap();
                        *expected.entry(rest).or_insert(0) += run;
                    }
                    writer.finish().unwrap()
                })
                .collect();
            let mut table = Table::new(39, random_factor());
            table.grow();
            table.add_all(&[3, 7, 3, 0]);
            [3, 7, 3, 0].iter().for_each(|&rest| *expected.entry(rest).or_insert(0) += 1);
            let mut merge = Merge::<u64>::new(&store, &written, table.take_sorted()).unwrap();
            let merged: BTreeMap<u64, u64> = std::iter::from_fn(|| merge.next().unwrap()).collect();
            assert_eq!(merged, expected);
        }
    }
}
