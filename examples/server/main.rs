//! A shop's server: `cargo run --example server`, then look at <http://127.0.0.1:3000>.
//!
//! Without more it keeps its shop in an SQLite file, which is deleted at the end. `DATABASE_URL`
//! names another file, or a PostgreSQL server:
//!
//! ```sh
//! DATABASE_URL=postgres://postgres@127.0.0.1/shop cargo run --example server --features postgres
//! curl -X PATCH localhost:3000/customers/1 -H 'x-user: eva' --json '{"name": "Ada L."}'
//! printf 'order,product,quantity,price_cents\n1,tea,2,450\n1,pot,0,900\n' |
//!     curl localhost:3000/import -H 'x-user: eva' --data-binary @-
//! ```
//!
//! Edits run in immediate mode, an import buffered, a validation disabled and undone. All share one
//! small pool. `LISTEN` says where the server listens, and `POOL` how many connections it has.

pub(crate) mod answer;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod request;
mod routes;
pub(crate) mod shop;
mod stamp;
mod upload;

use std::error::Error;

use tokio::net::TcpListener;
use tokio::signal;

use self::models::CUSTOMERS;
use self::shop::Shop;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let setting = |name: &str| std::env::var(name).ok();
    let address = setting("DATABASE_URL").unwrap_or_else(|| {
        let file = temporary.path().join("shop.sqlite");
        file.to_string_lossy().into_owned()
    });
    let size = setting("POOL").map_or(Ok(8), |size| size.parse())?;
    let shop = shop::open(&address, size, &CUSTOMERS).await?;
    let listen = setting("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await?;
    eprintln!("http://{}", listener.local_addr()?);
    serve(listener, shop, told_to_stop()).await?;
    Ok(())
}

/// Serves until it is told to stop; then it takes no more requests, and ends those that it has.
pub(crate) async fn serve(
    listener: TcpListener,
    shop: Shop,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    metrics::install();
    axum::serve(listener, routes::router(shop))
        .with_graceful_shutdown(end)
        .await
}

/// Waits for Ctrl-C, or for what a service manager sends.
async fn told_to_stop() {
    let interrupt = async { signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    {
        let terminate = async {
            let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate()).ok()?;
            terminate.recv().await
        };
        tokio::select! {
            Some(()) = interrupt => {}
            Some(()) = terminate => {}
            else => std::future::pending().await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
