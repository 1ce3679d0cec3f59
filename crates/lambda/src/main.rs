//! `bootstrap`: the AWS Lambda function. Function URL events in, changes of Route 53 out.

mod log;
mod runtime;
mod serve;

use crate::runtime::Runtime;
use dyn53_lambda::settings::{self, Settings};
use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match settings::runtime_api() {
        Ok(address) => Runtime::at(&address),
        Err(fault) => return stop(&fault.to_string()),
    };
    let service = Settings::from_environment().and_then(serve::service);
    match service {
        Ok(service) => stop(&serve::run(&runtime, &service).to_string()),
        Err(fault) => {
            let reason = fault.to_string();
            if let Err(error) = runtime.fail_to_start(&reason) {
                log::fault(None, &error.to_string());
            }
            stop(&reason)
        }
    }
}

fn stop(reason: &str) -> ExitCode {
    log::fault(None, reason);
    ExitCode::FAILURE
}
