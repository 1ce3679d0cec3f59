//! The command `dyn53`.

use std::process::ExitCode;

fn main() -> ExitCode {
    dyn53_cli::main()
}
