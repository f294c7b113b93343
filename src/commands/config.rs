//! `kvs config`: reads and changes settings.

use clap::Subcommand;

use super::json::Object;
use super::{Context, Globals, Outcome, Run, With};
use crate::error::{Error, Kind, Result};
use crate::repo::config::{ConfigFile, Document, Name};

/// Read and change settings
///
/// Settings stand in `.kvs/config.toml` and, for all repositories of a user, in the user's own file
/// (--global); the repository's win. Variables (KVS_USER_NAME for user.name) go over both, and -c
/// over all.
///
/// Settings:
///   user.name                 author of versions; else USER@HOST
///   key.encoding              raw, hex or base64
///   key.normalize             nfc, nfd, nfkc, nfkd or none
///   pull.strategy             fail, ours, theirs, newest or cmd:PROGRAM
///   merge."GLOB"              a strategy, as pull.strategy, for the keys that match
///   lock.timeout              seconds to wait for another writer
///   history.keep              how long superseded versions are kept, as in 30d
///   remote.NAME.url           where a remote is; also endpoint, region, path_style,
///                             anonymous, profile, single_writer
///
/// Examples:
///   kvs config set --global user.name "Ada L."
///   kvs config get remote.origin.url
///
/// Exit status: 0 done; 1 the setting is not set; 2 there is no such setting, or the value does
/// not fit.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Verb {
    /// Print a setting
    Get(With<Get>),
    /// Change a setting
    Set(With<Set>),
    /// Take a setting out of its file
    Unset(With<Get>),
    /// Print every setting that was made
    List(With<List>),
}

/// Name a setting
#[derive(Debug, clap::Args)]
struct Get {
    /// The setting
    name: String,

    /// In the user's file only
    #[arg(long)]
    global: bool,
}

/// Change a setting
#[derive(Debug, clap::Args)]
struct Set {
    /// The setting
    name: String,

    /// The value
    #[arg(allow_negative_numbers = true)]
    value: String,

    /// In the user's file
    #[arg(long)]
    global: bool,
}

/// Print every setting that was made
#[derive(Debug, clap::Args)]
struct List {
    /// Those of the user's file only
    #[arg(long)]
    global: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        match self.verb {
            Verb::Get(with) => get(context, &with.args),
            Verb::Set(with) => set(context, &with.args),
            Verb::Unset(with) => unset(context, &with.args),
            Verb::List(with) => list(context, &with.args),
        }?;
        Ok(Outcome::Done)
    }

    fn inner_globals(&self) -> Option<&Globals> {
        Some(match &self.verb {
            Verb::Get(with) | Verb::Unset(with) => &with.globals,
            Verb::Set(with) => &with.globals,
            Verb::List(with) => &with.globals,
        })
    }
}

/// The settings in force, or those of the user's file; the latter also outside a repository.
fn settings(context: &Context, global: bool) -> Result<Vec<(Name, String, String)>> {
    if global {
        let file = context.user_config()?;
        let settings = Document::read(&context.env, file.path())?.settings(file.path())?;
        let origin = file.path().display().to_string();
        return Ok(settings.into_iter().map(|(name, text)| (name, text, origin.clone())).collect());
    }
    // What is wrong with the place is said by commands that need a repository.
    let dir = context.repo_dir().ok();
    let config = context.config(dir.as_deref())?;
    let one = |(name, setting): (&Name, &crate::repo::config::Setting)| {
        (name.clone(), setting.text.clone(), setting.origin.to_string())
    };
    Ok(config.list().map(one).collect())
}

fn get(context: &mut Context, args: &Get) -> Result<()> {
    let name: Name = args.name.parse()?;
    let found = settings(context, args.global)?.into_iter().find(|(known, ..)| *known == name);
    let Some((name, text, origin)) = found else {
        return Err(not_set(&name));
    };
    print(context, &name, &text, &origin, false)
}

fn list(context: &mut Context, args: &List) -> Result<()> {
    for (name, text, origin) in settings(context, args.global)? {
        print(context, &name, &text, &origin, true)?;
    }
    Ok(())
}

fn print(context: &mut Context, name: &Name, text: &str, origin: &str, named: bool) -> Result<()> {
    if context.ui.is_json() {
        let object = Object::new().text("name", &name.to_string()).text("value", text);
        return context.ui.line(object.text("origin", origin).finish());
    }
    if named {
        context.ui.data(format!("{name}=").as_bytes())?;
    }
    context.ui.line(text)
}

fn set(context: &Context, args: &Set) -> Result<()> {
    let name: Name = args.name.parse()?;
    edit(context, args.global, |document| document.set(&name, &args.value))
}

fn unset(context: &Context, args: &Get) -> Result<()> {
    let name: Name = args.name.parse()?;
    edit(
        context,
        args.global,
        |document| {
            if document.unset(&name) { Ok(()) } else { Err(not_set(&name)) }
        },
    )
}

fn edit(
    context: &Context,
    global: bool,
    change: impl FnOnce(&mut Document) -> Result<()>,
) -> Result<()> {
    let file =
        if global { context.user_config()? } else { ConfigFile::of_repo(&context.repo_dir()?) };
    // The settings of files are left alone here: a wrong one can be the reason for this call.
    let timeout = context.config_of_call()?.lock_timeout();
    file.edit(&context.env, timeout, change)
}

fn not_set(name: &Name) -> Error {
    Error::new(Kind::No, format!("{name} is not set"))
}
