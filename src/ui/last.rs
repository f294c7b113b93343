//! What is said when a signal ends the program in the middle of its work.
//!
//! The thread that waits for signals cannot use stdout, which the command holds, nor may it mix
//! with what was buffered there; so it has a handle of its own, made beforehand.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use super::{Ui, chain, printable, write_stderr};
use crate::error::Error;

/// A way to say one last thing from any thread.
#[derive(Debug)]
pub struct LastWords {
    out: Option<File>,
    level: i8,
}

impl Ui {
    /// Prepares for the end.
    ///
    /// # Errors
    /// Those of the system, when no more handles are to be had.
    pub fn last_words(&self) -> io::Result<LastWords> {
        let is_json = self.options.json;
        let out = is_json.then(|| io::stdout().as_fd().try_clone_to_owned()).transpose()?;
        Ok(LastWords { out: out.map(File::from), level: self.options.level })
    }
}

impl LastWords {
    /// Tells why the program ends: on stderr, and with `--json` as `report` on stdout.
    pub fn say(self, error: &Error, report: &str) {
        if self.level > -2 {
            write_stderr(&format!("\nkvs: {}\n", printable(&chain(error))));
        }
        if let Some(mut out) = self.out {
            // Whoever reads it may be gone.
            drop(writeln!(out, "{report}"));
        }
    }
}
