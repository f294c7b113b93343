//! Who we are at an S3 service: environment variables, then a profile of the AWS files.
//!
//! The first source that is configured decides. One that is configured and unusable is an error
//! that names it, never a reason to go on to the next: that could be another, broader identity.
//! Secrets are not in `Debug`, and nothing here can be serialized.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::url::{RemoteSettings, Variables};
use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// Largest file of profiles that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// An access key with its secret.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// What was found out about the user.
#[derive(Debug)]
pub(super) struct Identity {
    /// None: requests go unsigned.
    pub(super) credentials: Option<Credentials>,
    /// Where they come from, in words for a message.
    pub(super) source: String,
    /// The region that the profile names.
    pub(super) region: Option<String>,
}

/// Looks for credentials.
///
/// # Errors
/// Kind `auth` when a configured source is incomplete or of a kind that cannot be used, or when
/// there is none.
pub(super) fn find(
    env: &Env,
    settings: &RemoteSettings,
    variables: &Variables,
) -> Result<Identity> {
    let profiles = Profiles::read(env, variables)?;
    let explicit = settings.profile.as_deref().or_else(|| variable(variables, "AWS_PROFILE"));
    let profile = explicit.unwrap_or("default");
    let region = profiles.get(profile, "region");
    let found = |credentials, source: &str| {
        let source = source.to_owned();
        Ok(Identity { credentials, source, region: region.clone() })
    };
    if settings.anonymous {
        return found(None, "nobody (anonymous)");
    }
    // As the field's other clients do: a profile that was asked for by setting wins over variables.
    if settings.profile.is_none()
        && let Some(credentials) = from_variables(variables)?
    {
        return found(Some(credentials), "the variable AWS_ACCESS_KEY_ID");
    }
    if let Some((credentials, source)) = profiles.credentials(profile, explicit.is_some())? {
        return found(Some(credentials), &source);
    }
    let later = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    if let Some(name) = later.into_iter().find(|name| variable(variables, name).is_some()) {
        let message = format!("{name} is set, and this build cannot use such credentials");
        return Err(Error::new(Kind::Auth, message).hint(EXPORT));
    }
    let message = format!(
        "no credentials found: tried AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then profile \
         `{profile}` in {}",
        profiles.places()
    );
    Err(Error::new(Kind::Auth, message)
        .hint("Set the variables or make a profile; for a public bucket set `anonymous = true`."))
}

const EXPORT: &str =
    "Run `aws configure export-credentials --format env` and set the variables that it prints.";

/// A variable that is set to something.
pub(super) fn variable<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn from_variables(variables: &Variables) -> Result<Option<Credentials>> {
    let get = |name| variable(variables, name);
    let (key, secret, token) =
        (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"), get("AWS_SESSION_TOKEN"));
    let missing = match (key, secret, token) {
        (None, None, None) => return Ok(None),
        (Some(key), Some(secret), token) => {
            return credentials(key, secret, token, "the variable AWS_ACCESS_KEY_ID").map(Some);
        }
        (None, ..) => "AWS_ACCESS_KEY_ID",
        (_, None, _) => "AWS_SECRET_ACCESS_KEY",
    };
    Err(Error::new(Kind::Auth, format!("credentials in the environment lack {missing}"))
        .hint("Set it, or unset the other AWS_ variables to use a profile."))
}

fn credentials(key: &str, secret: &str, token: Option<&str>, source: &str) -> Result<Credentials> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain(key) || !plain(secret) || !token.is_none_or(plain) {
        let message = format!("credentials from {source} hold spaces or control characters");
        return Err(Error::new(Kind::Auth, message).hint("Set them again, without line ends."));
    }
    Ok(Credentials {
        access_key: key.to_owned(),
        secret_key: secret.to_owned(),
        session_token: token.map(str::to_owned),
    })
}

type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// Both files of profiles, as far as they are there.
struct Profiles {
    /// Of the credentials file, under their names.
    keys: Sections,
    /// Of the config file, under their names.
    config: Sections,
    paths: [Option<PathBuf>; 2],
}

impl Profiles {
    fn read(env: &Env, variables: &Variables) -> Result<Self> {
        let paths = [("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")]
            .map(|(name, file)| file_path(variables, name, file));
        let [keys, config] = &paths;
        let keys = read_sections(env, keys.as_deref())?;
        let mut named = Sections::new();
        for (section, content) in read_sections(env, config.as_deref())? {
            let name = section.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']));
            match name {
                Some(name) => named.insert(name.trim().to_owned(), content),
                None if section == "default" => named.insert(section, content),
                // Of other kinds: `[sso-session x]`, `[services x]`.
                None => None,
            };
        }
        Ok(Self { keys, config: named, paths })
    }

