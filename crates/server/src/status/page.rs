//! The pages, made of a View. Nothing in them is a script, and all text is escaped by maud.

use super::records::RecordView;
use super::state::State;
use super::timeline;
use super::view::{ChangeView, HostView, View};
use super::words::{ago, long};
use crate::html::page;
use maud::{Markup, html};
use std::net::IpAddr;

/// The form to log in; `fault` says why the last try failed.
pub(super) fn login(fault: Option<&str>) -> Markup {
    page(
        "Log in",
        &html! {
            h1 { "Status" }
            @if let Some(fault) = fault { p class="state bad" role="alert" { (fault) } }
            form method="post" action="/status" {
                label for="name" { "User name" }
                input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby="name-note";
                p id="name-note" class="soft" { "The one that the device sends. It may stay empty." }
                label for="secret" { "Secret" }
                input id="secret" name="secret" type="password" autocomplete="current-password" required;
                p { button class="main" { "Log in" } }
            }
        },
    )
}

/// The status; `form` is there for a session that may change something.
pub(super) fn status(view: &View, form: Option<&str>, may_set: bool) -> Markup {
    let class = match view.state {
        State::Good => "state good",
        State::Warning => "state warning",
        State::Bad => "state bad",
    };
    page(
        "Status",
        &html! {
            h1 { "Status" }
            p class=(class) role="status" { (view.sentence) }
            p { "You come from " code { (view.caller) } ". " a href="/status" { "Load again" } }
            div class="cards" {
                @for host in &view.hosts {
                    (card(host, view, form.filter(|_| may_set)))
                }
            }
            @if view.more_hosts > 0 { p class="soft" { (view.more_hosts) " more hosts are not shown." } }
            section { h2 { "History" } (history(&view.history)) }
            section { h2 { "Last calls" } (calls(view)) }
            @if let Some(form) = form {
                form method="post" action="/status/logout" {
                    input type="hidden" name="form" value=(form);
                    p { button { "Log out" } }
                }
            }
        },
    )
}

fn card(host: &HostView, view: &View, form: Option<&str>) -> Markup {
    html! {
        article class="card" {
            h2 { (host.host) }
            @for record in &host.records {
                @let own: Vec<&ChangeView> = view.history.iter().filter(|change| change.host == host.host && change.record_type == record.record_type).collect();
                (record_line(record, view.caller))
                (timeline::draw(&format!("{} {}", host.host, record.record_type), &own))
            }
            p class="soft" {
                @match host.last_call_age_seconds {
                    Some(age) => { "Last call " (ago(age)) "." },
                    None => { "No call since the server started." },
                }
            }
            @if let Some(form) = form {
                form method="post" action="/status/set" {
                    input type="hidden" name="form" value=(form);
                    input type="hidden" name="host" value=(host.host);
                    button { "Set to my address now" span class="unseen" { ": " (host.host) } }
                }
            }
        }
    }
}

fn record_line(record: &RecordView, caller: IpAddr) -> Markup {
    let differs = caller.is_ipv4() == (record.record_type == "A")
        && !record.addresses.is_empty()
        && !record.addresses.contains(&caller.to_string())
        && record.called_from != Some(caller);
    html! {
        p {
            span class="kind" { (record.record_type) } " "
            @if record.addresses.is_empty() { span class="soft" { "no record" } }
            @for address in &record.addresses { code class="address" { (address) } " " }
            @if let Some(age) = record.age_seconds { span class="soft" { "for " (long(age)) ", " } }
            @if let Some(ttl) = record.ttl { span class="soft" { "TTL " (ttl) } }
        }
        @if differs {
            p class="note" { "You come from " (caller) ", which is another address. If you are at home, the record is wrong; elsewhere, or behind a VPN, it is as it should be." }
        }
        @if let Some(from) = record.called_from {
            p class="note" { "The last call came from " (from) ", which is another address. Behind carrier-grade NAT or a VPN others cannot reach the host." }
        }
    }
}

fn history(changes: &[ChangeView]) -> Markup {
    html! {
        @if changes.is_empty() { p class="soft" { "No address has changed yet." } } @else {
            div class="wide" tabindex="0" role="region" aria-label="History" {
                table {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Host" } th scope="col" { "Old" } th scope="col" { "New" } th scope="col" { "The old one held" } th scope="col" { "Caller" } } }
                    tbody {
                        @for change in changes {
                            tr {
                                td { time datetime=(change.at) title=(change.at) { (ago(change.age_seconds)) } }
                                td { (change.host) }
                                td { (or_dash(&change.old)) }
                                td { (or_dash(&change.new)) }
                                td { (change.held_seconds.map_or_else(|| "-".to_owned(), long)) }
                                td { (change.caller.map_or_else(|| "found at a start".to_owned(), |caller| caller.to_string())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn calls(view: &View) -> Markup {
    html! {
        @if view.calls.is_empty() { p class="soft" { "No call since the server started." } } @else {
            div class="wide" tabindex="0" role="region" aria-label="Last calls" {
                table {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Caller" } th scope="col" { "Language" } th scope="col" { "Reply" } th scope="col" { "Reason" } } }
                    tbody {
                        @for call in &view.calls {
                            tr {
                                td { (ago(call.age_seconds)) }
                                td { (call.caller) }
                                td { (call.dialect) }
                                td { (call.outcome) }
                                td { (call.reason.as_deref().unwrap_or("-")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn or_dash(address: &str) -> &str {
    if address.is_empty() { "-" } else { address }
}
