//! A line that can be cut. A cut line is silent: what is on its way stays there, and who knocks hears nothing. Loopback
//! is not like that by itself: a port without a listener refuses at once, so a cut one needs a listener that is deaf.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// As tokio's own listeners have it.
const BACKLOG: i32 = 1024;

/// Whether the line is whole.
pub(super) type Gate = watch::Receiver<bool>;

/// Carries bytes both ways until one side ends; while the line is cut they wait.
pub(super) async fn carry(outside: TcpStream, inside: DuplexStream, gate: Gate) {
    let (mut from_outside, mut to_outside) = outside.into_split();
    let (mut from_inside, mut to_inside) = split(inside);
    let inwards = pump(&mut from_outside, &mut to_inside, gate.clone());
    let outwards = pump(&mut from_inside, &mut to_outside, gate);
    tokio::select! {
        () = inwards => {}
        () = outwards => {}
    }
}

async fn pump(from: &mut (impl AsyncReadExt + Unpin), to: &mut (impl AsyncWriteExt + Unpin), mut gate: Gate) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(size @ 1..) = from.read(&mut buffer).await else { return };
        let is_whole = gate.wait_for(|is_whole| *is_whole).await.is_ok();
        if !is_whole || to.write_all(&buffer[..size]).await.is_err() {
            return;
        }
    }
}

/// A port at which nobody is heard: its queue is full, and Linux lets further SYNs fall. The port stays bound all the
/// while, so that nobody else on the machine can get it before the line is mended.
pub(super) struct Deaf {
    fillers: Vec<TcpStream>,
}

impl Deaf {
    pub(super) async fn make(listener: &TcpListener) -> io::Result<Deaf> {
        // listen(2) on a socket that listens sets its backlog anew. One of 0 holds one connection.
        rustix::net::listen(listener, 0)?;
        let address = listener.local_addr()?;
        let mut fillers = Vec::new();
        // On loopback a connection that is not made in this time is not made at all.
        while let Ok(Ok(filler)) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            fillers.push(filler);
        }
        Ok(Deaf { fillers })
    }

    /// Hears again; says from where the fillers came, which are no clients.
    pub(super) fn mend(self, listener: &TcpListener) -> io::Result<Vec<SocketAddr>> {
        rustix::net::listen(listener, BACKLOG)?;
        self.fillers.iter().map(TcpStream::local_addr).collect()
    }
}
