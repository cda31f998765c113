//! A store that is not next door: what is sent to it arrives later.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Relays to a server, `delay` late, and gives the endpoint to speak to.
pub async fn relay(endpoint: &str, delay: Duration) -> String {
    let server = endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let here = listener.local_addr().expect("a bound port");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(connection(client, server.clone(), delay));
        }
    });
    format!("http://{here}")
}

async fn connection(client: TcpStream, server: String, delay: Duration) {
    let server = TcpStream::connect(server).await.expect("the server");
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("a socket");
    }
    let (mut asked, mut told) = client.into_split();
    let (mut answers, mut onward) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut answers, &mut told).await });
    // Enough for everything that one connection sends within the delay.
    let (late, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(1024);
    tokio::spawn(async move {
        while let Some((at, bytes)) = due.recv().await {
            sleep_until(at).await;
            if onward.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = asked.read(&mut buffer).await {
        if late.send((Instant::now() + delay, buffer[..read].to_vec())).await.is_err() {
            return;
        }
    }
}
