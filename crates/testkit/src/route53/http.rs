//! HTTP/1.1 of the stand-in: whole requests in, replies out, or what is left of them.

use std::io::{self, Read, Write};

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter of the query, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let mut all = form_urlencoded::parse(query.as_bytes());
        all.find(|(other, _)| other == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Reads the next request; `None`: the client is done.
    pub(crate) fn read(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<Option<Self>> {
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Request::new(&mut headers);
            let parsed = head.parse(buffer).map_err(|_| wrong())?;
            if let httparse::Status::Complete(length) = parsed {
                let mut request = Self {
                    method: head.method.unwrap_or_default().to_owned(),
                    target: head.path.unwrap_or_default().to_owned(),
                    headers: head.headers.iter().map(header).collect(),
                    body: Vec::new(),
                };
                let body = request.header("content-length").unwrap_or("0");
                let whole = length + body.parse::<usize>().map_err(|_| wrong())?;
                while buffer.len() < whole {
                    if !more(stream, buffer)? {
                        return Err(wrong());
                    }
                }
                request.body = buffer[length..whole].to_vec();
                buffer.drain(..whole);
                return Ok(Some(request));
            }
            if !more(stream, buffer)? {
                return Ok(None);
            }
        }
    }
}

fn header(header: &httparse::Header) -> (String, String) {
    let value = String::from_utf8_lossy(header.value).trim().to_owned();
    (header.name.to_ascii_lowercase(), value)
}

fn more(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 16 * 1024];
    let length = stream.read(&mut piece)?;
    buffer.extend_from_slice(&piece[..length]);
    Ok(length > 0)
}

/// The head of a reply whose body has this length.
pub(crate) fn head(status: u16, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} Said\r\nx-amzn-requestid: 00000000-0000-0000-0000-000000000000\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// Sends a reply in one piece.
pub(crate) fn reply(stream: &mut impl Write, status: u16, body: &str) -> io::Result<()> {
    stream.write_all((head(status, body.len()) + body).as_bytes())?;
    stream.flush()
}
