//! Connections: requests in, answers out, and what goes wrong with them.

use super::http::{self, Received};
use super::shown;
use super::state::Shared;
use super::trouble::Trouble;
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

impl Shared {
    pub(crate) fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.is_closed() {
                return;
            }
            let Ok(stream) = stream else { continue };
            self.lock().calls.connections += 1;
            let own = self.clone();
            thread::spawn(move || own.connection(stream));
        }
    }

    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let raw = stream.try_clone()?;
        match &self.tls {
            None => self.exchanges(stream, &raw),
            Some(config) => {
                let session = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
                self.exchanges(StreamOwned::new(session, stream), &raw)
            }
        }
    }

    fn exchanges(&self, mut stream: impl Read + Write, raw: &TcpStream) -> io::Result<()> {
        let mut buffer = Vec::new();
        while let Some(request) = Received::read(&mut stream, &mut buffer)? {
            if self.is_closed() {
                return Ok(());
            }
            if let Some(shown) = shown::shown(&self.lock(), &request) {
                http::reply(&mut stream, 200, &shown)?;
                continue;
            }
            let trouble = self.next_trouble(&request);
            match trouble.as_ref().map(|trouble| (trouble.answer(), trouble)) {
                Some((Some((status, body)), _)) => http::reply(&mut stream, status, &body)?,
                Some((None, trouble)) => {
                    if *trouble == Trouble::LostAnswer {
                        let _lost = self.answer(&request);
                    }
                    return trouble.play(&mut stream, raw);
                }
                None => {
                    thread::sleep(self.options.latency);
                    let (status, body) = self.answer(&request);
                    http::reply(&mut stream, status, &body)?;
                }
            }
        }
        Ok(())
    }

    fn next_trouble(&self, request: &Received) -> Option<Trouble> {
        let mut state = self.lock();
        let is_list = request.method == "GET";
        if is_list {
            state.calls.list += 1;
        } else {
            state.calls.change += 1;
        }
        let trouble = state.next_trouble(is_list);
        match &trouble {
            Some(Trouble::Answer { code, .. }) => {
                *state.calls.refused.entry((*code).to_owned()).or_default() += 1;
            }
            Some(Trouble::Meanwhile(zone, edits)) => {
                edits.iter().for_each(|edit| state.edit(zone, edit));
                return None;
            }
            Some(Trouble::None) => return None,
            _ => {}
        }
        trouble
    }
}
