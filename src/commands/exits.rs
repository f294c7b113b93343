//! Which exit codes a command can end with: the part of the table that its man page shows.
//!
//! Every command can be used wrongly, be interrupted and find its disk or data at fault; the rest
//! follows from whether it asks a question, writes, talks to a remote or runs a program.

use crate::error::Kind;

/// The kinds of failure of a command, given by its name without `kvs`, as in `remote add`; the
/// empty name is the program itself. In the order of the table of exit codes, 0 not included.
pub fn exit_kinds(command: &str) -> Vec<Kind> {
    let mut kinds = vec![Kind::Usage, Kind::Disk, Kind::Interrupted, Kind::Terminated];
    let (first, second) = command.split_once(' ').unwrap_or((command, ""));
    if first.is_empty() {
        return crate::error::EXIT_CODES.iter().map(|row| row.kind).collect();
    }
    if !matches!(first, "init" | "completions" | "help" | "config") {
        kinds.push(Kind::Damaged);
    }
    if matches!(first, "put" | "get" | "delete" | "apply" | "exists" | "stat" | "status" | "diff") {
        kinds.push(Kind::No);
    }
    if matches!(command, "config get" | "config unset") {
        kinds.push(Kind::No);
    }
    if is_writer(first, second) {
        kinds.push(Kind::Locked);
    }
    if is_remote(first, second) {
        kinds.extend([Kind::Unavailable, Kind::Auth, Kind::Capability]);
    }
    match first {
        "push" => kinds.extend([Kind::MovedOn, Kind::Unknown]),
        "pull" => kinds.extend([Kind::Conflict, Kind::MovedOn, Kind::Command]),
        "sync" => {
            kinds.extend([Kind::Conflict, Kind::MovedOn, Kind::Unknown, Kind::Command]);
        }
        "fetch" => kinds.push(Kind::MovedOn),
        "status" => kinds.push(Kind::Stale),
        "map" => kinds.push(Kind::Command),
        _ => {}
    }
    kinds.sort_by_key(|kind| kind.exit().code);
    kinds
}

fn is_writer(first: &str, second: &str) -> bool {
    matches!(
        first,
        "put"
            | "delete"
            | "apply"
            | "import"
            | "map"
            | "compact"
            | "push"
            | "fetch"
            | "pull"
            | "sync"
            | "discard"
            | "load"
            | "revert"
    ) || matches!((first, second), ("remote", "add" | "set-url" | "remove" | "take-over"))
        || matches!((first, second), ("catalog", "add" | "remove") | ("config", "set" | "unset"))
}

fn is_remote(first: &str, second: &str) -> bool {
    matches!(first, "clone" | "push" | "fetch" | "pull" | "sync" | "load" | "status" | "compact")
        || first == "fsck"
        || matches!((first, second), ("remote", "check" | "copy" | "destroy" | "take-over"))
        || matches!((first, second), ("remote", "whoami") | ("catalog", "add" | "clone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_named_twice() {
        for command in ["", "put", "push", "sync", "status", "remote check", "config get"] {
            let mut kinds = exit_kinds(command);
            let count = kinds.len();
            kinds.dedup();
            assert_eq!(kinds.len(), count, "{command}");
        }
        assert!(exit_kinds("push").contains(&Kind::MovedOn));
        assert!(!exit_kinds("count").contains(&Kind::Locked));
    }
}
