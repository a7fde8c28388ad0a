//! Finds the credentials for a registry as the `docker` command does: in
//! `DOCKER_AUTH_CONFIG`, in Docker's `config.json`, or in the credential helper that
//! this names.
//!
//! The crate `docker_credential` reads it, too, but it waits for a helper forever
//! (a helper may prompt for a password where no user sees it), writes to it through
//! a pipe (if the helper does not read, SIGPIPE kills this process), and puts the
//! output of a failed helper, which may contain a secret, into its error.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::contents::{Contents, HelperName};
use super::helper::{self, Answer};
use super::{Credentials, Secret};
use crate::call_context::CallContext;
use crate::error::Result;

/// The size limit of the file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
const UNREADABLE: &str = "the Docker config cannot be read";
/// The variable that comes before the file.
const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// Where credentials are configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct DockerConfig {
    /// The directory that holds the `config.json`.
    directory: Option<PathBuf>,
    /// The contents of `DOCKER_AUTH_CONFIG`.
    variable: Option<Variable>,
}

/// A variable that may hold secrets.
#[derive(Clone)]
struct Variable(String);

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// What became of a search for credentials. Shows no secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) credentials: Option<Credentials>,
    /// Where they are from, or why there are none.
    pub(crate) origin: String,
    /// What could not be used.
    pub(crate) problems: Vec<String>,
}

impl DockerConfig {
    /// The `config.json` in `directory`, and the contents of `DOCKER_AUTH_CONFIG`.
    pub(crate) fn new(directory: Option<PathBuf>, variable: Option<String>) -> Self {
        DockerConfig { directory, variable: variable.map(Variable) }
    }

    /// Sets the directory; `DOCKER_AUTH_CONFIG` still comes first.
    pub(crate) fn set_directory(&mut self, directory: PathBuf) {
        self.directory = Some(directory);
    }

    /// Searches for the credentials for `registry`. The file is read each time,
    /// because a user may log in meanwhile.
    ///
    /// # Errors
    /// Only that the call's limits ended it.
    pub(crate) fn search(&self, context: &CallContext, registry: &str) -> Result<Search> {
        let mut search = Search::default();
        let key = key_of(registry);
        if let Some(Variable(text)) = &self.variable {
            if let Some(secret) = search.own_entry(text, VARIABLE, key) {
                search.found(secret, format!("from {VARIABLE}"));
                return Ok(search);
            }
        }
        match &self.directory {
            Some(directory) => search.file(context, &directory.join("config.json"), key)?,
            None => search.origin = "no Docker config is set".to_owned(),
        }
        if search.credentials.is_none() {
            search.origin.push_str("; use `docker login`, or set the credentials of the pull");
        }
        Ok(search)
    }
}

/// The name of a registry in the file and in the helpers' protocol.
pub(crate) fn key_of(registry: &str) -> &str {
    match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => "https://index.docker.io/v1/",
        other => other,
    }
}

impl Search {
    fn found(&mut self, secret: Secret, origin: String) {
        (self.credentials, self.origin) = (Some(Credentials(secret)), origin);
    }

    /// The credentials in the `auths` of `text` itself.
    fn own_entry(&mut self, text: &str, origin: &str, key: &str) -> Option<Secret> {
        let mut contents = self.parse(text, origin)?;
        let secret = contents.secret_for(key);
        self.add_problems(origin, contents.problems);
        secret
    }

    fn parse<'a>(&mut self, text: &'a str, origin: &str) -> Option<Contents<'a>> {
        let parsed = Contents::parse(text);
        parsed.map_err(|problem| self.problems.push(format!("{origin}: {problem}"))).ok()
    }

    fn add_problems(&mut self, origin: &str, problems: Vec<String>) {
        let all = problems.into_iter().map(|problem| format!("{origin}: {problem}"));
        self.problems.extend(all);
    }

    /// Searches the file and the helper that it names.
    fn file(&mut self, context: &CallContext, path: &Path, key: &str) -> Result<()> {
        let file = path.display().to_string();
        self.origin = format!("{file} has none for {key}");
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.origin = format!("{file} does not exist");
                return Ok(());
            }
            Err(error) => {
                self.origin = UNREADABLE.to_owned();
                self.problems.push(format!("cannot read {file}: {error}"));
                return Ok(());
            }
        };
        let Some(mut contents) = self.parse(&text, &file) else {
            self.origin = UNREADABLE.to_owned();
            return Ok(());
        };
        let own = contents.secret_for(key);
        let helper = contents.helper_for(key);
        self.add_problems(&file, contents.problems);
        match helper {
            Some(helper) => self.helper(context, &helper, &file, (key, own)),
            None => {
                if let Some(secret) = own {
                    self.found(secret, format!("from {file}"));
                }
                Ok(())
            }
        }
    }

    /// Asks a helper. Where it fails, the file's own credentials are used; beside
    /// those of the helper, only the file's registry token.
    fn helper(
        &mut self,
        context: &CallContext,
        helper: &HelperName,
        file: &str,
        (key, own): (&str, Option<Secret>),
    ) -> Result<()> {
        let program = format!("docker-credential-{}", helper.name);
        let by_file = format!("{program} (the {:?} of {file})", helper.field);
        match helper::ask(context, &program, key) {
            Ok(answer) => {
                let registry_token = own.map(|own| own.registry_token).unwrap_or_default();
                let secret = match answer {
                    Answer::Found(secret) => Secret { registry_token, ..secret },
                    Answer::NotFound => Secret { registry_token, ..Secret::default() },
                };
                if secret.is_empty() {
                    self.origin = format!("{by_file} has none for {key}");
                } else {
                    self.found(secret, format!("from {by_file}"));
                }
            }
            Err(error) => {
                // A cancelled call must not go on.
                context.check()?;
                self.problems.push(format!("{by_file}: {error:#}"));
                if let Some(secret) = own {
                    self.found(secret, format!("from {file} itself"));
                }
            }
        }
        Ok(())
    }
}

/// Reads the file. What is not UTF-8 in it is replaced.
fn read(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for its writer.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !kind.is_char_device() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut text)?;
    match text.len() as u64 > MAX_FILE {
        true => Err(io::Error::other("it is larger than 1 MiB")),
        false => Ok(String::from_utf8_lossy(&text).into_owned()),
    }
}
