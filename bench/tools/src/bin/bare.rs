//! One bare axum route that answers `OK`: what a request costs before a program does anything.
//! Prints its address, and ends when its standard input does.

use axum::Router;
use axum::routing::get;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let routes = Router::new().route("/", get(|| async { "OK" }));
    let mut input = tokio::io::stdin();
    tokio::select! {
        ended = axum::serve(listener, routes) => ended.expect("it serves"),
        _ = input.read_u8() => {}
    }
}
