//! Configuration files: read, changed without losing comments, and replaced whole.
//!
//! A file is replaced atomically: a new one is written beside it, synced, renamed over it, and the
//! folder synced. Changes happen under a lock, so two of them at once are both kept.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::{Name, Origin, Shape};
use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// More than any hand writes.
const FILE_BYTES_MAX: u64 = 1 << 20;
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// A configuration file that can be changed.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    lock: PathBuf,
}

impl ConfigFile {
    /// The file of the repository at `dir`; changed under the writer lock.
    #[must_use]
    pub fn of_repo(dir: &Path) -> Self {
        let dot = dir.join(".kvs");
        Self { path: dot.join("config.toml"), lock: dot.join("lock") }
    }

    /// The user's file.
    #[must_use]
    pub fn of_user(path: PathBuf) -> Self {
        let lock = path.with_extension("lock");
        Self { path, lock }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes the file under its lock. An error from `change` leaves it as it was. Durable when
    /// this returns.
    ///
    /// # Errors
    /// Kind locked when another writer holds the lock past `timeout`; kind disk; those of `change`.
    pub fn edit<T>(
        &self,
        env: &Env,
        timeout: Duration,
        change: impl FnOnce(&mut Document) -> Result<T>,
    ) -> Result<T> {
        let dir = self.dir();
        env.files.create_dir_all(dir).map_err(|error| Error::disk("make", dir, error))?;
        let deadline = env
            .clock
            .now_ms()
            .saturating_add(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        let _lock = loop {
            let lock = env.files.try_lock(&self.lock);
            if let Some(lock) = lock.map_err(|error| Error::disk("lock", &self.lock, error))? {
                break lock;
            }
            if env.clock.now_ms() >= deadline {
                let message = format!("another process holds {}", self.lock.display());
                return Err(Error::new(Kind::Locked, message)
                    .hint("Try again, or wait longer with --lock-timeout."));
            }
            env.clock.sleep(LOCK_RETRY);
        };
        self.edit_locked(env, change)
    }

    /// Changes the file. REQUIRES: the caller holds the lock, or nobody else knows of the file.
    /// Durable when this returns.
    ///
    /// # Errors
    /// Kind disk; those of `change`.
    pub fn edit_locked<T>(
        &self,
        env: &Env,
        change: impl FnOnce(&mut Document) -> Result<T>,
    ) -> Result<T> {
        let mut document = Document::read(env, &self.path)?;
        let before = document.to_string();
        let result = change(&mut document)?;
        let after = document.to_string();
        if after != before {
            self.replace(env, after.as_bytes())?;
        }
        Ok(result)
    }

    fn replace(&self, env: &Env, bytes: &[u8]) -> Result<()> {
        let failed = |error| Error::disk("write", &self.path, error);
        let nonce = env.nonce().map_err(failed)?;
        let new = self.path.with_extension(format!("toml.{nonce}"));
        let written = env.files.create_new(&new).and_then(|mut file| {
            file.write_all_at(bytes, 0)?;
            file.sync()?;
            drop(file);
            env.files.rename(&new, &self.path)
        });
        if let Err(error) = written {
            // The failure that matters is the first one.
            drop(env.files.remove_file(&new));
            return Err(failed(error));
        }
        env.files.sync_dir(self.dir()).map_err(failed)
    }

    fn dir(&self) -> &Path {
        match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        }
    }
}

/// The content of a configuration file.
#[derive(Debug, Default)]
pub struct Document(DocumentMut);

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Document {
    /// Reads a file; one that does not exist is empty.
    ///
    /// # Errors
    /// Kind usage for what is not TOML; kind disk.
    pub fn read(env: &Env, path: &Path) -> Result<Self> {
        let failed = |error| Error::disk("read", path, error);
        let file = match env.files.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
        };
        let bytes = file.bytes().map_err(failed)?;
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        if bytes > FILE_BYTES_MAX {
            let message = format!("{} is too large for a configuration", path.display());
            return Err(Error::usage(message).hint("It may have at most 1 MiB."));
        }
        let mut text = vec![0; size];
        file.read_exact_at(&mut text, 0).map_err(failed)?;
        Self::parse(&String::from_utf8_lossy(&text), path)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Kind usage for what is not TOML, naming the place.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        text.parse().map(Self).map_err(|error: toml_edit::TomlError| {
            let line = error.span().and_then(|span| text.get(..span.start));
            let line = line.map_or(1, |before| before.matches('\n').count() + 1);
            let what = error.message().replace('\n', ", ");
            Error::usage(format!("{}, line {line}: {what}", path.display()))
                .hint("The file is TOML: `[user]` and below it `name = \"me\"`.")
        })
    }

