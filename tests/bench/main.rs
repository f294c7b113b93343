//! The figures of kvs, measured on whole processes: `cargo bench`.
//!
//! Method: two commands are run in turn, A B A B, and their times compared pair by pair; the median
//! of the ratios is what counts, since the speed of a machine drifts. Absolute times are there for
//! orientation. Nothing here passes or fails: bounds are a reader's business.
//!
//! The no-op program that start-up is held against is a static C program that returns 0; it needs
//! `cc`. `KVS_BENCH_ROUNDS` sets the pairs of each comparison (default 200).
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people at a terminal, which ends where something fails"
)]

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The program, copied as installing copies it: what a linker has just written lies in the page
/// cache in small pieces, and starts a fifth slower.
static KVS: OnceLock<PathBuf> = OnceLock::new();

fn kvs() -> Command {
    Command::new(KVS.get().unwrap())
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench { dir: folder.path().to_owned(), rounds: rounds() };
    let program = folder.path().join("kvs");
    fs::copy(env!("CARGO_BIN_EXE_kvs"), &program).unwrap();
    KVS.set(program).unwrap();
    let noop = bench.noop();
    let thousand = bench.imported("1e3", 1_000);
    let million = bench.imported("1e6", 1_000_000);
    bench.reading(&noop, &thousand, &million);
    bench.writing(&thousand);
    bench.counting();
    bench.many_puts(&thousand);
}

fn rounds() -> usize {
    std::env::var("KVS_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

struct Bench {
    dir: PathBuf,
    rounds: usize,
}

fn key(n: u32) -> String {
    format!("{n:016}")
}

/// A hundred characters that do not compress.
fn value(n: u32) -> String {
    let mut text = String::new();
    for part in 0..4_u32 {
        write!(text, "{}", blake3::hash(&[n.to_le_bytes(), part.to_le_bytes()].concat())).unwrap();
    }
    text.truncate(100);
    text
}

fn run(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let taken = start.elapsed();
    assert!(status.success(), "{command:?} failed");
    taken
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Bench {
    fn kvs(dir: &Path, args: &[&str]) -> Command {
        let mut command = kvs();
        command.current_dir(dir).args(args);
        command
    }

    /// Runs both in turn and prints the median of the ratios.
    fn compare(
        &self,
        what: &str,
        mut a: impl FnMut() -> Duration,
        mut b: impl FnMut() -> Duration,
    ) {
        for _ in 0..5 {
            a();
            b();
        }
        let mut ratios = Vec::new();
        let (mut all_a, mut all_b) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let (took_a, took_b) = (a().as_secs_f64(), b().as_secs_f64());
            ratios.push(took_a / took_b);
            all_a.push(took_a * 1e6);
            all_b.push(took_b * 1e6);
        }
        let (ratio, a, b) = (median(ratios), median(all_a), median(all_b));
        println!("{what:<58} {ratio:5.2}x  ({a:.0} us : {b:.0} us)");
    }

    fn noop(&self) -> PathBuf {
        let source = self.dir.join("noop.c");
        fs::write(&source, "int main(void) { return 0; }\n").unwrap();
        let program = self.dir.join("noop");
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-static", "-o"]).arg(&program).arg(&source);
        assert!(cc.status().unwrap().success(), "cc failed");
        program
    }

    /// Makes a repository of so many records by importing them in random order.
    fn imported(&self, name: &str, count: u32) -> PathBuf {
        let dir = self.dir.join(name);
        run(kvs().arg("init").arg(&dir));
        let lines = self.dir.join("lines.jsonl");
        let mut file = std::io::BufWriter::new(File::create(&lines).unwrap());
        for n in 0..count {
            // Multiplying by a number without a common factor visits every key once.
            let n = u32::try_from(u64::from(n) * 7_919 % u64::from(count)).unwrap();
            let (key, value) = (key(n), value(n));
            writeln!(file, "{{\"key\":\"{key}\",\"value\":\"{value}\"}}").unwrap();
        }
        file.flush().unwrap();
        let mut import = Self::kvs(&dir, &["import"]);
        import.arg(&lines).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = import.spawn().unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(peak_kib(child.id()));
            std::thread::sleep(Duration::from_millis(2));
        }
        let seconds = start.elapsed().as_secs_f64();
        let rate = f64::from(count) / seconds;
        println!(
            "import of {count} records: {seconds:.2} s, {rate:.0} records/s, peak {} MiB",
            peak / 1024
        );
        fs::remove_file(&lines).unwrap();
        dir
    }

    fn reading(&self, noop: &Path, thousand: &Path, million: &Path) {
        let get = |dir: &Path, n: u32| run(&mut Self::kvs(dir, &["get", &key(n)]));
        self.compare("get at 1e6 keys : at 1e3", || get(million, 777), || get(thousand, 777));
        let start = || run(&mut Command::new(noop));
        self.compare("get at 1e6 keys : static no-op", || get(million, 777), start);
        let version = || run(kvs().arg("--version"));
        self.compare("--version : static no-op", version, start);
    }

    fn writing(&self, dir: &Path) {
        let mut file =
            OpenOptions::new().create(true).append(true).open(self.dir.join("appended")).unwrap();
        let mut base = || {
            let start = run(&mut Command::new("true"));
            let at = Instant::now();
            file.write_all(&[7; 64]).unwrap();
            file.sync_data().unwrap();
            start + at.elapsed()
        };
        let put = || run(&mut Self::kvs(dir, &["put", "some key", "some value of a few bytes"]));
        self.compare("put : `true` and one fdatasync of 64 bytes", put, &mut base);
    }

    fn counting(&self) {
        let make = |name: &str, count: u32| {
            let dir = self.imported(name, count);
            let url = self.dir.join(format!("{name}-remote"));
            run(Self::kvs(&dir, &["remote", "add", "origin"]).arg(url));
            run(&mut Self::kvs(&dir, &["push"]));
            run(&mut Self::kvs(&dir, &["put", "a", "b"]));
            dir
        };
        let (few, many) = (make("few", 10), make("many", 500_000));
        for verb in ["status", "count"] {
            let of = |dir: &Path| run(&mut Self::kvs(dir, &[verb]));
            self.compare(&format!("{verb} at 5e5 keys : at 10"), || of(&many), || of(&few));
        }
    }

    /// What single puts do to a cold get: they leave a log and segments of growing size behind.
    fn many_puts(&self, thousand: &Path) {
        let dir = self.dir.join("puts");
        run(kvs().arg("init").arg(&dir));
        let env = kvs::env::Env::real();
        let repo = kvs::repo::Repo::open(&env, &dir, kvs::repo::Config::default()).unwrap();
        let count = 100_000_u32;
        let mut slowest = Duration::ZERO;
        let start = Instant::now();
        for n in 0..count {
            let at = Instant::now();
            let n = u32::try_from(u64::from(n) * 7_919 % u64::from(count)).unwrap();
            repo.put(key(n).as_bytes(), value(n).as_bytes()).unwrap();
            slowest = slowest.max(at.elapsed());
        }
        let each = start.elapsed().as_secs_f64() / f64::from(count) * 1e6;
        println!("{count} single puts: {each:.0} us each, the slowest {} ms", slowest.as_millis());
        let get = |dir: &Path, n: u32| run(&mut Self::kvs(dir, &["get", &key(n)]));
        self.compare(
            "get after 1e5 single puts : at 1e3 keys",
            || get(&dir, 7),
            || get(thousand, 7),
        );
    }
}

/// The most memory that a process has used so far, in KiB; 0 where it cannot be told.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
