//! Names of settings: the one table of what there is, and what each accepts.
//!
//! A name is a path of words as TOML writes it: `merge."logs/*"` has two. An unknown one is an
//! error that names the nearest known one; one that looks like a secret is refused, since secrets
//! are never kept in a configuration.

use std::fmt;
use std::str::FromStr;

use super::{Origin, check_remote_name, duration, seconds};
use crate::error::{Error, Result};
use crate::text::{KeyEncoding, Normalize};

/// A setting's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Vec<String>);

/// What a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Flag,
    Seconds,
    Duration,
    Encoding,
    Normalize,
    Strategy,
    Url,
}

struct Known {
    /// Its words; `*` stands for a word that the user chooses.
    words: &'static [&'static str],
    shape: Shape,
}

const fn known(words: &'static [&'static str], shape: Shape) -> Known {
    Known { words, shape }
}

const KNOWN: &[Known] = &[
    known(&["user", "name"], Shape::Text),
    known(&["key", "encoding"], Shape::Encoding),
    known(&["key", "normalize"], Shape::Normalize),
    known(&["pull", "strategy"], Shape::Strategy),
    known(&["merge", "*"], Shape::Strategy),
    known(&["lock", "timeout"], Shape::Seconds),
    known(&["history", "keep"], Shape::Duration),
    known(&["remote", "*", "url"], Shape::Url),
    known(&["remote", "*", "endpoint"], Shape::Url),
    known(&["remote", "*", "region"], Shape::Text),
    known(&["remote", "*", "path_style"], Shape::Flag),
    known(&["remote", "*", "anonymous"], Shape::Flag),
    known(&["remote", "*", "profile"], Shape::Text),
    known(&["remote", "*", "single_writer"], Shape::Flag),
];

/// Parts of words that only names of secrets have.
const SECRET_WORDS: [&str; 6] =
    ["secret", "password", "passwd", "token", "access_key", "credential"];

impl Name {
    /// A name from its words, unchecked: for words that stand in the table.
    pub(super) fn of(words: &[&str]) -> Self {
        Self(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// A name from its words.
    ///
    /// # Errors
    /// Kind usage for an unknown name, or one that looks like a secret.
    pub fn from_parts(parts: Vec<String>) -> Result<Self> {
        let name = Self(parts);
        if name.known().is_none() {
            return Err(name.unknown());
        }
        if let [group, remote, _] = name.parts()
            && group == "remote"
        {
            check_remote_name(remote)?;
        }
        Ok(name)
    }

    /// Its words.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| {
            known.words.len() == self.0.len()
                && known.words.iter().zip(&self.0).all(|(word, part)| *word == "*" || word == part)
        })
    }

    pub(super) fn shape(&self) -> Shape {
        self.known().map_or(Shape::Text, |known| known.shape)
    }

    fn unknown(&self) -> Error {
        let lower = self.to_string().to_lowercase();
        if SECRET_WORDS.iter().any(|word| lower.replace('-', "_").contains(word)) {
            return Error::usage(format!(
                "{self} looks like a secret; kvs keeps none in its files"
            ))
            .hint(
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or name \
                     a profile in remote.NAME.profile.",
            );
        }
        let nearest = KNOWN
            .iter()
            .map(|known| self.filled_like(known))
            .min_by_key(|name| distance(&name.to_string(), &lower));
        let error = Error::usage(format!("there is no setting {self}"));
        match nearest {
            Some(name) => error.hint(format!("The nearest one is {name}.")),
            None => error,
        }
    }

    /// A known name, with the words that are free taken from this one.
    fn filled_like(&self, known: &Known) -> Self {
        let mut parts = self.0.iter();
        let words = known.words.iter().map(|word| match (*word, parts.next()) {
            ("*", Some(part)) => part.clone(),
            ("*", None) => "NAME".to_owned(),
            (word, _) => word.to_owned(),
        });
        Self(words.collect())
    }

    /// Checks a value.
    ///
    /// # Errors
    /// Kind usage, naming the setting and where its value stands.
    pub(super) fn check(&self, text: &str, origin: &Origin) -> Result<()> {
        let wants = match self.shape() {
            Shape::Text if text.is_empty() => "It takes a text.",
            Shape::Text if text.chars().any(char::is_control) => {
                "It takes a text without control characters."
            }
            Shape::Text => return Ok(()),
            Shape::Flag if matches!(text, "true" | "false") => return Ok(()),
            Shape::Flag => "It takes true or false.",
            Shape::Seconds if seconds(text).is_ok() => return Ok(()),
            Shape::Seconds => "It takes a number of seconds.",
            Shape::Duration if duration(text).is_ok() => return Ok(()),
            Shape::Duration => "It takes a duration: 30s, 5m, 2h, 1d.",
            Shape::Encoding if text.parse::<KeyEncoding>().is_ok() => return Ok(()),
            Shape::Encoding => "It takes raw, hex or base64.",
            Shape::Normalize if text.parse::<Normalize>().is_ok() => return Ok(()),
            Shape::Normalize => "It takes none, nfc, nfd, nfkc or nfkd.",
            Shape::Strategy if is_strategy(text) => return Ok(()),
            Shape::Strategy => "It takes fail, ours, theirs, newest or cmd:PROGRAM.",
            Shape::Url => return self.check_url(text, origin),
        };
        Err(Error::usage(format!("{self} cannot be {text:?} ({origin})")).hint(wants))
    }

    fn check_url(&self, text: &str, origin: &Origin) -> Result<()> {
        if text.is_empty() || text.chars().any(char::is_control) {
            let message = format!("{self} cannot be {text:?} ({origin})");
            return Err(Error::usage(message).hint("It takes a URL."));
        }
        let authority = text.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        if authority.is_some_and(|authority| authority.contains('@')) {
            // The URL is not repeated: a password would end up in a log.
            return Err(Error::usage(format!("{self} holds a user name or password ({origin})"))
                .hint("Leave them out: credentials come from the environment or a profile."));
        }
        Ok(())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            f.write_str(&toml_edit::Key::new(part.as_str()).display_repr())?;
        }
        Ok(())
    }
}

