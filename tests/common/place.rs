//! A fresh folder and the real program in it, with an environment that holds nothing of the
//! machine's: home and configuration folders are inside, and no variable of kvs or AWS is set.

use std::ffi::OsStr;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder to run commands in.
pub(crate) struct Place {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a folder below the system's temporary one");
        for name in ["work", "home"] {
            std::fs::create_dir(dir.path().join(name)).expect("a new folder");
        }
        Self { dir, variables: Vec::new() }
    }

    /// A folder with a repository.
    pub(crate) fn repo() -> Self {
        let place = Self::empty();
        place.ok(&["init"]);
        place
    }

    /// A folder with a repository whose origin is the empty folder `remote` beside it.
    pub(crate) fn with_remote() -> Self {
        let place = Self::repo();
        std::fs::create_dir(place.path("../remote")).expect("a new folder");
        place.ok(&["remote", "add", "origin", "../remote"]);
        place
    }

    /// The same, with a second repository `../other` that was cloned from the remote once the
    /// first one had pushed `base`=`1`.
    pub(crate) fn with_clone() -> Self {
        let place = Self::with_remote();
        place.ok(&["put", "base", "1"]);
        place.ok(&["push"]);
        place.ok(&["clone", "../remote", "../other"]);
        place
    }

    /// Sets a variable for every command to come.
    pub(crate) fn set(&mut self, name: &str, text: &str) {
        self.variables.push((name.to_owned(), text.to_owned()));
    }

    /// A path seen from where commands run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("work").join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("a file");
    }

    /// A file's bytes.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file")
    }

    /// The program, ready to be given arguments.
    pub(crate) fn command(&self) -> Command {
        Command::from(self.process())
    }

    /// The same for those who start it and do not wait.
    pub(crate) fn process(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kvs"));
        command.current_dir(self.path("")).env_clear();
        for name in ["PATH", "SystemRoot", "TMPDIR", "TEMP"] {
            if let Some(text) = std::env::var_os(name) {
                command.env(name, text);
            }
        }
        let home = self.path("../home");
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "USERPROFILE", "APPDATA"] {
            command.env(name, &home);
        }
        command.env("USER", "tester").env("HOSTNAME", "box");
        command.envs(self.variables.clone());
        command
    }

    /// Runs with `input` on stdin.
    pub(crate) fn feed<A: AsRef<OsStr>>(&self, input: impl AsRef<[u8]>, arguments: &[A]) -> Ran {
        let mut command = self.command();
        let output = command.args(arguments).write_stdin(input.as_ref()).output();
        let output = output.expect("the program starts");
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("messages are text"),
        }
    }

    /// Runs with nothing on stdin.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        self.feed("", arguments)
    }

    /// Runs, and expects exit 0.
    #[track_caller]
    pub(crate) fn ok<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        self.run(arguments).exits(0)
    }

    /// Puts pairs.
    #[track_caller]
    pub(crate) fn put(&self, pairs: &[(&str, &str)]) {
        for (key, value) in pairs {
            self.ok(&["put", "--", key, value]);
        }
    }

    /// The keys here, as `list` prints them.
    #[track_caller]
    pub(crate) fn keys(&self) -> Vec<String> {
        self.ok(&["list"]).text().lines().map(str::to_owned).collect()
    }
}

impl Ran {
    /// Expects an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.text(), self.err);
        self
    }

    /// Expects that nothing was printed on stdout.
    #[track_caller]
    pub(crate) fn silent(self) -> Self {
        assert_eq!(self.text(), "");
        self
    }

    /// Expects a text on stderr.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text:?} is not in stderr:\n{}", self.err);
        self
    }

    /// Stdout as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Stdout as JSON: an object for each line.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.out).expect("JSON is UTF-8");
        let objects = text.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        objects.unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    /// Stdout as one JSON object.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{}", self.text());
        objects.remove(0)
    }

    /// Expects the JSON of a failure, and gives what stands in `error`.
    #[track_caller]
    pub(crate) fn failure(self, exit: i32, code: &str) -> Value {
        let ran = self.exits(exit);
        let last = ran.objects().pop().expect("an object");
        let error = &last["error"];
        assert_eq!(error["code"], code, "{last}");
        assert_eq!(error["exit"], exit, "{last}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{last}");
        assert!(error.get("hint").is_some(), "{last}");
        assert_eq!(error["retryable"], matches!(exit, 5 | 6 | 8 | 130 | 143), "{last}");
        error.clone()
    }
}
