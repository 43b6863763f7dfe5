//! The least that anybody can do who asks over UDP from tokio: send the packet, wait for the answer, send the next.

use tokio::net::UdpSocket;

use crate::cpu;
use crate::responder::ASK_FOR_LAST;

/// `PACKETS ADDRESS…`: sends the last request that the responder took from our agent, to one address after the other;
/// prints the CPU time in nanoseconds and how many answers came.
pub(crate) fn run(args: &[String]) {
    let [packets, addresses @ ..] = args else { panic!("usage: PACKETS ADDRESS…") };
    let packets: usize = packets.parse().unwrap();
    let addresses: Vec<std::net::SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    // As our agent runs in the product.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let task = runtime.spawn(async move {
        let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        let mut buffer = vec![0; 65_535];
        socket.send_to(ASK_FOR_LAST, addresses[0]).await.unwrap();
        let size = socket.recv(&mut buffer).await.unwrap();
        let request = buffer[..size].to_vec();
        let before = cpu::own();
        for address in addresses.iter().cycle().take(packets) {
            socket.send_to(&request, address).await.unwrap();
            socket.recv_from(&mut buffer).await.unwrap();
        }
        cpu::own() - before
    });
    let used = runtime.block_on(task).unwrap();
    println!("{} {packets}", used.as_nanos());
}