impl FromStr for Name {
    type Err = Error;

    /// Reads `remote.origin.url` or `merge."logs/*"`. After `merge.` the quotes may be left out.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(glob) = text.strip_prefix("merge.")
            && !glob.is_empty()
            && !glob.starts_with(['"', '\''])
        {
            return Self::from_parts(vec!["merge".to_owned(), glob.to_owned()]);
        }
        let keys = toml_edit::Key::parse(text).map_err(|_| {
            Error::usage(format!("{text:?} is not the name of a setting"))
                .hint("Names look like `user.name`, `remote.origin.url` or `merge.\"logs/*\"`.")
        })?;
        Self::from_parts(keys.iter().map(|key| key.get().to_owned()).collect())
    }
}

/// Takes `NAME=VALUE` apart, at the first `=` outside quotes.
pub(super) fn split_override(argument: &str) -> Result<(Name, String)> {
    let mut quote = None;
    let at = argument.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'=') => return true,
            _ => {}
        }
        false
    });
    let Some((name, value)) = at.and_then(|at| argument.split_at_checked(at)) else {
        return Err(Error::usage(format!("-c {argument:?} has no value"))
            .hint("Write -c NAME=VALUE, as in -c user.name=me."));
    };
    Ok((name.parse()?, value.strip_prefix('=').unwrap_or(value).to_owned()))
}

/// The setting that a variable stands for; `None` for reserved and unknown ones. Remotes that are
/// known by another case than lower are found too.
pub(super) fn of_variable(variable: &str, remotes: &[String]) -> Option<Name> {
    let rest = variable.strip_prefix("KVS_")?;
    KNOWN.iter().find_map(|known| match known.words {
        [group, field] if *field != "*" => {
            (rest == upper(&format!("{group}.{field}"))).then(|| Name::of(known.words))
        }
        ["remote", "*", field] => {
            let middle = rest.strip_prefix("REMOTE_")?.strip_suffix(&upper(field))?;
            let middle = middle.strip_suffix('_').filter(|middle| !middle.is_empty())?;
            let remote = remotes.iter().find(|remote| upper(remote) == middle);
            let remote = remote.cloned().unwrap_or_else(|| middle.to_lowercase());
            Name::from_parts(vec!["remote".into(), remote, (*field).into()]).ok()
        }
        _ => None,
    })
}

fn upper(name: &str) -> String {
    name.to_uppercase().replace('.', "_")
}

fn is_strategy(text: &str) -> bool {
    matches!(text, "fail" | "ours" | "theirs" | "newest")
        || text.strip_prefix("cmd:").is_some_and(|program| !program.trim().is_empty())
}

/// How many letters must be put in, taken out or changed to make one text of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, a) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (b, above) in to.iter().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(a != *b);
            left = changed.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
