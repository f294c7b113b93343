//! Doing a few blocking things at once on scoped threads.
//!
//! Where the system gives no further thread, the work is done by those that there are. The first
//! error wins; it raises a flag by which the others can stop early.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, scope};

use crate::error::{Error, Result};

/// Requests and transfers that run at once.
pub(super) const AT_ONCE: usize = 4;

/// Runs both and waits for both.
pub(super) fn both<A, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B)
where
    A: Send,
    B: Send,
{
    // The slot keeps the work within reach when no thread can be started.
    let work = Mutex::new(Some(first));
    let answer = Mutex::new(None);
    let run = || {
        let taken = work.lock().ok().and_then(|mut slot| slot.take());
        if let (Some(taken), Ok(mut slot)) = (taken, answer.lock()) {
            *slot = Some(taken());
        }
    };
    let b = scope(|threads| {
        let started = Builder::new().spawn_scoped(threads, run);
        let b = second();
        if started.is_err() {
            run();
        }
        b
    });
    let a = answer.into_inner().ok().flatten();
    (a.expect("the scope has waited for the one thread that fills it"), b)
}

/// Does `work` with each item, at most [`AT_ONCE`] at a time, begun in order. After an error no
/// further item is begun, and the flag handed to `work` is up.
///
/// # Errors
/// The first one.
pub(super) fn each<T: Sync>(
    items: &[T],
    work: &(dyn Fn(&T, &AtomicBool) -> Result<()> + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let run = || {
        while !stop.load(Ordering::SeqCst) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
            let Err(error) = work(item, &stop) else { continue };
            if let Ok(mut slot) = failed.lock() {
                // Before the flag goes up, so that a stopped one never comes first.
                slot.get_or_insert(error);
            }
            stop.store(true, Ordering::SeqCst);
        }
    };
    scope(|threads| {
        for _ in 1..items.len().min(AT_ONCE) {
            if Builder::new().spawn_scoped(threads, run).is_err() {
                break;
            }
        }
        run();
    });
    match failed.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::error::Kind;

    #[test]
    fn both_run_at_the_same_time() {
        // Each waits for the other: one after the other would never end.
        let meet = Barrier::new(2);
        let (a, b) = both(|| meet.wait().is_leader(), || meet.wait().is_leader());
        assert!(a ^ b);
    }

    #[test]
    fn each_item_is_done_once_by_several_at_once() {
        let meet = Barrier::new(AT_ONCE);
        let done: Vec<AtomicUsize> = (0..AT_ONCE * 3).map(|_| AtomicUsize::new(0)).collect();
        let items: Vec<usize> = (0..done.len()).collect();
        each(&items, &|item, _| {
            meet.wait();
            done[*item].fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        assert!(done.iter().all(|count| count.load(Ordering::SeqCst) == 1));
    }

    #[test]
    fn the_first_error_wins_and_stops_the_rest() {
        let begun = AtomicUsize::new(0);
        let meet = Barrier::new(2);
        let items: Vec<usize> = (0..1000).collect();
        let failed = each(&items, &|item, stop| {
            begun.fetch_add(1, Ordering::SeqCst);
            if *item < 2 {
                meet.wait();
            }
            if *item == 0 {
                return Err(Error::new(Kind::Disk, "first"));
            }
            while !stop.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            Err(Error::new(Kind::Interrupted, "stopped"))
        });
        assert_eq!(failed.unwrap_err().message(), "first");
        assert!(begun.load(Ordering::SeqCst) <= AT_ONCE);
    }
}
