//! `kvs completions`: a completion script, made from the same definitions as the parser.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Call, Context, Outcome, Run};
use crate::error::Result;

/// Print a completion script for a shell
///
/// Examples:
///   kvs completions bash > ~/.local/share/bash-completion/completions/kvs
///   kvs completions fish > ~/.config/fish/completions/kvs.fish
///
/// Exit status: 0 done; 2 there is none for that shell.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The shell
    shell: Shell,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Call::command(), "kvs", &mut script);
        context.ui.data(&script)?;
        Ok(Outcome::Done)
    }
}