    fn get(&self, profile: &str, name: &str) -> Option<String> {
        let get = |sections: &Sections| sections.get(profile)?.get(name).cloned();
        get(&self.keys).or_else(|| get(&self.config)).filter(|value| !value.is_empty())
    }

    fn places(&self) -> String {
        let paths: Vec<String> =
            self.paths.iter().flatten().map(|path| path.display().to_string()).collect();
        if paths.is_empty() { "no file (HOME is not set)".to_owned() } else { paths.join(" and ") }
    }

    /// The credentials of a profile. One that was asked for must have some.
    fn credentials(&self, profile: &str, asked: bool) -> Result<Option<(Credentials, String)>> {
        let source = format!("profile `{profile}`");
        let fail = |what: String, hint: &str| Err(Error::new(Kind::Auth, what).hint(hint));
        let unusable = ["role_arn", "sso_session", "sso_account_id", "sso_start_url"];
        let of_keys = ["credential_process", "web_identity_token_file", "credential_source"];
        let has = |name: &&str| self.get(profile, name).is_some();
        let in_keys =
            self.keys.get(profile).is_some_and(|keys| keys.contains_key("aws_access_key_id"));
        let unused = unusable
            .into_iter()
            .find(has)
            .or_else(|| of_keys.into_iter().find(has).filter(|_| !in_keys));
        if let Some(name) = unused {
            return fail(
                format!("{source} asks for `{name}`, which this build cannot use"),
                EXPORT,
            );
        }
        let get = |name| self.get(profile, name);
        match (get("aws_access_key_id"), get("aws_secret_access_key")) {
            (Some(key), Some(secret)) => {
                let token = get("aws_session_token");
                Ok(Some((credentials(&key, &secret, token.as_deref(), &source)?, source)))
            }
            (None, None) if !asked => Ok(None),
            (None, None) => {
                let known = self.keys.contains_key(profile) || self.config.contains_key(profile);
                let what = if known { "has no credentials" } else { "is not there" };
                let message = format!("{source} {what}: looked in {}", self.places());
                fail(message, "Check AWS_PROFILE or the remote's `profile` setting.")
            }
            (key, _) => {
                let missing =
                    if key.is_some() { "aws_secret_access_key" } else { "aws_access_key_id" };
                fail(format!("{source} lacks `{missing}`"), "Complete the profile.")
            }
        }
    }
}

fn file_path(variables: &Variables, name: &str, file: &str) -> Option<PathBuf> {
    let home = variable(variables, "HOME").or_else(|| variable(variables, "USERPROFILE"));
    match (variable(variables, name), home) {
        (Some(path), Some(home)) if path.starts_with("~/") => {
            Some(Path::new(home).join(path.trim_start_matches("~/")))
        }
        (Some(path), _) => Some(PathBuf::from(path)),
        (None, home) => Some(Path::new(home?).join(".aws").join(file)),
    }
}

