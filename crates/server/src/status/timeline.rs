//! Timeline: the addresses of a host drawn as a bar, one block an address, the newest at the right.

use super::view::ChangeView;
use super::words::long;
use maud::{Markup, html};

/// The width of the drawing in its own units.
const WIDTH: f64 = 1_000.0;

/// A drawing of these changes of one host and type, which are ordered from the newest one on.
pub(super) fn draw(title: &str, changes: &[&ChangeView]) -> Markup {
    let Some(oldest) = changes.last() else {
        return html! {};
    };
    let all = f64::from(u32::try_from(oldest.age_seconds.max(1)).unwrap_or(u32::MAX));
    let place = |age: u64| WIDTH - WIDTH * f64::from(u32::try_from(age).unwrap_or(u32::MAX)) / all;
    let ends = std::iter::once(0).chain(changes.iter().map(|change| change.age_seconds));
    let blocks = changes.iter().zip(ends).enumerate();
    let count = changes.len();
    html! {
        svg class="timeline" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label=(format!("{title}: {count} addresses in {}", long(oldest.age_seconds))) {
            @for (number, (change, end)) in blocks {
                @let (from, to) = (place(change.age_seconds), place(end));
                @let kind = if change.new.is_empty() { "none" } else if number % 2 == 0 { "even" } else { "odd" };
                rect class=(kind) x=(format!("{from:.1}")) y="0" width=(format!("{:.1}", (to - from).max(2.0))) height="24" {
                    title { (change.new) " for " (long(change.age_seconds.saturating_sub(end))) }
                }
            }
        }
    }
}
