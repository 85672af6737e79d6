//! The async connections of the databases that have one.

/// What does nothing in a transaction, and fails outside of one.
const PROBE: &str = "SAVEPOINT maintained_probe; RELEASE SAVEPOINT maintained_probe";

/// What the connections have in common.
macro_rules! nonblocking {
    ($connection:ty, $backend:ty, { $($own:tt)* }) => {
        impl AsyncDatabase for $connection {
            type Came = <Self as AsyncConnectionCore>::Row<'static, 'static>;
            type Rows<'w> = <Self as AsyncConnectionCore>::Stream<'w, 'w>;

            fn row<'conn, 'query>(came: Self::Came) -> <$backend as Results>::Row<'conn, 'query> {
                AnyRow::Other(AnyRow::Other(came))
            }

            $($own)*
        }
    };
}

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
