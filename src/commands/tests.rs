//! The command tree as a whole: what clap accepts, and the two ways to parse.

use clap::CommandFactory;

use super::*;

#[test]
fn clap_accepts_every_command() {
    Call::command().debug_assert();
}

/// The list above has to say it again, since the arguments are not made for the overview.
#[test]
fn the_overview_says_what_each_command_says() {
    let overview = Call::command();
    let mut built = Call::command();
    built.build();
    for command in overview.get_subcommands() {
        let name = command.get_name();
        let full = built.find_subcommand(name).unwrap();
        let about = |command: &clap::Command| command.get_about().map(ToString::to_string);
        assert_eq!(about(command), about(full), "{name}");
        assert!(full.get_long_about().is_some(), "{name} has no long help");
    }
}

#[test]
fn every_command_tells_its_exit_status() {
    let mut built = Call::command();
    built.build();
    for command in built.get_subcommands() {
        let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.contains("Exit status:"), "{}", command.get_name());
    }
}

fn globals(arguments: &[&str]) -> Globals {
    let call = Call::try_parse_from(arguments).unwrap();
    call.command.globals().into_iter().fold(call.globals.clone(), Globals::and)
}

#[test]
fn global_options_add_up_over_all_places() {
    let all = globals(&[
        "kvs",
        "-v",
        "-C",
        "a",
        "-c",
        "x=1",
        "--color=never",
        "remote",
        "-C",
        "b",
        "list",
        "-v",
        "-q",
        "-c",
        "y=2",
        "--color",
        "always",
        "--json",
        "-C",
        "c",
    ]);
    assert_eq!(all.dirs, ["a", "b", "c"].map(std::path::PathBuf::from));
    assert_eq!(all.settings, ["x=1", "y=2"]);
    assert_eq!(all.level(), 1);
    assert!(all.json);
    assert_eq!(all.color.as_deref(), Some("always"));
}

#[test]
fn data_may_begin_with_a_dash() {
    for arguments in [
        &["kvs", "get", "k", "--default", "-x"][..],
        &["kvs", "put", "k", "--if-value", "--", "v"],
        &["kvs", "put", "k", "-1.5"],
        &["kvs", "put", "k", "-3", "--json"],
        &["kvs", "put", "--", "-k", "-v"],
        &["kvs", "list", "--start", "-a", "--end", "--z"],
        &["kvs", "delete", "--prefix", "-a"],
        &["kvs", "discard", "--prefix", "-a"],
        &["kvs", "push", "-m", "-fix"],
        &["kvs", "sync", "-m", "--", "--json"],
    ] {
        Call::try_parse_from(arguments).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_command_parsed_alone_is_what_the_whole_parser_makes_of_it() {
    let calls = [
        "kvs get k",
        "kvs get --json -q a b -C x --json",
        "kvs get --default -1 k -o file",
        "kvs put k -5",
        "kvs set --if-value - k v",
        "kvs put -- -k -v",
        "kvs exists a b --lock-timeout 3",
        "kvs rm --prefix -x --strict",
        "kvs delete --all --json",
        "kvs count p -c a.b=c -c d.e=f",
    ];
    for call in calls {
        let arguments: Vec<OsString> = call.split(' ').map(OsString::from).collect();
        let alone = Command::parse_alone(&arguments).map(|command| format!("{command:?}"));
        let whole = Call::try_parse_from(&arguments).ok();
        let whole = whole.map(|whole| format!("{:?}", whole.command));
        assert_eq!(alone, whole, "{call}");
    }
}

#[test]
fn what_is_wrong_or_asks_for_help_is_left_to_the_whole_parser() {
    for call in ["kvs get --help", "kvs get --nonsense k", "kvs -q get k", "kvs", "kvs list"] {
        let arguments: Vec<OsString> = call.split(' ').map(OsString::from).collect();
        assert!(Command::parse_alone(&arguments).is_none(), "{call}");
    }
}
