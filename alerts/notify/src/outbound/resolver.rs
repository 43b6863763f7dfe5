//! Looks names up for the HTTP library, which connects to what it is given: every address has passed the guard, and no
//! second look-up can give another one.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use inventory::network::IpNetwork;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard;

/// A way to look a name up.
pub trait Lookup: Send + Sync {
    /// All addresses of the host.
    fn addresses(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// The name servers of this machine.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, host: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// The resolver of a client.
pub(super) struct Checked {
    pub(super) allow: Arc<[IpNetwork]>,
    /// Whether it is for requests without TLS.
    pub(super) is_plain: bool,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.addresses(name.as_str());
        let (allow, is_plain) = (Arc::clone(&self.allow), self.is_plain);
        Box::pin(async move {
            let found = found.await?;
            // One bad address among good ones is an attack or a mistake, and which one is taken is chance.
            for address in &found {
                guard::check(*address, is_plain, &allow)?;
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
