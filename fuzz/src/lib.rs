//! One function for each place where bytes come in from outside. It panics where the program is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod configuration;
mod dns;
mod requests;
mod xml;
mod zone_file;

pub use configuration::{configuration, environment};
pub use dns::{dns_question, glance};
pub use requests::{dialects, event};
pub use xml::route53_xml;
pub use zone_file::zone_file;

/// A target: its name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets; each has a folder of the same name in `corpus`.
pub const TARGETS: &[Target] = &[
    ("configuration", configuration),
    ("dialects", dialects),
    ("dns_question", dns_question),
    ("environment", environment),
    ("event", event),
    ("glance", glance),
    ("route53_xml", route53_xml),
    ("zone_file", zone_file),
];