fn read_sections(env: &Env, path: Option<&Path>) -> Result<Sections> {
    let Some(path) = path else { return Ok(Sections::new()) };
    match read_text(env, path) {
        Ok(text) => Ok(sections(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sections::new()),
        Err(error) => {
            let message = format!("cannot read the credentials file {}", path.display());
            Err(Error::new(Kind::Auth, message)
                .hint("Check the file, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
                .because(error))
        }
    }
}

fn read_text(env: &Env, path: &Path) -> io::Result<String> {
    let file = env.files.open(path)?;
    let bytes = file.bytes()?;
    if bytes > FILE_BYTES_MAX {
        return Err(io::Error::other("it is too large"));
    }
    let mut buffer = vec![0; usize::try_from(bytes).unwrap_or(0)];
    file.read_exact_at(&mut buffer, 0)?;
    String::from_utf8(buffer).map_err(io::Error::other)
}

/// The sections of an INI file. Indented lines belong to a setting with parts of its own and are
/// passed over.
fn sections(text: &str) -> Sections {
    let mut found = Sections::new();
    let mut current = None;
    for line in text.lines() {
        if line.starts_with([' ', '\t', '#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let name = name.0.trim().to_owned();
            found.entry(name.clone()).or_default();
            current = Some(name);
        } else if let (Some((key, value)), Some(section)) = (line.split_once('='), &current)
            && let Some(section) = found.get_mut(section)
        {
            section.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(pairs: &[(&str, &str)], files: [&str; 2], profile: Option<&str>) -> Result<Identity> {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".aws");
        std::fs::create_dir(&folder).unwrap();
        for (name, content) in ["credentials", "config"].into_iter().zip(files) {
            if !content.is_empty() {
                std::fs::write(folder.join(name), content).unwrap();
            }
        }
        let mut variables: Variables =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        variables.insert("HOME".to_owned(), home.path().to_str().unwrap().to_owned());
        let profile = profile.map(str::to_owned);
        find(&Env::real(), &RemoteSettings { profile, ..RemoteSettings::default() }, &variables)
    }

    fn key(found: Result<Identity>) -> String {
        found.unwrap().credentials.unwrap().access_key
    }

    fn refused(found: Result<Identity>, named: &str) {
        let error = found.unwrap_err();
        assert_eq!(error.kind(), Kind::Auth);
        assert!(error.message().contains(named), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    const KEYS: &str = "[default]\naws_access_key_id = AKd\naws_secret_access_key = s3cret\n\
                        [work]\naws_access_key_id=AKw\naws_secret_access_key=s3cret\n\
                        aws_session_token = tok\n[half]\naws_access_key_id=AKh\n";
    const CONFIG: &str = "[default]\nregion = eu-west-1\ns3 =\n  region = nested\n\
                          [profile work]\nregion=ap-east-1\n[profile sso]\nsso_session = x\n\
                          [profile role]\nrole_arn = x\naws_access_key_id=A\n\
                          aws_secret_access_key=s3cret\n\
                          [profile run]\ncredential_process = x\n[profile bare]\nregion=x\n";
    const BOTH: [(&str, &str); 2] =
        [("AWS_ACCESS_KEY_ID", "AKe"), ("AWS_SECRET_ACCESS_KEY", "s3cret")];

    #[test]
    fn the_first_configured_source_decides() {
        assert_eq!(key(look(&BOTH, [KEYS, CONFIG], None)), "AKe");
        assert_eq!(key(look(&BOTH, [KEYS, CONFIG], Some("work"))), "AKw");
        assert_eq!(key(look(&[], [KEYS, CONFIG], None)), "AKd");
        assert_eq!(key(look(&[("AWS_PROFILE", "work")], [KEYS, CONFIG], None)), "AKw");
        let work = look(&[("AWS_PROFILE", "work")], [KEYS, CONFIG], None).unwrap();
        assert_eq!(work.region.as_deref(), Some("ap-east-1"));
        assert_eq!(work.credentials.unwrap().session_token.as_deref(), Some("tok"));
        assert_eq!(look(&BOTH, [KEYS, CONFIG], None).unwrap().region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn what_is_configured_and_fails_is_named() {
        refused(look(&BOTH[..1], [KEYS, CONFIG], None), "AWS_SECRET_ACCESS_KEY");
        refused(look(&BOTH[1..], [KEYS, CONFIG], None), "AWS_ACCESS_KEY_ID");
        refused(look(&[], [KEYS, CONFIG], Some("half")), "aws_secret_access_key");
        refused(look(&[], [KEYS, CONFIG], Some("gone")), "`gone`");
        refused(look(&[("AWS_PROFILE", "gone")], [KEYS, CONFIG], None), "`gone`");
        refused(look(&[], [KEYS, CONFIG], Some("bare")), "`bare`");
        refused(look(&[], [KEYS, CONFIG], Some("sso")), "sso_session");
        refused(look(&[], [KEYS, CONFIG], Some("role")), "role_arn");
        refused(look(&[], [KEYS, CONFIG], Some("run")), "credential_process");
        refused(look(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "x")], ["", ""], None), "WEB_IDENTITY");
        refused(look(&[], ["", ""], None), "AWS_ACCESS_KEY_ID");
        refused(
            look(&[("AWS_ACCESS_KEY_ID", "a b"), BOTH[1]], ["", ""], None),
            "AWS_ACCESS_KEY_ID",
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", look(&BOTH, ["", ""], None).unwrap());
        assert!(!shown.contains("s3cret") && !shown.contains("AKe"), "{shown}");
    }
}
