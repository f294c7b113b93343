//! Goal: a pull does to every key exactly what was promised: what one side alone changed is taken
//! or stays, what both changed in the same way is nobody's, and the rest is decided by the strategy
//! or stops the pull with nothing changed.
//!
//! Method: the real program on two clones, with a key for each pair of things that the two sides
//! can do to it, for keys that the base has and keys that it has not; after each pull the content,
//! what is unpushed, exit code and reported conflicts are held against a table, and the result is
//! pushed and pulled by the other side. (With clocks that are wrong: `clocks`.)

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::place::Place;

/// What a side does to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Nothing,
    /// Puts what the base has, or would have.
    PutBase,
    /// Puts the same as the other side may put.
    PutSame,
    /// Puts a value that only this side puts.
    PutOwn,
    Delete,
}

const ACTS: [Act; 5] = [Act::Nothing, Act::PutBase, Act::PutSame, Act::PutOwn, Act::Delete];

/// A key's life on both sides.
#[derive(Clone, Copy, Debug)]
struct Case {
    in_base: bool,
    ours: Act,
    theirs: Act,
}

/// How a conflict is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    Ours,
    Theirs,
    /// The value `merged`.
    Merged,
    Deleted,
}

type Text = Option<&'static str>;

fn after(act: Act, base: Text, own: &'static str) -> Text {
    match act {
        Act::Nothing => base,
        Act::PutBase => Some("base"),
        Act::PutSame => Some("same"),
        Act::PutOwn => Some(own),
        Act::Delete => None,
    }
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let pairs = ACTS.iter().flat_map(|ours| ACTS.map(|theirs| (*ours, theirs)));
        pairs.flat_map(|(ours, theirs)| [true, false].map(|in_base| Self { in_base, ours, theirs }))
    }

    fn key(self) -> String {
        let base = if self.in_base { "old" } else { "new" };
        format!("{base}/{:?}/{:?}", self.ours, self.theirs)
    }

    /// The values of base, ours and theirs.
    fn sides(self) -> (Text, Text, Text) {
        let base = self.in_base.then_some("base");
        (base, after(self.ours, base, "ours"), after(self.theirs, base, "theirs"))
    }

    fn is_conflict(self) -> bool {
        let (base, ours, theirs) = self.sides();
        ours != base && theirs != base && ours != theirs
    }

    /// What a pull leaves.
    fn result(self, end: End) -> Text {
        let (base, ours, theirs) = self.sides();
        match end {
            _ if !self.is_conflict() => {
                if ours == base {
                    theirs
                } else {
                    ours
                }
            }
            End::Ours | End::Open => ours,
            End::Theirs => theirs,
            End::Merged => Some("merged"),
            End::Deleted => None,
        }
    }
}

/// One line for each difference, as `status --porcelain` has them.
fn difference(key: &str, value: Text, base: Text) -> Option<String> {
    match (value, base) {
        (Some(_), None) => Some(format!("A {key}")),
        (None, Some(_)) => Some(format!("D {key}")),
        (Some(value), Some(base)) if value != base => Some(format!("M {key}")),
        _ => None,
    }
}

