//! `kvs get`: one value as it is, or pairs in a format.

use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Kind, Result};
use crate::repo::{Entry, Repo};
use crate::text::{Format, KeyReader, KeyText, PairWriter, keys::shown};
use crate::ui::Ui;

/// Print values
///
/// One KEY: its value's exact bytes on stdout. Several, or any of `--stdin`, `--format`, `--json`:
/// pairs, in the order asked. Each missing key is reported on stderr.
///
/// Examples:
///   kvs get greeting
///   kvs get --default 0 counter
///   kvs get --format tsv a b c
///   kvs list logs/ -z | kvs get --stdin -z
///
/// Exit status: 0 all found, or answered by --default; 1 a key is missing.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The keys
    #[arg(value_name = "KEY", required_unless_present = "stdin")]
    keys: Vec<OsString>,

    /// Read keys from stdin, one a line, escaped
    #[arg(long, conflicts_with = "keys")]
    stdin: bool,

    /// Keys on stdin are raw and end with NUL
    #[arg(short = 'z', requires = "stdin", conflicts_with = "keys")]
    zero: bool,

    /// Print pairs as jsonl, tsv, nul or csv
    #[arg(long)]
    format: Option<Format>,

    /// Answer with V for a key that is missing
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    default: Option<OsString>,

    /// Print missing keys too, as {"key":...,"missing":true}
    #[arg(long)]
    report_missing: bool,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let format = self.pair_format(context.ui.is_json())?;
        let repo = context.repo()?;
        match (self.keys.as_slice(), format) {
            ([key], None) => self.print_one(context, &repo, key)?,
            (_, format) => self.print_many(context, &repo, format.unwrap_or_default())?,
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    /// The format that was asked for; `None`: a single value goes as it is.
    fn pair_format(&self, json: bool) -> Result<Option<Format>> {
        let format = self.format.or((json || self.report_missing).then_some(Format::Jsonl));
        if (json || self.report_missing) && format != Some(Format::Jsonl) {
            return Err(Error::usage("--json and --report-missing go with the format jsonl only")
                .hint("Leave out --format."));
        }
        Ok(format)
    }

    fn print_one(&self, context: &mut Context, repo: &Repo, key: &OsString) -> Result<()> {
        let key = files::key_of(repo.config().key_text(), key)?;
        let entry = repo.get(&key)?;
        let Some(value) = self.answer(entry)? else {
            return Err(Error::new(Kind::No, format!("there is no key {}", shown(&key))));
        };
        if let Some(path) = self.output_file() {
            return value.write(&mut files::create(path)?);
        }
        value.write(&mut context.ui)?;
        context.ui.newline_on_terminal()
    }

    fn print_many(&self, context: &mut Context, repo: &Repo, format: Format) -> Result<()> {
        let snapshot = repo.snapshot()?;
        let mut keys = self.wanted(&context.ui, repo.config().key_text())?;
        let voice = context.ui.voice();
        let mut file = self.output_file().map(files::create).transpose()?.map(BufWriter::new);
        let to: &mut dyn Write = match &mut file {
            Some(file) => file,
            None => &mut context.ui,
        };
        let (mut asked, mut lacking) = (0_u64, 0_u64);
        let mut pairs = PairWriter::new(format, to);
        while let Some(key) = keys()? {
            asked += 1;
            if let Some(value) = self.answer(snapshot.get(&key)?)? {
                pairs.write(&key, &value.read()?)?;
                continue;
            }
            lacking += 1;
            voice.warn(format_args!("there is no key {}", shown(&key)));
            if self.report_missing {
                let to = pairs.finish()?;
                let line = Object::new().bytes("key", &key).flag("missing", true).finish();
                writeln!(to, "{line}").map_err(unwritable)?;
                pairs = PairWriter::new(format, to);
            }
        }
        pairs.finish()?;
        if lacking == 0 {
            return Ok(());
        }
        Err(Error::new(Kind::No, format!("{lacking} of {} not there", number(asked, "key"))))
    }

    fn output_file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }

    fn answer(&self, entry: Option<Entry>) -> Result<Option<Value<'_>>> {
        match (entry, &self.default) {
            (Some(entry), _) => Ok(Some(Value::Stored(entry))),
            (None, Some(default)) => Ok(Some(Value::Default(files::bytes_of(default)?))),
            (None, None) => Ok(None),
        }
    }

    /// The keys asked for, one after another.
    fn wanted(&self, ui: &Ui, text: KeyText) -> Result<NextKey> {
        if self.stdin {
            let mut reader = KeyReader::new(ui.stdin("keys"), text, self.zero);
            return Ok(Box::new(move || reader.next_key()));
        }
        // A wrong key is told before anything is printed.
        let keys: Result<Vec<_>> = self.keys.iter().map(|key| files::key_of(text, key)).collect();
        let mut keys = keys?.into_iter();
        Ok(Box::new(move || Ok(keys.next())))
    }
}

type NextKey = Box<dyn FnMut() -> Result<Option<Vec<u8>>>>;

enum Value<'a> {
    Stored(Entry),
    Default(&'a [u8]),
}

impl Value<'_> {
    fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::Stored(entry) => entry.value(),
            Self::Default(bytes) => Ok(bytes.to_vec()),
        }
    }

    fn write(&self, to: &mut dyn Write) -> Result<()> {
        match self {
            Self::Stored(entry) => entry.write_value(to),
            Self::Default(bytes) => to.write_all(bytes).map_err(unwritable),
        }
    }
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(Kind::Disk, "cannot write the value")
        .hint("Check the disk, or the program that reads the output.")
        .because(error)
}
