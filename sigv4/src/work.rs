//! Counts what hashing and searching cost, in tests: bytes hashed, and names compared. Nothing otherwise.

#[cfg(all(test, feature = "std"))]
std::thread_local! {
    static STEPS: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

/// So many steps more.
#[inline]
pub(crate) fn count(steps: usize) {
    #[cfg(all(test, feature = "std"))]
    STEPS.with(|counter| counter.set(counter.get() + steps));
    #[cfg(not(all(test, feature = "std")))]
    let _ = steps;
}

/// How many steps `work` takes.
#[cfg(all(test, feature = "std"))]
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (usize, T) {
    STEPS.with(|counter| counter.set(0));
    let done = work();
    (STEPS.with(core::cell::Cell::get), done)
}
