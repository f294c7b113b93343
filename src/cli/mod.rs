//! The command line: from arguments to an exit code.
//!
//! Parses, puts the global options of all places together, runs the command, and tells how it
//! ended: the table of exit codes is [`crate::error::EXIT_CODES`]. A reader of stdout that went
//! away is no failure. Reads the environment's `NO_COLOR`, `TERM`; the rest is handed on.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::commands::{Call, Command, Context, Globals, Object, Outcome};
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::ui::{Ui, chain};

mod deadline;
#[cfg(unix)]
mod signals;
mod usage;

/// The whole command line, from which parser, help, completions and man pages are made.
#[must_use]
pub fn command() -> clap::Command {
    Call::command()
}

/// Runs the program: the arguments, its own name first, and the environment.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let variables: Vec<(OsString, OsString)> = variables.into_iter().collect();
    let plain = forbids_color(&variables);
    match parse(&arguments) {
        Ok(call) => {
            let globals = call.command.globals().into_iter().fold(call.globals, Globals::and);
            let ui = Ui::new(globals.ui_options(plain));
            #[cfg(unix)]
            if call.command.is_long() {
                signals::watch(&ui);
            }
            let mut context = Context::new(Env::real(), ui, globals, variables);
            let entered = enter_dirs(&mut context);
            if let (Ok(()), Some(deadline)) = (&entered, call.command.deadline()) {
                deadline::watch(&context, deadline);
            }
            let result = entered.and_then(|()| call.command.run(&mut context));
            let result = result.and_then(|outcome| context.ui.finish().map(|()| outcome));
            let code = conclude(&mut context.ui, result);
            // The process ends here: taking apart what the system frees anyway costs a local
            // command a twentieth of its time.
            std::mem::forget(context);
            ExitCode::from(code)
        }
        Err(error) => {
            let mut ui = Ui::new(usage::options(&arguments, plain));
            ExitCode::from(usage::conclude(&mut ui, &error))
        }
    }
}

fn parse(arguments: &[OsString]) -> std::result::Result<Call, clap::Error> {
    if let Some(command) = Command::parse_alone(arguments) {
        return Ok(Call { globals: Globals::default(), command });
    }
    let mut command = command();
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    Call::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn forbids_color(variables: &[(OsString, OsString)]) -> bool {
    variables.iter().any(|(name, text)| {
        (name == "NO_COLOR" && !text.is_empty()) || (name == "TERM" && text == "dumb")
    })
}

/// `-C` is as if the program had been started elsewhere; each is seen from the one before.
fn enter_dirs(context: &mut Context) -> Result<()> {
    for dir in context.dirs() {
        std::env::set_current_dir(dir).map_err(|error| {
            Error::usage(format!("cannot go to {}", dir.display()))
                .hint("Check the folder that -C names.")
                .because(error)
        })?;
    }
    Ok(())
}

/// Tells how it ended; gives the exit code.
fn conclude(ui: &mut Ui, result: Result<Outcome>) -> u8 {
    if ui.is_closed() {
        return 0;
    }
    match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::No) => 1,
        Ok(Outcome::Stale) => 11,
        Err(error) => {
            ui.fail(&error);
            if ui.is_json() {
                // A stdout that cannot be written to has been told of, or is why this failed.
                drop(ui.line(error_report(&error)));
            }
            drop(ui.finish());
            error.kind().exit().code
        }
    }
}

/// The failure as scripts read it.
fn error_report(error: &Error) -> String {
    let row = error.kind().exit();
    let object = Object::new()
        .text("code", row.name)
        .number("exit", row.code.into())
        .text("message", &chain(error))
        .text_or_null("hint", error.hint_text())
        .flag("retryable", row.retryable);
    let object =
        if error.conflicts().is_empty() { object } else { object.conflicts(error.conflicts()) };
    Object::new().raw("error", &object.finish()).finish()
}

/// Ends the process from a thread that is not the command's.
#[expect(clippy::disallowed_methods, reason = "the command's thread cannot be made to return")]
fn end(kind: Kind) {
    std::process::exit(kind.exit().code.into());
}

fn is_json(arguments: &[OsString]) -> bool {
    let options = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    options.map(OsString::as_os_str).any(|argument| argument == OsStr::new("--json"))
}
