//! Addresses: where to listen, as the flag, the environment or the file says.

use crate::configuration::Source;
use crate::given;
use crate::wrong::Wrong;
use std::collections::HashSet;
use std::ffi::OsString;
use std::net::SocketAddr;
use toml::Spanned;
use toml::value::Value;

/// One of the two lists of addresses.
pub(crate) struct Listening {
    /// As the file, the flag and, in capitals, the environment name it.
    pub(crate) key: &'static str,
    /// Where to listen if nobody says anything.
    pub(crate) default: &'static str,
}

impl Listening {
    /// The addresses: of the flag or the environment, else of the file.
    pub(crate) fn read(
        &self,
        given: Option<&OsString>,
        source: &Source,
        file: Option<&Spanned<Value>>,
    ) -> Result<Vec<SocketAddr>, Wrong> {
        if let Some(text) = given::text(given, self.key)? {
            let addresses = self.parse(text.split(',').map(str::trim));
            return addresses.map_err(|what| given::wrong(self.key, &what));
        }
        let Some(value) = file else {
            return self.parse([self.default]).map_err(Wrong);
        };
        let texts = source.texts(value, self.key)?;
        let addresses = self.parse(texts.iter().map(String::as_str));
        addresses.map_err(|what| source.wrong(value, &what))
    }

    fn parse<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<SocketAddr>, String> {
        let addresses = texts.into_iter().map(|text| {
            text.parse().map_err(|_| {
                format!(
                    "`{text}` is no address with a port: write it like {}",
                    self.default
                )
            })
        });
        let addresses: Vec<SocketAddr> = addresses.collect::<Result<_, _>>()?;
        if addresses.is_empty() {
            return Err(format!(
                "there is no address here: write one like {}, or remove the line",
                self.default
            ));
        }
        once_each(addresses)
    }
}

fn once_each(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, String> {
    let mut seen = HashSet::new();
    let fixed = addresses.iter().filter(|address| address.port() != 0);
    for address in fixed {
        if !seen.insert(*address) {
            return Err(format!("{address} is listed twice: remove one of the two"));
        }
    }
    Ok(addresses)
}
