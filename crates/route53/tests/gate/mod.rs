//! A gate before a stand-in: it lets connections through, elsewhere, or not at all.
#![allow(unreachable_pub, clippy::unwrap_used)]

use socket2::{Domain, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A gate on a port of its own; it keeps the port while it refuses.
pub struct Gate {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    socket: Socket,
    to: Mutex<SocketAddr>,
    /// Connections that are still to be cut.
    cut: AtomicUsize,
    /// Whether they are answered in clear.
    says: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Gate {
    pub fn to(address: SocketAddr) -> Self {
        let (socket, own) = bound();
        let gate = Self {
            address: own,
            inner: Arc::new(Inner {
                socket,
                to: Mutex::new(address),
                cut: AtomicUsize::new(0),
                says: AtomicBool::new(false),
                open: Mutex::default(),
            }),
        };
        gate.admit();
        gate
    }

    /// Lets connections in.
    pub fn admit(&self) {
        self.inner.admit();
    }

    /// Lets connections in after some time.
    pub fn admit_after(&self, time: Duration) {
        let inner = self.inner.clone();
        thread::spawn(move || {
            thread::sleep(time);
            inner.admit();
        });
    }

    /// Ends all connections and refuses new ones: a socket that was listening is then bound alone.
    pub fn refuse(&self) {
        self.inner.socket.shutdown(Shutdown::Read).unwrap();
        self.inner.end();
    }

    /// Ends all connections, and as many new ones as soon as they come.
    pub fn cut(&self, connections: usize) {
        self.inner.cut.store(connections, Ordering::SeqCst);
        self.inner.end();
    }

    /// Ends all connections; new ones are answered in clear, as HTTP, whatever they say, or not any more.
    pub fn speak_clear(&self, says: bool) {
        self.inner.says.store(says, Ordering::SeqCst);
        self.inner.end();
    }

    /// Ends all connections, and leads new ones to another address.
    pub fn lead_to(&self, address: SocketAddr) {
        *self.inner.to.lock().unwrap() = address;
        self.inner.end();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _refuses_already = self.inner.socket.shutdown(Shutdown::Both);
        self.inner.end();
    }
}

impl Inner {
    fn admit(self: &Arc<Self>) {
        self.socket.listen(128).unwrap();
        let own = self.clone();
        thread::spawn(move || {
            while let Ok((stream, _)) = own.socket.accept() {
                let _either_side_ended = own.pass(stream.into());
            }
        });
    }

    fn pass(&self, mut client: TcpStream) -> io::Result<()> {
        if self.says.load(Ordering::SeqCst) {
            client.read_exact(&mut [0])?;
            client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")?;
            client.shutdown(Shutdown::Write)?;
            io::copy(&mut client, &mut io::sink())?;
            return Ok(());
        }
        let still = self.cut.load(Ordering::SeqCst);
        if still > 0 {
            self.cut.store(still - 1, Ordering::SeqCst);
            return Ok(());
        }
        let server = TcpStream::connect(*self.to.lock().unwrap())?;
        let mut open = self.open.lock().unwrap();
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
            thread::spawn(move || {
                let _either_side_ended = io::copy(&mut from, &mut to);
                let _ended_already = to.shutdown(Shutdown::Both);
            });
            open.push(client.try_clone()?);
        }
        open.push(server);
        Ok(())
    }

    fn end(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ended_already = stream.shutdown(Shutdown::Both);
        }
    }
}

/// A socket on a free port that is its own, listening or not: one bound to port 0 would lose its port.
fn bound() -> (Socket, SocketAddr) {
    loop {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        if socket.bind(&address.into()).is_ok() {
            return (socket, address);
        }
    }
}
