//! The `anteroom` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    anteroom::cli::run()
}
