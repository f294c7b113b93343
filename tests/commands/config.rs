//! `kvs config`.

use crate::common::place::Place;

#[test]
fn settings_are_read_and_changed() {
    let place = Place::repo();
    place.run(&["config", "get", "user.name"]).exits(1).silent().says("user.name is not set");
    place.run(&["--json", "config", "get", "user.name"]).failure(1, "no");
    place.ok(&["config", "set", "user.name", "Ada L."]).silent();
    assert_eq!(place.ok(&["config", "get", "user.name"]).text(), "Ada L.\n");
    place.ok(&["config", "set", "lock.timeout", "3"]);
    assert_eq!(place.ok(&["config", "list"]).text(), "lock.timeout=3\nuser.name=Ada L.\n");
    let objects = place.ok(&["config", "list", "--json"]).objects();
    assert_eq!(objects[1]["name"], "user.name");
    assert_eq!(objects[1]["value"], "Ada L.");
    place.ok(&["config", "unset", "user.name"]);
    place.run(&["config", "unset", "user.name"]).exits(1);
    assert_eq!(place.ok(&["config", "list"]).text(), "lock.timeout=3\n");
}

#[test]
fn unknown_names_and_bad_values() {
    let place = Place::repo();
    place.run(&["config", "set", "user.nmae", "x"]).exits(2).says("user.name");
    place.run(&["config", "get", "lock.time"]).exits(2).says("lock.timeout");
    place.run(&["-c", "key.encodin=hex", "count"]).exits(2).says("key.encoding");
    place.run(&["config", "set", "key.encoding", "morse"]).exits(2).says("raw, hex or base64");
    let ran = place.run(&["config", "set", "remote.origin.secret_access_key", "hunter2"]).exits(2);
    assert!(!ran.err.contains("hunter2"));
    ran.says("AWS_SECRET_ACCESS_KEY");
}

#[test]
fn an_unknown_name_in_the_file_stops_commands_but_can_be_mended() {
    let place = Place::repo();
    place.write(".kvs/config.toml", "# mine\n[lock]\ntimout = 3\n");
    place.run(&["count"]).exits(2).says("lock.timeout").says("config.toml");
    place.write(".kvs/config.toml", "# mine\n[key]\nencoding = \"x\"\n");
    place.run(&["count"]).exits(2).says("key.encoding");
    place.ok(&["config", "set", "key.encoding", "hex"]);
    assert_eq!(place.read(".kvs/config.toml"), b"# mine\n[key]\nencoding = \"hex\"\n");
    place.ok(&["count"]);
}

#[test]
fn the_users_file_is_below_the_repositorys() {
    let mut place = Place::repo();
    place.ok(&["config", "set", "--global", "user.name", "me"]);
    assert_eq!(place.ok(&["config", "get", "user.name"]).text(), "me\n");
    place.ok(&["config", "set", "user.name", "here"]);
    assert_eq!(place.ok(&["config", "get", "user.name"]).text(), "here\n");
    assert_eq!(place.ok(&["config", "get", "--global", "user.name"]).text(), "me\n");
    place.set("KVS_USER_NAME", "variable");
    assert_eq!(place.ok(&["config", "get", "user.name"]).text(), "variable\n");
    let ran = place.ok(&["-c", "user.name=argument", "config", "get", "user.name"]);
    assert_eq!(ran.text(), "argument\n");
    let ran = place.ok(&["config", "-c", "user.name=argument", "get", "user.name"]);
    assert_eq!(ran.text(), "argument\n");
}

#[test]
fn outside_a_repository() {
    let place = Place::empty();
    place.run(&["config", "set", "user.name", "x"]).exits(2);
    place.ok(&["config", "set", "--global", "user.name", "x"]);
    assert_eq!(place.ok(&["config", "get", "user.name"]).text(), "x\n");
    place.run(&["config"]).exits(2);
}
