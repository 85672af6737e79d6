//! Async closures whose futures can be spoken of.
//!
//! Rust has no way yet to say of an [`AsyncFnOnce`] that its future is [`Send`]; by these traits it
//! can be said. What `diesel-async` uses for its `transaction` is the same, but private.

/// What is awaited on a connection: `async |conn: &mut AsyncMaintainedConnection<_>| ..`.
///
/// Implemented for every async closure.
pub trait Body<T, R>: AsyncFnOnce(T) -> R + FnOnce(T) -> <Self as Body<T, R>>::Running {
    /// The future that it returns.
    type Running: Future<Output = R>;
}

impl<F, T, R, Running> Body<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}

/// The same with two arguments:
/// `async |conn: &mut AsyncMaintainedConnection<_>, report: &FlushReport| ..`.
///
/// Implemented for every async closure.
pub trait Hook<A, B, R>:
    AsyncFnOnce(A, B) -> R + FnOnce(A, B) -> <Self as Hook<A, B, R>>::Running
{
    /// The future that it returns.
    type Running: Future<Output = R>;
}

impl<F, A, B, R, Running> Hook<A, B, R> for F
where
    F: AsyncFnOnce(A, B) -> R + FnOnce(A, B) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}
