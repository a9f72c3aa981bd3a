//! All parallelism of the crate: work handed out by the calling thread, done by threads that live as long as the call.
//!
//! In: items produced on the calling thread (so it may hold an interpreter), or the numbers of tasks. Out: one state a
//! thread, or one result a task in task order. The calling thread does no work itself: it produces, waits, and calls
//! `check` at least every [`TICK`], so an interrupt stops everything within one item. There is no global pool: nothing for
//! a fork to break, no thread left behind. Cost: about 20 µs a thread a call.
//! Items go to whichever thread is free; callers merge states by operations that commute (integer sums) or sort after.

use crate::{Error, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

/// The longest time between two calls of `check`.
pub const TICK: Duration = Duration::from_millis(50);

/// Tells workers to give up: polled between items, and inside long ones.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Whether to give up. The result of a worker that gave up is never seen, so it may return anything.
    #[inline]
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// From now on every worker gives up.
    fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// One that says so from the beginning.
    #[cfg(test)]
    pub(crate) fn at_once() -> Self {
        Self(AtomicBool::new(true))
    }
}

/// Locks what workers share. A worker that panics with the lock in hand ends the whole call, so what it left half done is
/// never read for a result: poison means nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All cores this process may use.
pub fn available_threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Runs `work` on every item that `produce` gives, on `threads` threads with a state each; returns the states.
///
/// `produce` and `check` run on the calling thread. The first error of any of the three stops all threads and is
/// returned; a panic in `work` is [`Error::Panic`]. At most `2 * threads` items wait. Where the system refuses to start that many
/// threads, those that it started do the work.
pub fn stream<T: Send, S: Send>(
    threads: NonZeroUsize,
    mut produce: impl FnMut() -> Result<Option<T>>,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T, &Stop) -> Result<()> + Sync,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<S>> {
    let stop = Stop::default();
    let (items_in, items_out) = bounded::<T>(2 * threads.get());
    let (alive_in, alive_out) = bounded::<()>(0);
    std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(threads.get());
        for _ in 0..threads.get() {
            let (items, alive, stop, init, work) = (items_out.clone(), alive_in.clone(), &stop, &init, &work);
            let started = std::thread::Builder::new().spawn_scoped(scope, move || {
                let _alive = alive; // dropped when this thread ends, also by a panic
                drain(&items, init(), work, stop)
            });
            match started {
                Ok(worker) => workers.push(worker),
                Err(source) if workers.is_empty() => return Err(Error::NoThread { source }),
                Err(_) => break, // the system gives no more: fewer do the same, more slowly
            }
        }
        drop((items_out, alive_in));
        let mut outcome = feed(&mut produce, items_in, &stop, check).inspect_err(|_| stop.request());
        while alive_out.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            if outcome.is_ok()
                && let Err(error) = check()
            {
                stop.request();
                outcome = Err(error);
            }
        }
        join(workers, outcome)
    })
}

/// The states of all workers, or the first error.
fn join<S>(workers: Vec<ScopedJoinHandle<'_, Result<S>>>, mut outcome: Result<()>) -> Result<Vec<S>> {
    let mut states = Vec::with_capacity(workers.len());
    for worker in workers {
        match worker.join() {
            Ok(Ok(state)) => states.push(state),
            Ok(Err(error)) => outcome = outcome.and(Err(error)),
            Err(panic) => outcome = Err(Error::Panic { message: panic_message(&*panic) }),
        }
    }
    outcome.map(|()| states)
}

/// Works on items until there are no more or someone says stop.
fn drain<T, S>(
    items: &Receiver<T>,
    mut state: S,
    work: impl Fn(&mut S, T, &Stop) -> Result<()>,
    stop: &Stop,
) -> Result<S> {
    let guard = StopOnPanic(stop);
    while let Ok(item) = items.recv() {
        if stop.requested() {
            break;
        }
        work(&mut state, item, stop).inspect_err(|_| stop.request())?;
    }
    drop(guard);
    Ok(state)
}

