//! The `kvs` program: runs the command line and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    kvs::cli::run(std::env::args_os(), std::env::vars_os())
}
