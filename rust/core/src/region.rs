//! Large arrays that go back to the system when they are dropped.
//!
//! In: a length. Out: so many entries, all zero bytes; more of them by [`Region::extend`], mostly in place; or entries that are there, by [`Region::of`]. Large arrays are pages of their own, straight from the system: the C
//! library's allocator raises the size from which it does so while it runs, up to 32 MB, and keeps what is freed below that, so that
//! memory given back by one table would count against the limit of the next. Pages that are never touched take no memory.
//! Memory: the entries, rounded up to pages of 4 KB.

use bytemuck::Pod;
use std::ops::{Deref, DerefMut};

/// Smaller arrays live on the heap.
const SMALL: usize = 1 << 15;
/// An array that is extended gets so many times the addresses it needs, and stays where it is until they are used up. Pages are
/// cleared by the system when they are touched first, which costs more than to fill them: so that is once a page, not once a growth.
const ROOM: usize = 4;

/// A huge page, on most machines.
const HUGE_PAGE: usize = 1 << 21;

/// A fixed number of entries.
#[derive(Debug)]
pub(crate) struct Region<T> {
    /// Where they are.
    place: Place<T>,
}

/// See [`Region`].
#[derive(Debug)]
enum Place<T> {
    /// On the heap.
    Heap(Vec<T>),
    /// In pages of their own, as bytes; so many entries.
    Pages(memmap2::MmapMut, usize),
}

impl<T: Pod> Region<T> {
    /// `length` zeros; on the heap where the system gives no pages.
    pub(crate) fn zeroed(length: usize) -> Self {
        let bytes = length.saturating_mul(size_of::<T>());
        let pages = (bytes > SMALL).then(|| memmap2::MmapMut::map_anon(bytes).ok()).flatten();
        let place = pages.map_or_else(|| Place::Heap(vec![T::zeroed(); length]), |map| Place::Pages(map, length));
        Self { place }
    }

    /// These entries, to be read here and there all the time: in huge pages where the system grants them. A table of several megabytes in
    /// pages of 4 KB misses the processor's cache of page addresses at every other look; in pages of 2 MB encoding is a sixth
    /// faster. Less than half a huge page stays on the heap; more is rounded up to whole ones.
    pub(crate) fn of(entries: Vec<T>) -> Self {
        let bytes: &[u8] = bytemuck::cast_slice(&entries);
        let copy = || {
            let mut map = memmap2::MmapMut::map_anon(bytes.len().next_multiple_of(HUGE_PAGE)).ok()?;
            #[cfg(target_os = "linux")]
            map.advise(memmap2::Advice::HugePage).ok()?;
            map[..bytes.len()].copy_from_slice(bytes);
            Some(map)
        };
        let (length, pages) = (entries.len(), if bytes.len() < HUGE_PAGE / 2 { None } else { copy() });
        Self { place: pages.map_or(Place::Heap(entries), |map| Place::Pages(map, length)) }
    }

    /// Appends zeros until there are `length` entries, which are more than now. Only where the addresses are used up the old
    /// entries and the new ones are in memory at once.
    pub(crate) fn extend(&mut self, length: usize) {
        let bytes = length.saturating_mul(size_of::<T>());
        match &mut self.place {
            Place::Heap(entries) if bytes <= SMALL => return entries.resize(length, T::zeroed()),
            Place::Pages(map, used) if bytes <= map.len() => {
                *used = length; // what was behind is zero: entries are never taken away
                return;
            }
            _ => {}
        }
        let pages = memmap2::MmapOptions::new().len(bytes.saturating_mul(ROOM)).no_reserve_swap().map_anon();
        let place = pages.map_or_else(|_| Place::Heap(vec![T::zeroed(); length]), |map| Place::Pages(map, length));
        let mut longer = Self { place };
        longer[..self.len()].copy_from_slice(self);
        *self = longer;
    }

    /// Asks for pages of 2 MB, where the system grants them: for arrays that will be filled and then read here and there.
    pub(crate) fn in_huge_pages(self) -> Self {
        #[cfg(target_os = "linux")]
        if let Place::Pages(map, _) = &self.place {
            // a refusal leaves the pages as they are
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        self
    }
}

impl<T: Pod> Default for Region<T> {
    fn default() -> Self {
        Self { place: Place::Heap(Vec::new()) }
    }
}

impl<T: Pod> Deref for Region<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.place {
            Place::Heap(entries) => entries,
            Place::Pages(map, length) => &bytemuck::cast_slice(map)[..*length],
        }
    }
}

impl<T: Pod> DerefMut for Region<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.place {
            Place::Heap(entries) => entries,
            Place::Pages(map, length) => &mut bytemuck::cast_slice_mut(map)[..*length],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Region;

    #[test]
    fn small_and_large_arrays_are_zero_and_can_be_written() {
        for length in [0, 1, 5000, (1 << 20) + 3] {
            let mut region = Region::<u64>::zeroed(length).in_huge_pages();
            assert!(region.iter().all(|&entry| entry == 0));
            (0..).zip(region.iter_mut()).for_each(|(at, entry)| *entry = at);
            assert!((0..).zip(region.iter()).all(|(at, &entry)| entry == at));
            assert_eq!(region.len(), length);
        }
    }

    #[test]
    fn small_and_large_tables_have_their_entries() {
        for length in [0, 1, 1000, 1 << 17, (1 << 20) + 3] {
            let entries: Vec<u64> = (0..length).map(|at| at * at).collect();
            assert_eq!(&*Region::of(entries.clone()), &entries[..]);
        }
    }

    #[test]
    fn an_array_keeps_its_entries_and_gets_zeros() {
        let mut region = Region::<u64>::default();
        for length in [1, 100, 3000, 5000, 12_000, 60_000, 60_001, 1 << 20] {
            let before = region.len();
            region.extend(length);
            assert_eq!(region.len(), length);
            assert!((1..).zip(&region[..before]).all(|(at, &entry)| entry == at));
            assert!(region[before..].iter().all(|&entry| entry == 0));
            (1..).zip(region.iter_mut()).for_each(|(at, entry)| *entry = at);
        }
    }
}
