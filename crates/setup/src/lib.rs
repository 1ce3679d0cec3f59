//! What to paste into a router, and the page that writes it. Both are made at build time of the
//! files in `routers/`.

mod device;
mod values;
mod warning;

pub use device::{Device, device, devices};
pub use values::{FillError, Values};
pub use warning::Warning;

/// The setup page: one HTML document under a policy that admits only its own script and style.
#[must_use]
pub fn page() -> dyn53_core::Reply {
    dyn53_core::Reply::page(
        include_str!(concat!(env!("OUT_DIR"), "/page.html")),
        include_str!(concat!(env!("OUT_DIR"), "/policy.txt")),
    )
}
