//! A way to a server that takes a while, and counts how often somebody waits for it.

use std::io::{Error, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A port of this machine that leads to a server.
pub(crate) struct Proxy {
    /// The server's address, by this port.
    pub(crate) address: String,
    trips: Arc<AtomicUsize>,
}

impl Proxy {
    /// Leads to the server of an address such as `postgres://user@host:port/database`, by a way
    /// that takes so long for each round trip.
    pub(crate) fn to(address: &str, delay: Duration) -> Result<Self> {
        let (host, port) = place(address).ok_or_else(|| Error::other("no host and port"))?;
        let found = (host, port).to_socket_addrs()?.next();
        let server = found.ok_or_else(|| Error::other("no server there"))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let way = listener.local_addr()?.to_string();
        let with_port = format!("{host}:{port}");
        let is_there = address.contains(&with_port);
        let from = if is_there { &*with_port } else { host };
        let address = address.replacen(from, &way, 1);
        let trips = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&trips);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that cannot be made is one that the benchmark fails to open.
                lead(client, server, delay, &counted).ok();
            }
        });
        Ok(Self { address, trips })
    }

    /// How often the client has sent something after an answer.
    pub(crate) fn trips(&self) -> usize {
        self.trips.load(Ordering::Relaxed)
    }
}

/// The host and port of an address.
fn place(address: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split('/').next().unwrap_or(rest);
    let host = host.rsplit('@').next().unwrap_or(host);
    Some(match host.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None if scheme.starts_with("postgres") => (host, 5432),
        None => (host, 3306),
    })
}

fn lead(
    mut client: TcpStream,
    server: SocketAddr,
    delay: Duration,
    trips: &Arc<AtomicUsize>,
) -> Result<()> {
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
