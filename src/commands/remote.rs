//! `kvs remote`: names for the places to push to and pull from.

use clap::Subcommand;

use super::json::Object;
use super::{Context, Globals, Outcome, Run, With, files};
use crate::error::{Error, Result};
use crate::repo::config::{Config, ConfigFile, Document, Name, RemoteConfig, check_remote_name};

/// Name the places to push to and pull from
///
/// `origin` is the one that push, pull, fetch and sync use. A URL is s3://BUCKET/PREFIX,
/// file:///PATH, a plain path or http(s)://...; credentials are never part of it. Endpoint, region
/// and the like are settings: `kvs config set remote.NAME.endpoint URL`.
///
/// Examples:
///   kvs remote add origin s3://bucket/notes
///   kvs remote set-url origin /mnt/share/notes
///   kvs remote list
///
/// Exit status: 0 done; 2 the name is taken, unknown or not allowed, or the URL is not.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Verb {
    /// Name a remote
    Add(With<Add>),
    /// List remotes with their URLs
    List(With<List>),
    /// Show what is set for a remote
    Show(With<Show>),
    /// Change a remote's URL
    SetUrl(With<SetUrl>),
    /// Forget a remote and its settings; the data there stays
    Remove(With<Remove>),
}

/// Name a remote
#[derive(Debug, clap::Args)]
struct Add {
    /// Its name
    name: String,
    /// Where it is
    url: String,
}

/// List remotes with their URLs
#[derive(Debug, clap::Args)]
struct List {}

/// Show what is set for a remote
#[derive(Debug, clap::Args)]
struct Show {
    /// Its name
    name: String,
}

/// Change a remote's URL
#[derive(Debug, clap::Args)]
struct SetUrl {
    /// Its name
    name: String,
    /// Where it is now
    url: String,
}

/// Forget a remote and its settings; the data there stays
#[derive(Debug, clap::Args)]
struct Remove {
    /// Its name
    name: String,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let dir = context.repo_dir()?;
        let config = context.config(Some(&dir))?;
        let file = ConfigFile::of_repo(&dir);
        let edit = |context: &Context, change: &dyn Fn(&mut Document) -> Result<()>| {
            file.edit(&context.env, config.lock_timeout(), change)
        };
        match self.verb {
            Verb::Add(With { args, .. }) => {
                let url = files::lasting_url(&args.url)?;
                edit(context, &|document| add(document, &args.name, &url))
            }
            Verb::SetUrl(With { args, .. }) => {
                let url = files::lasting_url(&args.url)?;
                edit(context, &|document| set_url(document, &args.name, &url))
            }
            Verb::Remove(With { args, .. }) => edit(context, &|document| {
                if document.remove_remote(&args.name) { Ok(()) } else { Err(unknown(&args.name)) }
            }),
            Verb::List(_) => list(context, &config),
            Verb::Show(With { args, .. }) => show(context, &config, &args.name),
        }?;
        Ok(Outcome::Done)
    }

    fn inner_globals(&self) -> Option<&Globals> {
        Some(match &self.verb {
            Verb::Add(with) => &with.globals,
            Verb::List(with) => &with.globals,
            Verb::Show(with) => &with.globals,
            Verb::SetUrl(with) => &with.globals,
            Verb::Remove(with) => &with.globals,
        })
    }
}

fn url_name(remote: &str) -> Result<Name> {
    Name::from_parts(vec!["remote".to_owned(), remote.to_owned(), "url".to_owned()])
}

fn add(document: &mut Document, remote: &str, url: &str) -> Result<()> {
    check_remote_name(remote)?;
    let name = url_name(remote)?;
    if document.get(&name).is_some() {
        return Err(Error::usage(format!("there is a remote {remote} already"))
            .hint(format!("Change it with `kvs remote set-url {remote} URL`.")));
    }
    document.set(&name, url)
}

fn set_url(document: &mut Document, remote: &str, url: &str) -> Result<()> {
    let name = url_name(remote)?;
    if document.get(&name).is_none() {
        return Err(unknown(remote));
    }
    document.set(&name, url)
}

fn unknown(remote: &str) -> Error {
    Error::usage(format!("there is no remote {remote}"))
        .hint("`kvs remote list` shows those that there are.")
}

fn list(context: &mut Context, config: &Config) -> Result<()> {
    for name in config.remotes() {
        let Some(remote) = config.remote(&name) else { continue };
        if context.ui.is_json() {
            let object = Object::new().text("name", &name).text("url", &remote.url);
            context.ui.line(object.finish())?;
        } else {
            context.ui.line(format!("{name}\t{}", remote.url))?;
        }
    }
    Ok(())
}

fn show(context: &mut Context, config: &Config, name: &str) -> Result<()> {
    let Some(remote) = config.remote(name) else { return Err(unknown(name)) };
    let RemoteConfig { url, endpoint, region, path_style, anonymous, profile, single_writer } =
        remote;
    let flag = |flag: bool| flag.then(|| "true".to_owned());
    let fields = [
        ("url", Some(url)),
        ("endpoint", endpoint),
        ("region", region),
        ("path_style", path_style.map(|flag| flag.to_string())),
        ("anonymous", flag(anonymous)),
        ("profile", profile),
        ("single_writer", flag(single_writer)),
    ];
    let mut object = Object::new().text("name", name);
    for (field, text) in fields {
        let Some(text) = text else { continue };
        if !context.ui.is_json() {
            context.ui.line(format!("{:<15}{text}", format!("{field}:")))?;
        }
        object = match field {
            "path_style" | "anonymous" | "single_writer" => object.raw(field, &text),
            _ => object.text(field, &text),
        };
    }
    if context.ui.is_json() { context.ui.line(object.finish()) } else { Ok(()) }
}
