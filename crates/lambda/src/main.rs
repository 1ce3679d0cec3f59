//! `bootstrap`: the AWS Lambda function. Function URL events in, changes of Route 53 out.

mod runtime;
mod serve;
mod stdout;

use crate::runtime::Runtime;
use dyn53_lambda::environment::{self, Settings};
use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match environment::runtime_api() {
        Ok(address) => Runtime::at(&address),
        Err(fault) => return stop(&fault.to_string()),
    };
    let service = Settings::from_environment().and_then(serve::service);
    match service {
        Ok(service) => stop(&serve::run(&runtime, &service).to_string()),
        Err(fault) => {
            let reason = fault.to_string();
            if let Err(error) = runtime.fail_to_start(&reason) {
                stdout::fault(None, &error.to_string());
            }
            stop(&reason)
        }
    }
}

fn stop(reason: &str) -> ExitCode {
    stdout::fault(None, reason);
    ExitCode::FAILURE
}