    /// Every setting in the file, checked.
    ///
    /// # Errors
    /// Kind usage for an unknown name or a value that does not fit, naming the file.
    pub fn settings(&self, path: &Path) -> Result<Vec<(Name, String)>> {
        let origin = Origin::Repo(path.to_owned());
        let mut settings = Vec::new();
        let mut words = Vec::new();
        collect(self.0.as_table(), &mut words, &mut |words, item| {
            let name =
                Name::from_parts(words.to_vec()).map_err(|error| error.context(path.display()))?;
            let text = text_of(item).unwrap_or_default();
            name.check(&text, &origin)?;
            settings.push((name, text));
            Ok(())
        })?;
        Ok(settings)
    }

    /// A setting that stands in the file.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<String> {
        let mut item = self.0.as_item();
        for word in name.parts() {
            item = item.as_table_like()?.get(word)?;
        }
        text_of(item)
    }

    /// Writes a setting, keeping everything else in the file as it is.
    ///
    /// # Errors
    /// Kind usage for a value that does not fit.
    pub fn set(&mut self, name: &Name, text: &str) -> Result<()> {
        name.check(text, &Origin::Argument)?;
        let Some((last, groups)) = name.parts().split_last() else { return Ok(()) };
        let mut table: &mut dyn TableLike = self.0.as_table_mut();
        for group in groups {
            let item = table.entry(group).or_insert_with(|| {
                let mut table = Table::new();
                // `[remote]` above `[remote.origin]` would only be noise.
                table.set_implicit(true);
                Item::Table(table)
            });
            table = item.as_table_like_mut().ok_or_else(|| {
                Error::usage(format!("{group} in the configuration is no table"))
                    .hint("Edit the file by hand.")
            })?;
        }
        let mut value = value_of(name, text);
        match table.get_mut(last).and_then(Item::as_value_mut) {
            Some(old) => {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => {
                table.insert(last, Item::Value(value));
            }
        }
        Ok(())
    }

    /// Takes a setting out; `false` where there was none.
    pub fn unset(&mut self, name: &Name) -> bool {
        let words: Vec<&str> = name.parts().iter().map(String::as_str).collect();
        remove(self.0.as_table_mut(), &words)
    }

    /// Takes a remote's settings out; `false` where there were none.
    pub fn remove_remote(&mut self, remote: &str) -> bool {
        remove(self.0.as_table_mut(), &["remote", remote])
    }
}

fn collect(
    table: &dyn TableLike,
    words: &mut Vec<String>,
    found: &mut dyn FnMut(&[String], &Item) -> Result<()>,
) -> Result<()> {
    for (word, item) in table.iter() {
        words.push(word.to_owned());
        match item.as_table_like() {
            Some(table) => collect(table, words, found)?,
            None => found(words, item)?,
        }
        words.pop();
    }
    Ok(())
}

fn remove(table: &mut dyn TableLike, words: &[&str]) -> bool {
    match words {
        [] => false,
        [last] => table.remove(last).is_some(),
        [group, rest @ ..] => {
            let Some(inner) = table.get_mut(group).and_then(Item::as_table_like_mut) else {
                return false;
            };
            let is_removed = remove(inner, rest);
            if is_removed && inner.is_empty() {
                table.remove(group);
            }
            is_removed
        }
    }
}

/// A value as text; `None` for arrays and dates, which no setting takes.
fn text_of(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(flag) => Some(flag.value().to_string()),
        _ => None,
    }
}

fn value_of(name: &Name, text: &str) -> Value {
    match name.shape() {
        Shape::Flag => Value::from(text == "true"),
        Shape::Seconds => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}
