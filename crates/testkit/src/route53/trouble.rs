//! Trouble: what can be made to go wrong with a call.

use super::contents::Record;
use super::http::head;
use super::xml::{document, error};
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

/// What another writer does to a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a record set in, in place of the one with the same name, type and identifier.
    Put(Record),
    /// Takes out the first set of this name and type, if there is one.
    Remove(String, String),
}

/// What goes wrong with one call. But for `LostAnswer`, `Meanwhile` and `None`, the call is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing does.
    None,
    /// Another writer edits the zone of this id first; then the call is carried out.
    Meanwhile(String, Vec<Edit>),
    /// The connection is reset before an answer.
    Reset,
    /// It is reset within the head of the answer.
    ResetInHead,
    /// It is reset within the body.
    ResetInBody,
    /// It is closed without an answer.
    Closed,
    /// Nothing comes for this long, then the connection is closed.
    Stall(Duration),
    /// An answer with status 200 whose XML ends too early.
    CutXml,
    /// An answer with status 200 whose entities would grow to gigabytes.
    XmlBomb,
    /// An answer with status 200 and this many bytes.
    Huge(usize),
    /// Bytes that are not HTTP.
    NotHttp,
    /// An error.
    Answer {
        /// The status.
        status: u16,
        /// As in `Throttling`.
        code: &'static str,
        /// What is said.
        message: &'static str,
    },
    /// An answer with this status and body.
    Body(u16, &'static str),
    /// The call is carried out, but its answer is lost with the connection.
    LostAnswer,
}

impl Trouble {
    /// What AWS says to too many calls.
    pub const THROTTLING: Self = Self::Answer {
        status: 400,
        code: "Throttling",
        message: "Rate exceeded",
    };

    /// What AWS says while it processes another change of the zone.
    pub const PRIOR_REQUEST: Self = Self::Answer {
        status: 400,
        code: "PriorRequestNotComplete",
        message: "The request was rejected because Route 53 was still processing a prior request.",
    };

    /// Plays it; the connection is over then.
    pub(crate) fn play(&self, stream: &mut impl Write, raw: &TcpStream) -> io::Result<()> {
        match self {
            Self::None | Self::Meanwhile(..) | Self::Reset | Self::LostAnswer => {}
            Self::ResetInHead => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le")?,
            Self::ResetInBody => {
                stream.write_all((head(200, 1000) + "<?xml version=\"1.0\"?><List").as_bytes())?;
            }
            Self::Closed => return raw.shutdown(Shutdown::Both),
            Self::Stall(time) => {
                thread::sleep(*time);
                return raw.shutdown(Shutdown::Both);
            }
            Self::NotHttp => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")?,
            Self::CutXml | Self::XmlBomb | Self::Huge(_) | Self::Answer { .. } | Self::Body(..) => {
            }
        }
        stream.flush()?;
        socket2::SockRef::from(raw).set_linger(Some(Duration::ZERO))?;
        Ok(())
    }

    /// The status and body with which the connection goes on.
    pub(crate) fn answer(&self) -> Option<(u16, String)> {
        match self {
            Self::CutXml => Some((
                200,
                document(
                    "ListResourceRecordSetsResponse",
                    "<ResourceRecordSets><Resource",
                )
                .replace("</ListResourceRecordSetsResponse>", ""),
            )),
            Self::XmlBomb => Some((200, bomb())),
            Self::Huge(length) => Some((200, " ".repeat(*length))),
            Self::Answer {
                status,
                code,
                message,
            } => Some((*status, error(code, message))),
            Self::Body(status, body) => Some((*status, (*body).to_owned())),
            _ => None,
        }
    }
}

fn bomb() -> String {
    let mut entities = String::from("<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let below = format!("&a{};", level - 1).repeat(10);
        entities += &format!("<!ENTITY a{level} \"{below}\">");
    }
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [{entities}]><ListResourceRecordSetsResponse>&a29;</ListResourceRecordSetsResponse>"
    )
}
