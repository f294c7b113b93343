//! `kvs help`: the long help of a command, or a topic.

use clap::CommandFactory;

use super::json::Object;
use super::{Call, Context, Outcome, Run};
use crate::error::{EXIT_CODES, Error, Result};
use crate::ui::Ui;

/// Print help for a command or topic
///
/// Topics: exit-codes, the table of exit codes; what a script does about each.
///
/// Examples:
///   kvs help push
///   kvs help remote add
///   kvs help exit-codes
///
/// Exit status: 0 done; 2 there is no such command or topic.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// A command or topic
    topic: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        if self.topic == ["exit-codes"] {
            print_exit_codes(&mut context.ui)?;
            return Ok(Outcome::Done);
        }
        let mut tree = Call::command();
        tree.build();
        let mut command = &mut tree;
        for word in &self.topic {
            command = command.find_subcommand_mut(word).ok_or_else(|| {
                Error::usage(format!("there is no command or topic {word:?}"))
                    .hint("`kvs help` lists the commands; `kvs help exit-codes` is a topic.")
            })?;
        }
        let help = command.render_long_help();
        context.ui.print_help(&help.ansi().to_string(), &help.to_string(), false)?;
        Ok(Outcome::Done)
    }
}

fn print_exit_codes(ui: &mut Ui) -> Result<()> {
    if !ui.is_json() {
        ui.line("Code Name         Meaning")?;
        ui.line("   0              done")?;
    }
    for row in EXIT_CODES {
        if ui.is_json() {
            let object = Object::new()
                .number("exit", row.code.into())
                .text("code", row.name)
                .text("meaning", row.meaning)
                .text("action", row.action);
            ui.line(object.flag("retryable", row.retryable).finish())?;
            continue;
        }
        ui.line(format!("{:>4} {:<12} {}", row.code, row.name, row.meaning))?;
        ui.line(format!("{:17} What to do: {}.", "", row.action))?;
    }
    if !ui.is_json() {
        ui.line("A code that a script does not know is a failure.")?;
    }
    Ok(())
}
