//! The global options, accepted before and after every command.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::ui::{Options, When};

const HEADING: &str = "Global options";

// No doc comment: clap would take it for the help text of whatever has these options.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = HEADING)]
#[expect(missing_docs, reason = "the help texts below are for users")]
pub struct Globals {
    /// Act as if started in DIR
    #[arg(short = 'C', value_name = "DIR", action = ArgAction::Append)]
    pub dirs: Vec<PathBuf>,

    /// Override one setting for this call
    #[arg(short = 'c', value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub settings: Vec<String>,

    /// Report as JSON on stdout: one object, or one a line for lists
    #[arg(long)]
    pub json: bool,

    /// Say less on stderr; twice: only failures
    #[arg(short, long, action = ArgAction::Count)]
    pub quiet: u8,

    /// Say more on stderr
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// How keys are read from arguments and printed
    #[arg(long, value_name = "ENCODING", value_parser = ["raw", "hex", "base64"])]
    pub key_encoding: Option<String>,

    /// When to colour
    #[arg(long, value_name = "WHEN", value_parser = WHEN)]
    pub color: Option<String>,

    /// When to show progress on stderr
    #[arg(long, value_name = "WHEN", value_parser = WHEN)]
    pub progress: Option<String>,

    /// How long to wait for another writer [default: 10]
    #[arg(long, value_name = "SECS")]
    pub lock_timeout: Option<String>,
}

const WHEN: [&str; 3] = ["auto", "always", "never"];

/// Adds the options to a command, whose short help stays about the command itself.
pub(super) fn augment_quietly(command: clap::Command) -> clap::Command {
    Globals::augment_args(command).mut_args(|arg| {
        let is_global = arg.get_help_heading() == Some(HEADING);
        arg.hide_short_help(is_global)
    })
}

impl Globals {
    /// These, and others given further to the right: lists add up, of the rest the last counts.
    #[must_use]
    pub fn and(mut self, right: &Self) -> Self {
        self.dirs.extend_from_slice(&right.dirs);
        self.settings.extend_from_slice(&right.settings);
        self.json |= right.json;
        self.quiet = self.quiet.saturating_add(right.quiet);
        self.verbose = self.verbose.saturating_add(right.verbose);
        let last = |left: Option<String>, right: &Option<String>| right.clone().or(left);
        self.key_encoding = last(self.key_encoding, &right.key_encoding);
        self.color = last(self.color, &right.color);
        self.progress = last(self.progress, &right.progress);
        self.lock_timeout = last(self.lock_timeout, &right.lock_timeout);
        self
    }

    /// How much to say: 0 is normal.
    #[must_use]
    pub fn level(&self) -> i8 {
        let cut = |count: u8| i8::try_from(count.min(100)).unwrap_or_default();
        cut(self.verbose) - cut(self.quiet)
    }

    /// How to talk. `plain`: the environment forbids colour.
    #[must_use]
    pub fn ui_options(&self, plain: bool) -> Options {
        Options {
            level: self.level(),
            json: self.json,
            color: when(self.color.as_deref()),
            progress: when(self.progress.as_deref()),
            plain,
        }
    }

    /// The settings that options stand for, those with an option of their own last.
    #[must_use]
    pub fn overrides(&self) -> Vec<String> {
        let mut overrides = self.settings.clone();
        let named = [("key.encoding", &self.key_encoding), ("lock.timeout", &self.lock_timeout)];
        for (name, value) in named {
            overrides.extend(value.iter().map(|value| format!("{name}={value}")));
        }
        overrides
    }
}

fn when(text: Option<&str>) -> When {
    match text {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    }
}
