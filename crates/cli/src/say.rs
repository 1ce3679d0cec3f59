//! Say: text on the standard output.

use std::io::{self, ErrorKind, Write};

/// Writes `text`. A reader that closes its end, as `head` does, has read enough: that is no failure.
///
/// # Errors
/// Anything else that the system says, a full disk for one.
pub(crate) fn say(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}
