//! What is tested on databases that are servers.

mod anew;
mod deadlocked;
mod restarted;
mod terminated;

use diesel::r2d2::{ConnectionManager, Pool};
use maintained::{Error, ErrorKind};

use super::{Conn, Place, TERMINATED};

/// Connections to a place.
type Connections = Pool<ConnectionManager<Conn>>;

fn pool(place: &Place, most: u32) -> Connections {
    let manager = ConnectionManager::<Conn>::new(place.url());
    Pool::builder().max_size(most).build(manager).unwrap()
}

/// The error says that the server has ended the connection.
fn assert_says_why(error: &Error) {
    let message = error.to_string();
    assert!(
        TERMINATED.iter().any(|known| message.contains(known)),
        "{message}"
    );
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
    assert!(!error.is_retryable(), "on this connection nothing succeeds");
}
