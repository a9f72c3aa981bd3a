//! The loop for any machine, cell by cell: the twin of `avx2`.

use super::{Backward, GROUP, Job, STOP_GROUPS, State, is_calm};

/// Does some groups; `false` where sums are too far apart.
#[inline(never)]
pub(super) fn run(job: &Job<'_>, backward: &mut Backward, state: &mut State) -> bool {
    for _ in 0..STOP_GROUPS {
        let Some((start, rows)) = job.group(state) else { break };
        let longs = if rows.iter().any(|row| row.has_longs()) { backward.longs(job, start) } else { [0.0; GROUP] };
        for (cell, &unit) in (0..GROUP).rev().zip(job.units(state)) {
            let slot = start + cell;
            let (_, weights) = job.weights.row(rows[cell]);
            let behind = &backward.sums[slot + 1..slot + 1 + weights.len()];
            let terms = weights.iter().zip(behind).rev();
            backward.sums[slot] = terms.fold(longs[cell], |sum, (&weight, &behind)| sum + weight * behind);
            backward.drawn[slot] = backward.draw(job, slot, unit);
        }
        let last = backward.sums[start + GROUP - 1];
        if !is_calm(last) && !backward.rescale(job, start, last) {
            return false;
        }
    }
    true
}
