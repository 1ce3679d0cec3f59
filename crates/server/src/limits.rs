//! Limits: what one client may take of this server.

use std::time::Duration;

/// What one client may take of this server. The defaults are meant for production.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open HTTP connections in all.
    pub connections: usize,
    /// Open HTTP connections of one address (IPv6: one /64); loopback and trusted proxies are free.
    pub connections_per_address: usize,
    /// Bytes of a request's head.
    pub head: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// How long a head may take to arrive, and how long a connection may be idle.
    pub head_time: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long the zone may take.
    pub zone_time: Duration,
    /// How long one connection may be used.
    pub connection_time: Duration,
    /// How long requests under way may go on after the signal to stop.
    pub stop_time: Duration,
    /// How long a browser that has logged in may look at the status.
    pub session_time: Duration,
    /// Requests that wait for a zone at the same time, each on a thread of its own.
    pub threads: usize,
    /// Failed logins that a caller may have at once.
    pub failures: u32,
    /// A caller gets one more failed login each.
    pub failure_period: Duration,
    /// Failed logins that a credential's name may have at once, from all callers together.
    pub name_failures: u32,
    /// A credential's name gets one more failed login each.
    pub name_failure_period: Duration,
    /// Replies over UDP per second and network (/24, /64).
    pub dns_rate: u32,
    /// Open DNS connections in all.
    pub dns_connections: usize,
    /// Open DNS connections of one address.
    pub dns_connections_per_address: usize,
    /// How long a DNS connection may be idle.
    pub dns_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            connections_per_address: 200,
            head: 16 * 1024,
            body: 16 * 1024,
            head_time: Duration::from_secs(15),
            body_time: Duration::from_secs(10),
            zone_time: Duration::from_secs(25),
            connection_time: Duration::from_secs(900),
            stop_time: Duration::from_secs(30),
            session_time: Duration::from_secs(30 * 60),
            threads: 500,
            failures: 10,
            failure_period: Duration::from_secs(30),
            name_failures: 60,
            name_failure_period: Duration::from_secs(5),
            dns_rate: 200,
            dns_connections: 2000,
            dns_connections_per_address: 500,
            dns_idle: Duration::from_secs(8),
        }
    }
}

impl Limits {
    /// The same, with as many connections as `files` open files leave room for.
    #[must_use]
    pub fn within(self, files: usize) -> Self {
        let free = files.saturating_sub(100).max(20);
        Self {
            connections: self.connections.min(free * 3 / 4),
            dns_connections: self.dns_connections.min(free / 8),
            ..self
        }
    }
}
