//! One hook on disk: what stands there, and how it is replaced and put back. At every moment there
//! is either the old hook or the new one, whole.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::script::{self, KEPT};
use crate::error::{CliError, Kind};

/// What stands in a hook's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A hook of patrol's, with its text.
    Ours(Vec<u8>),
    /// Somebody else's.
    Foreign,
}

/// A hook's place.
pub(super) struct HookFile {
    path: PathBuf,
}

/// What installing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// There is a new hook.
    Installed,
    /// A hook of patrol's was replaced.
    Renewed,
    /// It was there already, byte for byte.
    Already,
}

impl HookFile {
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the hook that was here before is kept.
    pub(super) fn kept(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(KEPT);
        path.into()
    }

    /// Whether one is kept.
    pub(super) fn has_kept(&self) -> bool {
        self.kept().symlink_metadata().is_ok()
    }

    /// Looks what stands here.
    ///
    /// # Errors
    /// When it cannot be read, or is no file.
    pub(super) fn find(&self) -> Result<Found, CliError> {
        let refused = |error: &io::Error| CliError::io(self.path.display().to_string(), error);
        match self.path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(refused(&error)),
            // A link is somebody else's, whatever it leads to.
            Ok(meta) if meta.is_symlink() => return Ok(Found::Foreign),
            Ok(meta) if !meta.is_file() => {
                return Err(CliError::new(Kind::Io, format!("{} is no file", self.path.display()))
                    .hint("see what it is, and move it away"));
            }
            Ok(_) => {}
        }
        let text = fs::read(&self.path).map_err(|error| refused(&error))?;
        Ok(if script::is_ours(&text) { Found::Ours(text) } else { Found::Foreign })
    }

    /// Whether [`HookFile::install`] would have to keep a second hook.
    ///
    /// # Errors
    /// It would: which of the two is wanted is not for patrol to say.
    pub(super) fn check(&self) -> Result<(), CliError> {
        if self.find()? == Found::Foreign && self.has_kept() {
            return Err(CliError::new(
                Kind::Refused,
                format!(
                    "{} is not patrol's, and {} was kept from before: there can be one of them",
                    self.path.display(),
                    self.kept().display()
                ),
            )
            .hint("join the two in one hook, or delete the one that is not wanted"));
        }
        Ok(())
    }

    /// Puts `text` here. What somebody else has here is kept.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn install(&self, text: &[u8]) -> Result<Written, CliError> {
        let written = match self.find()? {
            Found::Ours(there) if there == text && self.is_executable() => {
                return Ok(Written::Already);
            }
            Found::Ours(_) => Written::Renewed,
            Found::Nothing => Written::Installed,
            Found::Foreign => {
                self.check()?;
                self.keep()?;
                Written::Installed
            }
        };
        self.put(text).map_err(|error| {
            CliError::io(format!("{} cannot be written", self.path.display()), &error)
        })?;
        Ok(written)
    }

    /// Takes patrol's hook away, and puts back what was here before. Says whether it did.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn uninstall(&self) -> Result<bool, CliError> {
        let Found::Ours(_) = self.find()? else { return Ok(false) };
        let done = match self.has_kept() {
            true => fs::rename(self.kept(), &self.path),
            false => fs::remove_file(&self.path),
        };
        done.map_err(|error| {
            CliError::io(format!("{} cannot be removed", self.path.display()), &error)
        })?;
        Ok(true)
    }

    /// A second name for the hook that is here, so that it has one when this one is taken over.
    /// Where there are no second names it is moved, and for a moment there is no hook.
    fn keep(&self) -> Result<(), CliError> {
        fs::hard_link(&self.path, self.kept())
            .or_else(|_| fs::rename(&self.path, self.kept()))
            .map_err(|error| {
                CliError::io(format!("{} cannot be kept", self.path.display()), &error)
            })
    }

    fn put(&self, text: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".patrol-").tempfile_in(folder)?;
        file.write_all(text)?;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Whether git would run what stands here.
    pub(super) fn is_executable(&self) -> bool {
        is_executable(&self.path)
    }
}

/// Whether there is a file that somebody may run.
pub(super) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook() -> (tempfile::TempDir, HookFile) {
        let directory = tempfile::tempdir().unwrap();
        let hook = HookFile::new(&directory.path().join("hooks"), "pre-commit");
        (directory, hook)
    }

    #[test]
    fn a_foreign_hook_is_kept_and_put_back() {
        let (_directory, hook) = hook();
        fs::create_dir(hook.path().parent().unwrap()).unwrap();
        fs::write(hook.path(), "#!/bin/sh\n").unwrap();
        let ours = script::pass_on("pre-commit");
        assert_eq!(hook.install(&ours), Ok(Written::Installed));
        assert_eq!(hook.install(&ours), Ok(Written::Already));
        assert_eq!(fs::read(hook.kept()).unwrap(), b"#!/bin/sh\n");
        assert_eq!(hook.find(), Ok(Found::Ours(ours)));
        assert_eq!((hook.uninstall(), hook.uninstall()), (Ok(true), Ok(false)));
        assert_eq!(fs::read(hook.path()).unwrap(), b"#!/bin/sh\n");
        assert!(!hook.has_kept());
    }

    #[test]
    fn two_foreign_hooks_are_one_too_many() {
        let (_directory, hook) = hook();
        let ours = script::pass_on("pre-commit");
        assert_eq!(hook.install(&ours), Ok(Written::Installed));
        fs::write(hook.kept(), "old").unwrap();
        fs::write(hook.path(), "new").unwrap();
        assert!(hook.install(&ours).unwrap_err().message.contains("was kept from before"));
        assert_eq!(fs::read(hook.path()).unwrap(), b"new");
        assert_eq!(fs::read(hook.kept()).unwrap(), b"old");
    }

    #[test]
    fn a_link_is_kept_as_a_link() {
        let (_directory, hook) = hook();
        fs::create_dir(hook.path().parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("../elsewhere", hook.path()).unwrap();
        hook.install(&script::pass_on("pre-commit")).unwrap();
        assert_eq!(fs::read_link(hook.kept()).unwrap(), Path::new("../elsewhere"));
        hook.uninstall().unwrap();
        assert_eq!(fs::read_link(hook.path()).unwrap(), Path::new("../elsewhere"));
    }
}
