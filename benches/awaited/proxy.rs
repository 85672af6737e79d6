//! A way to a server that takes a while, and counts how often somebody waits for it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::Failure;

/// A port of this machine that leads to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    trips: Arc<AtomicUsize>,
}

impl Proxy {
    /// Leads to a server, by a way that takes so long for each round trip.
    pub(crate) fn to(server: SocketAddr, delay: Duration) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let trips = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&trips);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that cannot be made is one that the benchmark fails to open.
                lead(client, server, delay, &counted).ok();
            }
        });
        Ok(Self { port, trips })
    }

    /// How often the client has sent something after an answer.
    pub(crate) fn trips(&self) -> usize {
        self.trips.load(Ordering::Relaxed)
    }
}

fn lead(
    mut client: TcpStream,
    server: SocketAddr,
    delay: Duration,
    trips: &Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut to_client, mut from_server) = (client.try_clone()?, server.try_clone()?);
    let answered = Arc::new(AtomicBool::new(true));
    let has_answered = Arc::clone(&answered);
    let trips = Arc::clone(trips);
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = client.read(&mut buffer) {
            if answered.swap(false, Ordering::Relaxed) {
                trips.fetch_add(1, Ordering::Relaxed);
                thread::sleep(delay);
            }
            if server.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        server.shutdown(Shutdown::Both).ok();
    });
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            has_answered.store(true, Ordering::Relaxed);
            if to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        to_client.shutdown(Shutdown::Both).ok();
    });
    Ok(())
}