/// Does one side's part to all keys, as one transaction.
fn act(place: &Place, dir: &str, side: impl Fn(Case) -> (Act, &'static str)) {
    let mut lines = String::new();
    for case in Case::all() {
        let (act, own) = side(case);
        let line = match (act, after(act, None, own)) {
            (Act::Delete, _) => json!({"op": "delete", "key": case.key()}),
            (_, Some(value)) => json!({"op": "put", "key": case.key(), "value": value}),
            (_, None) => continue,
        };
        lines += &line.to_string();
        lines.push('\n');
    }
    place.feed(lines, &["-C", dir, "apply"]).exits(0);
}

/// Two clones after both did their parts; `../other` has pushed its. `ours_first`: in which order.
fn both_sides(ours_first: bool) -> Place {
    let place = Place::with_remote();
    act(&place, ".", |case| (if case.in_base { Act::PutBase } else { Act::Nothing }, ""));
    place.ok(&["push"]);
    place.ok(&["clone", "../remote", "../other"]);
    let ours = || act(&place, ".", |case| (case.ours, "ours"));
    let theirs = || act(&place, "../other", |case| (case.theirs, "theirs"));
    if ours_first {
        ours();
        theirs();
    } else {
        theirs();
        ours();
    }
    place.ok(&["-C", "../other", "push"]);
    place
}

fn content(place: &Place, dir: &str) -> BTreeMap<String, String> {
    let pairs = place.ok(&["-C", dir, "list", "--values"]).objects();
    let text = |pair: &Value, name: &str| pair[name].as_str().unwrap().to_owned();
    pairs.iter().map(|pair| (text(pair, "key"), text(pair, "value"))).collect()
}

fn unpushed(place: &Place) -> Vec<String> {
    let text = place.ok(&["status", "--porcelain"]).text();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// Pulls, and checks everything. `end` tells how each conflict is to end; one that stays open
/// keeps the pull from changing anything.
fn pulls(arguments: &[&str], ours_first: bool, end: impl Fn(Case) -> End) {
    let place = both_sides(ours_first);
    let open: Vec<Case> =
        Case::all().filter(|case| case.is_conflict() && end(*case) == End::Open).collect();
    let ran = place.run(&[&["--json", "pull"], arguments].concat());
    let (mut expected, mut differences) = (BTreeMap::new(), Vec::new());
    for case in Case::all() {
        let (base, ours, theirs) = case.sides();
        let (value, below) =
            if open.is_empty() { (case.result(end(case)), theirs) } else { (ours, base) };
        expected.extend(value.map(|value| (case.key(), value.to_owned())));
        differences.extend(difference(&case.key(), value, below));
    }
    differences.sort_by(|a, b| a[2..].cmp(&b[2..]));
    if open.is_empty() {
        assert_eq!(ran.exits(0).json()["version"], 2, "{arguments:?}");
    } else {
        let error = ran.failure(3, "conflict");
        let verb = |text: Text| if text.is_some() { "put" } else { "delete" };
        let mut conflicts: Vec<Value> = open
            .iter()
            .map(|case| {
                let (_, ours, theirs) = case.sides();
                json!({"key": case.key(), "ours": verb(ours), "theirs": verb(theirs)})
            })
            .collect();
        conflicts.sort_by_key(|conflict| conflict["key"].as_str().unwrap().to_owned());
        assert_eq!(error["conflicts"], Value::Array(conflicts), "{arguments:?}");
    }
    assert_eq!(content(&place, "."), expected, "{arguments:?}");
    assert_eq!(unpushed(&place), differences, "{arguments:?}");
    assert_eq!(place.ok(&["count"]).text(), format!("{}\n", expected.len()));
    if open.is_empty() {
        place.ok(&["push"]);
        assert!(unpushed(&place).is_empty());
        place.ok(&["-C", "../other", "pull"]);
        assert_eq!(content(&place, "../other"), expected, "{arguments:?}");
    } else {
        place.run(&["push"]).exits(4);
    }
}

#[test]
fn fail_lists_the_conflicts_and_changes_nothing() {
    pulls(&[], false, |_| End::Open);
    pulls(&["--strategy", "fail"], true, |_| End::Open);
}

#[test]
fn ours_and_theirs() {
    pulls(&["--strategy", "ours"], false, |_| End::Ours);
    pulls(&["--strategy", "theirs"], false, |_| End::Theirs);
}

#[test]
fn newest_goes_by_the_time_of_writing() {
    pulls(&["--strategy", "newest"], false, |_| End::Ours);
    pulls(&["--strategy", "newest"], true, |_| End::Theirs);
}

#[test]
fn patterns_come_before_the_strategy() {
    let old = |case: Case, old, new| if case.in_base { old } else { new };
    pulls(&["--ours", "old/*"], false, |case| old(case, End::Ours, End::Open));
    pulls(&["--theirs", "old/*"], false, |case| old(case, End::Theirs, End::Open));
    pulls(&["--theirs", "old/*", "--ours", "n?w*"], false, |case| {
        old(case, End::Theirs, End::Ours)
    });
    let arguments = ["--strategy", "theirs", "--ours", "*/PutOwn/[C-E]*"];
    pulls(&arguments, false, |case| match (case.ours, case.theirs) {
        (Act::PutOwn, Act::Delete) => End::Ours,
        _ => End::Theirs,
    });
}

#[cfg(unix)]
#[test]
fn a_program_decides() {
    pulls(&["--strategy", "cmd:printf merged"], false, |_| End::Merged);
    pulls(&["--strategy", "cmd:exit 100"], false, |_| End::Deleted);
    pulls(&["--strategy", "cmd:printf merged; exit 1"], false, |_| End::Open);
    let by_key = "cmd:case $KVS_KEY in old/*) exit 100;; esac; printf merged";
    pulls(
        &["--strategy", by_key],
        false,
        |case| {
            if case.in_base { End::Deleted } else { End::Merged }
        },
    );
    let some = "cmd:case $KVS_KEY in old/*) exit 3;; esac; printf merged";
    pulls(&["--strategy", some], false, |case| if case.in_base { End::Open } else { End::Merged });
    // Keys that the base has not: no base side; a deleted side is none.
    let sides = r#"cmd:test "${KVS_BASE-none}" = none || exit 9
        ours=none theirs=none
        test -z "${KVS_OURS:-}" || ours=$(cat "$KVS_OURS")
        test -z "${KVS_THEIRS:-}" || theirs=$(cat "$KVS_THEIRS")
        case "$KVS_KEY $ours $theirs" in
        */PutOwn/*" ours "*) printf merged;;
        */PutOwn" "*" theirs") printf merged;;
        */PutBase/PutSame" base same") printf merged;;
        */PutSame/PutBase" same base") printf merged;;
        *) exit 9;;
        esac"#;
    let arguments = ["--strategy", sides, "--ours", "old/*"];
    pulls(&arguments, false, |case| if case.in_base { End::Ours } else { End::Merged });
}

