//! Settings from every source, and files that keep their comments.
#![expect(clippy::disallowed_methods, reason = "tests arrange what is found")]

use super::*;
use crate::error::Kind;

struct Place {
    _dir: tempfile::TempDir,
    repo: PathBuf,
    user: PathBuf,
    env: Env,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path().join("repo");
    std::fs::create_dir_all(repo.join(".kvs")).unwrap();
    let user = dir.path().join("config/config.toml");
    Place { repo, user, _dir: dir, env: Env::real() }
}

impl Place {
    fn repo_file(&self, text: &str) {
        std::fs::write(self.repo.join(".kvs/config.toml"), text).unwrap();
    }

    fn load(&self, variables: &[(&str, &str)], overrides: &[&str]) -> Result<Config> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        let sources = Sources {
            user: Some(self.user.clone()),
            repo: Some(&self.repo),
            variables: variables.iter().map(owned).collect(),
            overrides: &overrides,
        };
        Config::load(&self.env, sources)
    }

    fn set(&self, name: &str, text: &str) -> Result<()> {
        let name: Name = name.parse()?;
        let file = ConfigFile::of_repo(&self.repo);
        file.edit(&self.env, Duration::ZERO, |document| document.set(&name, text))
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.repo.join(".kvs/config.toml")).unwrap()
    }
}

fn get(config: &Config, name: &str) -> Option<String> {
    config.get(&name.parse().unwrap()).map(|setting| setting.text.clone())
}

#[test]
fn later_sources_win() {
    let place = place();
    let config = place.load(&[], &[]).unwrap();
    assert_eq!(get(&config, "lock.timeout"), None);
    assert_eq!(config.lock_timeout(), Duration::from_secs(10));
    std::fs::create_dir_all(place.user.parent().unwrap()).unwrap();
    std::fs::write(&place.user, "[lock]\ntimeout = 1\n[user]\nname = \"u\"").unwrap();
    assert_eq!(place.load(&[], &[]).unwrap().lock_timeout(), Duration::from_secs(1));
    place.repo_file("lock.timeout = 2");
    let config = place.load(&[], &[]).unwrap();
    assert_eq!(config.lock_timeout(), Duration::from_secs(2));
    assert_eq!(config.author(), "u");
    assert_eq!(get(&config, "user.name").unwrap(), "u");
    let variable = [("KVS_LOCK_TIMEOUT", "3")];
    assert_eq!(place.load(&variable, &[]).unwrap().lock_timeout(), Duration::from_secs(3));
    let config = place.load(&variable, &["lock.timeout=4", "lock.timeout=5.5"]).unwrap();
    assert_eq!(config.lock_timeout(), Duration::from_millis(5500));
}

#[test]
fn variables_are_mapped_and_unknown_ones_ignored() {
    let place = place();
    place.repo_file("[remote.MyBox]\nurl = \"/a\"");
    let variables = [
        ("KVS_DIR", "/nowhere"),
        ("KVS_KEY", "k"),
        ("KVS_NONSENSE", "x"),
        ("KVS_USER_NAME", ""),
        ("KVS_KEY_ENCODING", "hex"),
        ("KVS_REMOTE_MYBOX_PATH_STYLE", "true"),
        ("KVS_REMOTE_ORIGIN_URL", "s3://b/p"),
    ];
    let config = place.load(&variables, &[]).unwrap();
    assert_eq!(config.key_text().encoding, KeyEncoding::Hex);
    assert_eq!(config.remotes(), ["MyBox", "origin"]);
    assert_eq!(config.remote("MyBox").unwrap().path_style, Some(true));
    assert_eq!(config.remote("origin").unwrap().url, "s3://b/p");
    assert!(config.remote("other").is_none());
    assert!(!config.author().is_empty());
    let error = place.load(&[("KVS_KEY_ENCODING", "rot13")], &[]).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.message().contains("variable KVS_KEY_ENCODING"), "{error}");
}

#[test]
fn unknown_names_are_errors_that_name_the_nearest() {
    let place = place();
    for (name, nearest) in [
        ("user.nam", "user.name"),
        ("lock.timout", "lock.timeout"),
        ("remote.origin.pathstyle", "remote.origin.path_style"),
        ("keyencoding", "key.encoding"),
    ] {
        let error = place.load(&[], &[&format!("{name}=x")]).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert_eq!(error.message(), format!("there is no setting {name}"));
        assert_eq!(error.hint_text().unwrap(), format!("The nearest one is {nearest}."));
        assert_eq!(place.set(name, "x").unwrap_err().message(), error.message());
    }
    place.repo_file("[user]\nnick = 1");
    let error = place.load(&[], &[]).unwrap_err();
    assert!(error.message().contains("config.toml"), "{error}");
    assert!(error.message().contains("user.nick"), "{error}");
}

