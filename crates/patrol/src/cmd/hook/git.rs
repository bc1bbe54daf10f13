//! Asking git about its own settings. Nothing that a repository names is run: the questions asked
//! here read configuration, refs and the index, and the monitors and pagers are switched off all the same.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::push;
use crate::error::{CliError, Kind};

/// Variables by which the environment would speak of another repository than the one asked about.
const ELSEWHERE: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
];

/// Where `core.hooksPath` is set, as git names it: `local`, `worktree`, `global`, `system`,
/// `command`.
pub(super) type Scope = String;

/// `core.hooksPath` as it holds in `directory`. Set to nothing it is an empty path, and git finds no
/// hooks.
///
/// # Errors
/// When git cannot be asked.
pub(super) fn hooks_path(directory: &Path) -> Result<Option<(Scope, PathBuf)>, CliError> {
    let asked = ["config", "-z", "--show-scope", "--type=path", "--get", "core.hooksPath"];
    let Some(answer) = setting(ask(directory, asked)?)? else { return Ok(None) };
    let mut parts = answer.split(|byte| *byte == 0);
    let scope = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    Ok(parts.next().map(|value| (scope, path(value))))
}

/// `core.hooksPath` in the user's own settings; an empty path if it is set to nothing.
///
/// # Errors
/// When git cannot be asked.
pub(super) fn user_hooks_path() -> Result<Option<PathBuf>, CliError> {
    let asked = ["config", "-z", "--global", "--type=path", "--get", "core.hooksPath"];
    let Some(answer) = setting(ask(Path::new("/"), asked)?)? else { return Ok(None) };
    Ok(answer.split(|byte| *byte == 0).next().map(path))
}

/// Whether the repository in the current directory takes the options of a push.
pub(super) fn hears_push_options() -> bool {
    let asked = ["config", "--type=bool", "--get", "receive.advertisePushOptions"];
    let answer = ask(Path::new("."), asked).and_then(setting);
    answer.is_ok_and(|value| value.is_some_and(|value| value.trim_ascii() == b"true"))
}

/// Sets `core.hooksPath` in the user's own settings, or takes it out.
///
/// # Errors
/// When git refuses.
pub(super) fn set_user_hooks_path(to: Option<&Path>) -> Result<(), CliError> {
    let key = OsStr::new("core.hooksPath");
    let asked: Vec<&OsStr> = match to {
        Some(path) => ["config", "--global"]
            .map(OsStr::new)
            .into_iter()
            .chain([key, path.as_os_str()])
            .collect(),
        None => {
            ["config", "--global", "--unset"].map(OsStr::new).into_iter().chain([key]).collect()
        }
    };
    let output = ask(Path::new("/"), asked)?;
    if output.status.success() { Ok(()) } else { Err(refused(&output)) }
}

/// Whether git tracks `path`, or would with the next `git add`.
///
/// # Errors
/// When git cannot be asked.
pub(super) fn is_tracked(work_tree: &Path, path: &Path) -> Result<bool, CliError> {
    let listed = ask(
        work_tree,
        [OsStr::new("ls-files"), OsStr::new("-z"), OsStr::new("--"), path.as_os_str()],
    )?;
    if !listed.status.success() {
        return Err(refused(&listed));
    }
    if !listed.stdout.is_empty() {
        return Ok(true);
    }
    let ignored = ask(
        work_tree,
        [OsStr::new("check-ignore"), OsStr::new("-q"), OsStr::new("--"), path.as_os_str()],
    )?;
    match ignored.status.code() {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(refused(&ignored)),
    }
}

/// The ids of what was fetched from `remote` into the repository in which this hook runs, as far as
/// that is known to be at the address that is pushed to: `address`, or, if it is not said, any
/// that the remote is pushed to. What cannot be told counts as not fetched, and is searched.
pub(super) fn published(remote: &str, address: Option<&OsStr>) -> Vec<String> {
    // What begins with a dash is no remote's name, and git would take it for an option.
    if remote.is_empty() || remote.starts_with('-') {
        return Vec::new();
    }
    let Some(fetched_from) = lines(&["remote", "get-url", remote]) else { return Vec::new() };
    let pushed_to = match address {
        Some(address) => Some(vec![address.as_bytes().to_vec()]),
        None => lines(&["remote", "get-url", "--push", "--all", remote]),
    };
    if pushed_to.as_ref() != Some(&fetched_from) {
        return Vec::new();
    }
    let refs = lines(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/remotes/"]);
    let (Some(remotes), Some(refs)) = (lines(&["remote"]), refs) else { return Vec::new() };
    let text = |line: Vec<u8>| String::from_utf8_lossy(&line).into_owned();
    let remotes: Vec<_> = remotes.into_iter().map(text).collect();
    let pair = |line: String| line.split_once(' ').map(|(id, name)| (name.into(), id.into()));
    push::tracking(remote, &remotes, refs.into_iter().map(text).filter_map(pair).collect())
}

/// The lines of git's answer in the repository in which this hook runs, if it gives one.
fn lines(args: &[&str]) -> Option<Vec<Vec<u8>>> {
    let output = run(Command::new("git"), Path::new("."), args).ok()?;
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    output.status.success().then(|| lines.map(<[u8]>::to_vec).collect())
}

fn ask<S: AsRef<OsStr>>(
    directory: &Path,
    args: impl IntoIterator<Item = S>,
) -> Result<Output, CliError> {
    let mut command = Command::new("git");
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    run(command, directory, args)
}

fn run<S: AsRef<OsStr>>(
    mut command: Command,
    directory: &Path,
    args: impl IntoIterator<Item = S>,
) -> Result<Output, CliError> {
    command
        .current_dir(directory)
        .args(["-c", "core.fsmonitor=false", "-c", "core.pager=cat"])
        .args(args)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            CliError::io("git cannot be run", &error).hint("git has to be on the PATH")
        })
}

/// The value of a setting, if it is set.
fn setting(output: Output) -> Result<Option<Vec<u8>>, CliError> {
    match output.status.code() {
        Some(0) => Ok(Some(output.stdout)),
        Some(1) => Ok(None),
        _ => Err(refused(&output)),
    }
}

fn refused(output: &Output) -> CliError {
    let said = String::from_utf8_lossy(&output.stderr);
    CliError::new(Kind::Io, format!("git refused: {}", said.trim()))
        .hint("run the same in this directory with git, such as `git config core.hooksPath`")
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
