//! The Lambda Runtime API: three HTTP calls to the Lambda service, and one for a start that failed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use serde_json::json;
use std::time::{Duration, SystemTime};
use ureq::http::Response;
use ureq::{Agent, Body};

/// What is kept of the time left for a request, to send its reply.
const MARGIN: Duration = Duration::from_millis(500);

/// The time for a request where Lambda does not say: its default timeout less the margin.
const UNTOLD: Duration = Duration::from_millis(2500);

/// The longest event that is read, in bytes; Lambda's limit is 6 MB before escaping.
const LONGEST_EVENT: u64 = 32 * 1024 * 1024;

/// Bytes of a connection's buffers. To clear ureq's 2 x 128 KB costs more than all else in a short request.
const BUFFER: usize = 16 * 1024;

/// The Runtime API, over one connection that is kept.
pub(crate) struct Runtime {
    agent: Agent,
    root: String,
}

/// One event to answer.
pub(crate) struct Invocation {
    /// The request's id.
    pub(crate) id: String,
    /// The time that is left for it.
    pub(crate) left: Duration,
    /// The event.
    pub(crate) event: Vec<u8>,
}

/// The Runtime API did not do as documented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    /// No reply.
    #[error("the Runtime API at AWS_LAMBDA_RUNTIME_API cannot be used: {0}")]
    Broken(#[from] ureq::Error),
    /// Another status than expected.
    #[error("the Runtime API answered {0} with status {1}")]
    Status(&'static str, u16),
    /// Nothing to answer under.
    #[error("the Runtime API sent an event without Lambda-Runtime-Aws-Request-Id")]
    NoId,
}

impl Runtime {
    /// The Runtime API at `address`, a host and a port.
    pub(crate) fn at(address: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .max_response_header_size(BUFFER)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        Self {
            agent: config.new_agent(),
            root: format!("http://{address}/2018-06-01/runtime"),
        }
    }

    /// Waits for the next event, however long that takes.
    pub(crate) fn next(&self) -> Result<Invocation, RuntimeError> {
        let mut response = self
            .agent
            .get(format!("{}/invocation/next", self.root))
            .call()?;
        check("next", 200, &response)?;
        let id = header(&response, "lambda-runtime-aws-request-id").ok_or(RuntimeError::NoId)?;
        let deadline = header(&response, "lambda-runtime-deadline-ms");
        Ok(Invocation {
            id: id.to_owned(),
            left: left(
                deadline.and_then(|text| text.parse().ok()),
                SystemTime::now(),
            ),
            event: response
                .body_mut()
                .with_config()
                .limit(LONGEST_EVENT)
                .read_to_vec()?,
        })
    }

    /// Sends the reply to an event.
    pub(crate) fn respond(&self, id: &str, reply: &str) -> Result<(), RuntimeError> {
        let url = format!("{}/invocation/{id}/response", self.root);
        let sent = self
            .agent
            .post(url)
            .content_type("application/json")
            .send(reply)?;
        finish("response", sent)
    }

    /// Says that an event cannot be answered.
    pub(crate) fn fail(&self, id: &str, reason: &str) -> Result<(), RuntimeError> {
        let path = format!("invocation/{id}/error");
        self.report("error", &path, "Function.UnreadableEvent", reason)
    }

    /// Says that this function cannot start.
    pub(crate) fn fail_to_start(&self, reason: &str) -> Result<(), RuntimeError> {
        self.report(
            "init/error",
            "init/error",
            "Runtime.WrongEnvironment",
            reason,
        )
    }

    fn report(
        &self,
        call: &'static str,
        path: &str,
        kind: &str,
        reason: &str,
    ) -> Result<(), RuntimeError> {
        let body = json!({"errorMessage": reason, "errorType": kind, "stackTrace": []});
        let sent = self
            .agent
            .post(format!("{}/{path}", self.root))
            .content_type("application/vnd.aws.lambda.error+json")
            .header("lambda-runtime-function-error-type", kind)
            .send(body.to_string())?;
        finish(call, sent)
    }
}

/// A reply that is read to its end leaves the connection to the next call.
fn finish(call: &'static str, mut response: Response<Body>) -> Result<(), RuntimeError> {
    response.body_mut().read_to_vec()?;
    check(call, 202, &response)
}

fn check(call: &'static str, wanted: u16, response: &Response<Body>) -> Result<(), RuntimeError> {
    match response.status().as_u16() {
        status if status == wanted => Ok(()),
        status => Err(RuntimeError::Status(call, status)),
    }
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The time until `deadline`, in milliseconds since 1970, less the margin. One that is past already
/// is none that Lambda sets: `cargo lambda watch` sends a number of milliseconds from now.
fn left(deadline: Option<u64>, now: SystemTime) -> Duration {
    let deadline =
        deadline.and_then(|ms| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms)));
    let left = deadline.and_then(|deadline| deadline.duration_since(now).ok());
    left.map_or(UNTOLD, |left| left.saturating_sub(MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some(100_000 + 15_000), 14_500)]
    #[case(Some(100_000 + 200), 0)]
    #[case(Some(99_999), 2500)]
    #[case(Some(600), 2500)]
    #[case(None, 2500)]
    fn time_left(#[case] deadline: Option<u64>, #[case] expected: u64) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(100_000);
        assert_eq!(left(deadline, now), Duration::from_millis(expected));
    }

    #[test]
    fn no_deadline_is_too_large() {
        let left = left(Some(u64::MAX), SystemTime::now());
        assert!(left > Duration::from_secs(1));
    }
}
