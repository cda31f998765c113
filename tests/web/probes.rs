//! What is answered over TCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use batchferry::web::{Access, Health, Metrics, ProbeServer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::raw::{Answer, read};

/// Longer than any test.
const SILENCE: Duration = Duration::from_secs(3600);

async fn serve(health: &Arc<Health>) -> SocketAddr {
    let server = ProbeServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = server.address();
    let (asks, access) = (mpsc::channel(1).0, Arc::new(Access::new(None)));
    tokio::spawn(server.serve(health.clone(), Arc::new(Metrics::default()), asks, access, std::future::pending()));
    address
}

async fn ask(address: SocketAddr, method: &str, target: &str, accept: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: {accept}\r\n\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    read(&mut stream).await
}

async fn get(address: SocketAddr, target: &str) -> (u16, String) {
    let answer = ask(address, "GET", target, "*/*").await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn readiness_needs_every_check_and_says_which_fails() {
    let health = Arc::new(Health::new(SILENCE, &["jobs", "ledger"]));
    let address = serve(&health).await;
    health.set_check("jobs", Ok(()));
    let (status, body) = get(address, "/readyz").await;
    assert_eq!(status, 503);
    assert_eq!(body, "[+]loop ok\n[+]jobs ok\n[-]ledger failed: not known yet\nreadyz check failed\n");
    health.set_check("ledger", Ok(()));
    assert_eq!(get(address, "/readyz").await, (200, "ok\n".to_owned()));
    let all = "[+]loop ok\n[+]jobs ok\n[+]ledger ok\nreadyz check passed\n".to_owned();
    assert_eq!(get(address, "/readyz?verbose").await, (200, all.clone()));
    assert_eq!(get(address, "/readyz?verbose=true").await, (200, all));
    health.set_check("jobs", Err("gone".to_owned()));
    assert_eq!(get(address, "/readyz").await.0, 503);
    assert_eq!(get(address, "/livez").await, (200, "ok\n".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_hangs_is_not_alive() {
    let health = Arc::new(Health::new(SILENCE, &[]));
    let address = serve(&health).await;
    tokio::time::advance(SILENCE + Duration::from_secs(1)).await;
    let (status, body) = get(address, "/livez").await;
    assert_eq!(status, 503);
    assert!(body.contains("[-]loop failed: last came around"), "{body}");
    assert_eq!(get(address, "/readyz").await.0, 503);
    health.beat();
    assert_eq!(get(address, "/livez").await.0, 200);
}

#[tokio::test]
async fn metrics_come_in_the_form_that_is_accepted() {
    let address = serve(&Arc::new(Health::new(SILENCE, &[]))).await;
    let plain = ask(address, "GET", "/metrics", "*/*").await;
    assert!(plain.head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{}", plain.head);
    assert!(plain.body.contains("batchferry_build_info{version=\""), "{}", plain.body);
    assert!(!plain.body.contains("# EOF"));
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
    let open = ask(address, "GET", "/metrics", accept).await;
    assert!(open.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{}", open.head);
    assert!(open.body.ends_with("# EOF\n"));
}

#[tokio::test]
async fn what_is_not_here_is_told_with_what_is() {
    let address = serve(&Arc::new(Health::new(SILENCE, &[]))).await;
    let told = ask(address, "GET", "/nothing", "*/*").await.problem(404);
    assert!(
        told.contains("the pages at /") && told.contains("/metrics") && told.contains("the API at /api/v1"),
        "{told}"
    );
    ask(address, "POST", "/metrics", "*/*").await.problem(405);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let server = ProbeServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let error = ProbeServer::bind(server.address()).await.unwrap_err().to_string();
    assert!(error.contains(&server.address().to_string()) && error.contains("listen"), "{error}");
}