#[cfg(unix)]
#[test]
fn a_program_that_is_not_there_changes_nothing() {
    let place = both_sides(false);
    let before = (content(&place, "."), unpushed(&place));
    let ran = place.run(&["--json", "pull", "--strategy", "cmd:kvs-no-such-program"]);
    ran.failure(13, "command");
    assert_eq!((content(&place, "."), unpushed(&place)), before);
    assert_eq!(place.ok(&["status", "--json"]).json()["version"], 1);
    place.run(&["pull"]).exits(3);
}

#[test]
fn there_and_back_is_a_change() {
    let place = Place::with_clone();
    for value in ["2", "1"] {
        place.ok(&["-C", "../other", "put", "base", value]);
        place.ok(&["-C", "../other", "push"]);
    }
    place.put(&[("base", "3")]);
    place.run(&["pull"]).exits(3);
    // Put back here, it is no longer changed here.
    place.put(&[("base", "1")]);
    place.ok(&["pull"]);
    assert!(unpushed(&place).is_empty());
}

/// What a program writes while it is asked is compared like the rest.
#[cfg(unix)]
#[test]
fn keys_written_while_it_compares() {
    let program = env!("CARGO_BIN_EXE_kvs");
    for (rest, code, b) in [
        ("printf merged", 0, "merged"),
        ("case $KVS_KEY in b) exit 1;; esac; printf merged", 3, "mine"),
        ("case $KVS_KEY in b) exit 100;; esac; printf merged", 0, ""),
    ] {
        let place = Place::with_clone();
        for dir in [".", "../other"] {
            place.ok(&["-C", dir, "put", "a", dir]);
        }
        place.ok(&["-C", "../other", "put", "b", "theirs"]);
        place.ok(&["-C", "../other", "push"]);
        let once = format!(
            "cmd:test -e asked || {{ touch asked; '{program}' put b mine && '{program}' put c new; \
             }}; {rest}"
        );
        place.run(&["pull", "--strategy", &once]).exits(code);
        assert!(place.path("asked").exists());
        assert_eq!(place.ok(&["get", "b", "--default", ""]).text(), b, "{rest}");
        assert_eq!(place.ok(&["get", "c"]).text(), "new");
        let a = if code == 0 { "merged" } else { "." };
        assert_eq!(place.ok(&["get", "a"]).text(), a);
        let expected: &[&str] = match (code, b) {
            (0, "") => &["M a", "D b", "A c"],
            (0, _) => &["M a", "M b", "A c"],
            _ => &["A a", "A b", "A c"],
        };
        assert_eq!(unpushed(&place), expected, "{rest}");
    }
}
