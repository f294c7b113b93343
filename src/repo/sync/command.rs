//! Asking a program to decide a conflict: `cmd:PROGRAM`.
//!
//! The program is run by `sh -c`. It finds the sides as files, named in `KVS_BASE`, `KVS_OURS` and
//! `KVS_THEIRS` (a missing side is an unset variable), and the key in `KVS_KEY`; stdin is empty,
//! stderr is the caller's. Its stdout is the new value; exit 100 deletes the key; after any other
//! failure the conflict stays. A program that cannot be started is an error, so that a slip of the
//! pen does not look like a conflict.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::error::{Error, Kind, Result};
use crate::format::record::VALUE_BYTES_MAX;

/// The exit status by which a program deletes the key.
const EXIT_DELETE: i32 = 100;

/// What a shell exits with when it cannot run a program, or finds none.
const EXITS_NOT_RUN: [i32; 2] = [126, 127];

/// One of the three values of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As the base version has it.
    Base,
    /// As it is here.
    Ours,
    /// As the remote has it.
    Theirs,
}

impl Side {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Base, Self::Ours, Self::Theirs];

    /// The variable that names its file.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Base => "KVS_BASE",
            Self::Ours => "KVS_OURS",
            Self::Theirs => "KVS_THEIRS",
        }
    }
}

/// What a program answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This value.
    Value(Vec<u8>),
    /// Delete the key.
    Delete,
    /// It does not decide.
    Stays,
}

/// Runs `program` for a key. `write` is asked for each side once: it writes the value to a file and
/// gives its absolute path, or `None` where the side has no value. The files can go when this
/// returns. Only the result, at most one value, is held in memory.
///
/// # Errors
/// Kind `command` when the program cannot be started, the key cannot be given to it, or its result
/// is larger than a value may be; otherwise those of `write`.
pub fn run(
    program: &str,
    key: &[u8],
    write: &mut dyn FnMut(Side) -> Result<Option<PathBuf>>,
) -> Result<Answer> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(program).env("KVS_KEY", key_text(key)?);
    for side in Side::ALL {
        match write(side)? {
            Some(path) => command.env(side.variable(), path),
            None => command.env_remove(side.variable()),
        };
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        failed(program, "it could not be started: there is no shell to run it")
            .hint("`cmd:` needs `sh` on the PATH.")
            .because(error)
    })?;
    let (value, status) = finish(child, program)?;
    if status.success() {
        return Ok(Answer::Value(value));
    }
    match status.code() {
        Some(EXIT_DELETE) => Ok(Answer::Delete),
        Some(code) if EXITS_NOT_RUN.contains(&code) => {
            Err(failed(program, format!("the shell could not run it (exit {code})"))
                .hint("Check the program's name and that it may be executed."))
        }
        _ => Ok(Answer::Stays),
    }
}

/// Reads what the program says and waits for its end.
fn finish(mut child: Child, program: &str) -> Result<(Vec<u8>, ExitStatus)> {
    let mut value = Vec::new();
    let mut read = Ok(0);
    if let Some(stdout) = child.stdout.take() {
        read = stdout.take(VALUE_BYTES_MAX + 1).read_to_end(&mut value);
    }
    if value.len() as u64 > VALUE_BYTES_MAX {
        // It would go on writing, into a pipe that nobody reads.
        drop(child.kill());
    }
    let status = child.wait();
    let lost = |error| failed(program, "its result could not be read").because(error);
    read.map_err(lost)?;
    let status = status.map_err(lost)?;
    if value.len() as u64 > VALUE_BYTES_MAX {
        return Err(failed(program, "its result is larger than a value may be (1 GiB)"));
    }
    Ok((value, status))
}

fn failed(program: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Command, format!("the merge program `{program}` failed: {what}"))
}

/// The key as a variable's value.
fn key_text(key: &[u8]) -> Result<OsString> {
    let unfit = |what: &str| {
        Error::new(Kind::Command, format!("a key in conflict {what}, so KVS_KEY cannot hold it"))
            .hint("Decide this key with --ours or --theirs.")
    };
    if key.contains(&0) {
        return Err(unfit("contains a NUL byte"));
    }
    #[cfg(unix)]
    return Ok(std::os::unix::ffi::OsStringExt::from_vec(key.to_vec()));
    #[cfg(not(unix))]
    String::from_utf8(key.to_vec()).map(OsString::from).map_err(|_| unfit("is not UTF-8"))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn ask(program: &str, sides: [Option<&str>; 3]) -> Result<Answer> {
        let folder = tempfile::tempdir().unwrap();
        run(program, b"a key\xff", &mut |side| {
            let at = Side::ALL.iter().position(|one| *one == side).unwrap();
            Ok(sides[at].map(|value| {
                let path = folder.path().join(side.variable());
                std::fs::write(&path, value).unwrap();
                path
            }))
        })
    }

    fn value(text: impl AsRef<[u8]>) -> Answer {
        Answer::Value(text.as_ref().to_vec())
    }

    #[test]
    fn the_result_is_stdout_byte_for_byte() {
        let sides = [Some("b"), Some("o"), Some("t")];
        let answer = ask("cat \"$KVS_BASE\" \"$KVS_OURS\" \"$KVS_THEIRS\"; echo", sides);
        assert_eq!(answer.unwrap(), value("bot\n"));
        assert_eq!(ask("printf %s \"$KVS_KEY\"", sides).unwrap(), value(b"a key\xff"));
        assert_eq!(ask("true", sides).unwrap(), value(""));
    }

    #[test]
    fn a_missing_side_is_an_unset_variable() {
        let program = "printf %s \"${KVS_BASE-none} ${KVS_OURS+set} ${KVS_THEIRS-none}\"";
        assert_eq!(ask(program, [None, Some("o"), None]).unwrap(), value("none set none"));
    }

    #[test]
    fn stdin_is_empty() {
        assert_eq!(ask("cat", [None; 3]).unwrap(), value(""));
    }

    #[test]
    fn the_exit_status_decides() {
        assert_eq!(ask("echo x; exit 100", [None; 3]).unwrap(), Answer::Delete);
        for program in ["exit 1", "echo x; exit 2", "exit 99", "kill -9 $$"] {
            assert_eq!(ask(program, [None; 3]).unwrap(), Answer::Stays, "{program}");
        }
    }

    #[test]
    fn a_program_that_cannot_run_is_an_error() {
        for program in ["/nowhere/at-all 2>/dev/null", "/dev/null 2>/dev/null"] {
            assert_eq!(ask(program, [None; 3]).unwrap_err().kind(), Kind::Command, "{program}");
        }
        let error = run("true", b"a\0b", &mut |_| Ok(None)).unwrap_err();
        assert_eq!(error.kind(), Kind::Command);
    }

    #[test]
    fn a_failing_write_is_told() {
        let full = || Error::new(Kind::Disk, "full");
        let error = run("true", b"k", &mut |_| Err(full())).unwrap_err();
        assert_eq!(error.kind(), Kind::Disk);
    }
}
