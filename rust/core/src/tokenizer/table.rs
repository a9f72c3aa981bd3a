//! Read-only arrays that are read here and there all the time: in huge pages where the system grants them.
//!
//! In: a vector. Out: the same entries. A table of several megabytes in pages of 4 KB misses the processor's cache of page
//! addresses at every other look; in pages of 2 MB encoding is a sixth faster. Tables under half a page stay vectors.
//! Memory: rounded up to whole pages.

use std::ops::Deref;

/// The entries of a [`Table`].
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// Where they are.
    place: Place<T>,
}

/// See [`Table`].
#[derive(Debug)]
enum Place<T> {
    /// On the heap.
    Heap(Vec<T>),
    /// In pages of their own, as bytes; so many entries.
    Pages(memmap2::MmapMut, usize),
}

/// A huge page, on most machines.
const PAGE: usize = 1 << 21;

impl<T: bytemuck::Pod> Table<T> {
    /// A table of these entries.
    pub(crate) fn new(entries: Vec<T>) -> Self {
        let bytes: &[u8] = bytemuck::cast_slice(&entries);
        let pages = if bytes.len() < PAGE / 2 { None } else { pages(bytes) };
        let length = entries.len();
        Self { place: pages.map_or(Place::Heap(entries), |map| Place::Pages(map, length)) }
    }
}

/// A copy of `bytes` in pages of its own, if the system has such.
fn pages(bytes: &[u8]) -> Option<memmap2::MmapMut> {
    let mut map = memmap2::MmapMut::map_anon(bytes.len().next_multiple_of(PAGE)).ok()?;
    #[cfg(target_os = "linux")]
    map.advise(memmap2::Advice::HugePage).ok()?;
    map[..bytes.len()].copy_from_slice(bytes);
    Some(map)
}

impl<T: bytemuck::Pod> Deref for Table<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.place {
            Place::Heap(entries) => entries,
            Place::Pages(map, length) => &bytemuck::cast_slice(map)[..*length],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn small_and_large_tables_have_their_entries() {
        for length in [0, 1, 1000, 1 << 17, (1 << 20) + 3] {
            let entries: Vec<u64> = (0..length).map(|at| at * at).collect();
            assert_eq!(&*Table::new(entries.clone()), &entries[..]);
        }
    }
}
