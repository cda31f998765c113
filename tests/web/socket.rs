//! The socket's file: where it is, who may use it, and what becomes of it.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixListener;

use batchferry::model::control::{RefusalKind, Request};
use batchferry::web::{Client, ConnectError, ControlSocket, SocketError};
use tokio::sync::mpsc;

use crate::daemon::{Daemon, empty_state, mode};
use crate::views::rescanned;

#[tokio::test]
async fn the_owner_and_the_group_may_use_it_and_nothing_else_is_left() {
    let daemon = Daemon::answering(rescanned).await;
    assert_eq!(mode(&daemon.socket()), 0o660);
    let names: Vec<_> =
        std::fs::read_dir(daemon.state.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["control.sock"]);
}

#[tokio::test]
async fn the_configured_group_gets_it() {
    let state = empty_state();
    let groups = std::process::Command::new("id").arg("-Gn").output().unwrap();
    let groups = String::from_utf8(groups.stdout).unwrap();
    // A group other than the process's own where there is one; root may give away to any.
    let group = if is_root() { "daemon" } else { groups.split_whitespace().last().unwrap() };
    let socket = ControlSocket::bind(state.path(), Some(group)).await.unwrap();
    let expected = nix::unistd::Group::from_name(group).unwrap().unwrap().gid.as_raw();
    let found = std::fs::metadata(socket.path()).unwrap();
    assert_eq!((found.gid(), mode(socket.path())), (expected, 0o660));
}

fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_named() {
    let state = empty_state();
    let error = ControlSocket::bind(state.path(), Some("no such group")).await.unwrap_err();
    assert!(error.to_string().contains("control.group") && error.to_string().contains("no such group"), "{error}");
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_socket_at_which_nobody_answers_is_replaced() {
    let state = empty_state();
    drop(UnixListener::bind(state.path().join("control.sock")).unwrap());
    assert!(matches!(Client::connect(state.path()).await, Err(ConnectError::NoDaemon(_))));
    let socket = ControlSocket::bind(state.path(), None).await.unwrap();
    assert_eq!(mode(socket.path()), 0o660);
}

#[tokio::test]
async fn a_socket_at_which_someone_answers_and_other_files_are_left_alone() {
    let daemon = Daemon::answering(rescanned).await;
    let error = ControlSocket::bind(daemon.state.path(), None).await.unwrap_err();
    assert!(matches!(error, SocketError::Taken(_)), "{error}");
    daemon.client().await.ask(Request::Rescan).await.unwrap();
    let state = empty_state();
    std::fs::write(state.path().join("control.sock"), "precious").unwrap();
    let error = ControlSocket::bind(state.path(), None).await.unwrap_err();
    assert!(matches!(error, SocketError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(state.path().join("control.sock")).unwrap(), "precious");
}

#[tokio::test]
async fn its_file_goes_with_the_daemon_but_not_one_that_took_its_place() {
    let mut daemon = Daemon::answering(rescanned).await;
    daemon.stop();
    daemon.stopped().await;
    assert!(!daemon.socket().exists());
    let state = empty_state();
    let first = ControlSocket::bind(state.path(), None).await.unwrap();
    std::fs::remove_file(first.path()).unwrap();
    let second = ControlSocket::bind(state.path(), None).await.unwrap();
    drop(first);
    assert!(second.path().exists());
}

#[tokio::test]
async fn a_path_longer_than_the_system_takes_works_too() {
    let root = empty_state();
    let state = root.path().join("s".repeat(150));
    std::fs::create_dir(&state).unwrap();
    let socket = ControlSocket::bind(&state, None).await.unwrap();
    let error = ControlSocket::bind(&state, None).await.unwrap_err();
    assert!(matches!(error, SocketError::Taken(_)), "{error}");
    let (sender, mut asks) = mpsc::channel(1);
    tokio::spawn(socket.serve(sender, std::future::pending()));
    tokio::spawn(async move {
        let asked = asks.recv().await.unwrap();
        asked.reply.send(rescanned(&asked.request)).unwrap();
    });
    Client::connect(&state).await.unwrap().ask(Request::Rescan).await.unwrap();
}

#[tokio::test]
async fn without_a_daemon_there_is_no_client() {
    let state = empty_state();
    assert!(matches!(Client::connect(state.path()).await, Err(ConnectError::NoDaemon(_))));
    let nowhere = state.path().join("gone");
    assert!(matches!(Client::connect(&nowhere).await, Err(ConnectError::NoDaemon(_))));
    let error = ControlSocket::bind(&nowhere, None).await.unwrap_err();
    assert!(error.to_string().contains("cannot be made"), "{error}");
}

#[tokio::test]
async fn a_daemon_that_is_gone_when_it_is_asked_is_said_to_be() {
    let mut daemon = Daemon::answering(rescanned).await;
    let client = daemon.client().await;
    daemon.stop();
    daemon.stopped().await;
    let refusal = client.ask(Request::Rescan).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unavailable);
    assert!(refusal.message.contains("gone"), "{refusal}");
}

#[tokio::test]
async fn what_answers_and_is_no_daemon_is_not_understood() {
    let state = empty_state();
    let listener = tokio::net::UnixListener::bind(state.path().join("control.sock")).unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.writable().await.unwrap();
            let _: io::Result<usize> = stream.try_write(b"220 mail.example.org ESMTP\r\n");
        }
    });
    let refusal = Client::connect(state.path()).await.unwrap().ask(Request::Rescan).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unavailable);
    assert!(refusal.message.contains("control.sock"), "{refusal}");
}