#[test]
fn secrets_are_refused_and_not_repeated() {
    let place = place();
    for name in ["remote.origin.secret_access_key", "aws.token", "remote.x.password"] {
        let error = place.set(name, "hunter2").unwrap_err();
        assert!(error.message().contains("looks like a secret"), "{error}");
        assert!(!error.message().contains("hunter2"));
        assert!(error.hint_text().unwrap().contains("AWS_SECRET_ACCESS_KEY"));
    }
    let error = place.set("remote.origin.url", "https://me:hunter2@host/x").unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"));
    assert!(place.set("remote.origin.url", "s3://bucket/a@b").is_ok());
}

#[test]
fn values_are_checked() {
    let place = place();
    for (name, text) in [
        ("key.encoding", "utf8"),
        ("key.normalize", "NFC"),
        ("pull.strategy", "mine"),
        ("pull.strategy", "cmd:"),
        ("lock.timeout", "soon"),
        ("history.keep", "3"),
        ("remote.o.path_style", "yes"),
        ("remote.-o.url", "/x"),
        ("user.name", "a\nb"),
        ("merge.\"*.log\"", "nothing"),
    ] {
        assert_eq!(place.set(name, text).unwrap_err().kind(), Kind::Usage, "{name}");
    }
    assert!(place.load(&[], &["user.name"]).is_err());
}

#[test]
fn globs_may_hold_anything() {
    let place = place();
    place.set("merge.\"a.b=c/*\"", "theirs").unwrap();
    place.set("merge.logs/*", "ours").unwrap();
    let config = place.load(&[], &["merge.\"x=y\"=theirs"]).unwrap();
    let rules = config.merge_rules();
    let rule = |glob: &str, strategy: &str| (glob.to_owned(), strategy.to_owned());
    assert_eq!(rules, [rule("a.b=c/*", "theirs"), rule("logs/*", "ours"), rule("x=y", "theirs")]);
}

#[test]
fn changes_keep_comments_and_order() {
    let place = place();
    place.repo_file("# mine\n[user]\nname = \"a\" # me\n\n[lock]\n# wait\ntimeout = 3\n");
    place.set("user.name", "b").unwrap();
    place.set("remote.origin.url", "s3://b/p").unwrap();
    place.set("remote.origin.path_style", "true").unwrap();
    assert_eq!(
        place.text(),
        "# mine\n[user]\nname = \"b\" # me\n\n[lock]\n# wait\ntimeout = 3\n\n\
         [remote.origin]\nurl = \"s3://b/p\"\npath_style = true\n"
    );
    let file = ConfigFile::of_repo(&place.repo);
    let name: Name = "remote.origin.path_style".parse().unwrap();
    let unset = |name: &Name| {
        file.edit(&place.env, Duration::ZERO, |document| Ok(document.unset(name))).unwrap()
    };
    assert!(unset(&name));
    assert!(!unset(&name));
    assert_eq!(place.load(&[], &[]).unwrap().remote("origin").unwrap().path_style, None);
    let removed =
        file.edit(&place.env, Duration::ZERO, |document| Ok(document.remove_remote("origin")));
    assert!(removed.unwrap());
    assert!(!place.text().contains("remote"));
    // Nothing is left beside the file.
    let names: Vec<_> = std::fs::read_dir(place.repo.join(".kvs")).unwrap().collect();
    assert_eq!(names.len(), 2, "config.toml and lock: {names:?}");
}

#[test]
fn a_held_lock_is_waited_for_and_named() {
    let place = place();
    let held = place.env.files.try_lock(&place.repo.join(".kvs/lock")).unwrap();
    assert!(held.is_some());
    assert_eq!(place.set("user.name", "a").unwrap_err().kind(), Kind::Locked);
    drop(held);
    place.set("user.name", "a").unwrap();
}

#[test]
fn what_is_no_toml_is_placed() {
    let place = place();
    place.repo_file("[user]\nname = \n");
    let error = place.load(&[], &[]).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.message().contains("line 2"), "{error}");
}
