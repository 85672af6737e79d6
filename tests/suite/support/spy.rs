//! Which setters were called: a setter runs on the thread that flushes, and so do the tests that ask.

use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static CALLED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// Notes that a setter was called.
pub fn spy(setter: &'static str) {
    CALLED.with_borrow_mut(|called| called.insert(setter));
}

/// Forgets what was called.
pub fn forget() {
    CALLED.take();
}

/// The setters that `work` called.
pub fn called(work: impl FnOnce()) -> Vec<&'static str> {
    CALLED.take();
    work();
    CALLED.take().into_iter().collect()
}