/// Sends what `produce` gives until it ends or the workers have given up.
fn feed<T>(
    produce: &mut impl FnMut() -> Result<Option<T>>,
    items: Sender<T>,
    stop: &Stop,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    loop {
        check()?;
        let Some(mut item) = produce()? else { return Ok(()) };
        loop {
            if stop.requested() {
                return Ok(()); // the worker that asked for it brings the error
            }
            match items.send_timeout(item, TICK) {
                Ok(()) => break,
                Err(SendTimeoutError::Disconnected(_)) => return Ok(()),
                Err(SendTimeoutError::Timeout(back)) => {
                    item = back;
                    check()?;
                }
            }
        }
    }
}

/// Runs `work` for the tasks `0..tasks` and returns the results in task order. Errors as in [`stream`].
pub fn map<R: Send>(
    threads: NonZeroUsize,
    tasks: usize,
    work: impl Fn(usize, &Stop) -> Result<R> + Sync,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<R>> {
    let mut numbers = 0..tasks;
    let states = stream(
        threads.min(NonZeroUsize::new(tasks).unwrap_or(NonZeroUsize::MIN)),
        || Ok(numbers.next()),
        Vec::new,
        |done: &mut Vec<(usize, R)>, task, stop| {
            done.push((task, work(task, stop)?));
            Ok(())
        },
        check,
    )?;
    let mut results: Vec<(usize, R)> = states.into_iter().flatten().collect();
    results.sort_unstable_by_key(|&(task, _)| task);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Runs `work` on a thread of its own, where it can be told to stop.
pub(crate) fn once<R: Send>(
    work: impl FnOnce(&Stop) -> Result<R> + Send,
    check: &mut dyn FnMut() -> Result<()>,
) -> Result<R> {
    let work = Mutex::new(Some(work));
    let take = |_, stop: &Stop| lock(&work).take().map(|work| work(stop)).transpose();
    let mut done = map(NonZeroUsize::MIN, 1, take, check)?;
    done.pop().flatten().ok_or_else(|| Error::Panic { message: "no result".to_owned() })
}

/// Stops the others when the thread that holds it panics.
struct StopOnPanic<'a>(&'a Stop);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.request();
        }
    }
}

/// The words of a panic, where it has any.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).expect("not zero")
    }

    #[test]
    fn results_come_in_task_order() {
        for n in [1, 2, 7] {
            let squares = map(threads(n), 1000, |task, _| Ok(task * task), &mut || Ok(())).expect("no error");
            assert!(squares.iter().enumerate().all(|(task, &square)| square == task * task));
        }
    }

    #[test]
    fn no_tasks_is_no_results() {
        assert_eq!(map(threads(3), 0, |task, _| Ok(task), &mut || Ok(())).expect("no error"), Vec::<usize>::new());
    }

    #[test]
    fn an_error_of_a_worker_is_returned_though_items_go_on_for_ever() {
        let failed =
            stream(threads(2), || Ok(Some(1)), || (), |_, _, _| Err(Error::parameter("x", 1, "2")), &mut || Ok(()));
        assert!(matches!(failed, Err(Error::Parameter { .. })));
    }

    #[test]
    fn an_interrupt_stops_workers_that_poll() {
        let mut calls = 0;
        let mut check = || {
            calls += 1;
            if calls > 3 { Err(Error::parameter("interrupted", 1, "2")) } else { Ok(()) }
        };
        let endless = |_, stop: &Stop| {
            while !stop.requested() {
                std::thread::yield_now();
            }
            Ok(())
        };
        assert!(map(threads(2), 2, endless, &mut check).is_err());
    }

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let result =
            map(threads(2), 8, |task, _| if task == 3 { panic!("task {task}") } else { Ok(task) }, &mut || Ok(()));
        assert!(matches!(result, Err(Error::Panic { message }) if message == "task 3"));
    }
}
