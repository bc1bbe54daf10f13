//! What the environment of a server's hook says of the push: git's own variables, and those of the
//! forges that run git.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// A push, as its hook's environment tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PushEnvironment {
    /// `GIT_QUARANTINE_PATH`: where the pushed objects are until the push is accepted.
    pub(crate) quarantine: Option<PathBuf>,
    /// What was said with `git push -o`, in order.
    pub(crate) options: Vec<OsString>,
    /// Who pushes, as the forge knows them. Git itself does not know.
    pub(crate) pusher: Option<String>,
    /// What the forge calls the repository.
    pub(crate) repository: Option<String>,
    /// GitLab shows only lines that are marked for it.
    pub(crate) is_gitlab: bool,
}

/// Who pushes: GitLab, GitHub Enterprise Server, Gitea and Forgejo, and web servers before
/// `git http-backend`; last, GitLab's id for a user or a key.
const PUSHERS: [&str; 5] =
    ["GL_USERNAME", "GITHUB_USER_LOGIN", "GITEA_PUSHER_NAME", "REMOTE_USER", "GL_ID"];

/// What the repository is called.
const REPOSITORIES: [&str; 3] = ["GL_PROJECT_PATH", "GITHUB_REPO_NAME", "GL_REPOSITORY"];

/// Push options that are read. Git itself knows no bound.
const OPTIONS_MAX: usize = 10_000;

impl PushEnvironment {
    /// Picks what is known out of an environment, such as `std::env::vars_os()`.
    pub(crate) fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let matters = |name: &str| {
            name.starts_with("GIT_PUSH_OPTION_")
                || name.starts_with("GITEA_")
                || name == "GIT_QUARANTINE_PATH"
                || PUSHERS.contains(&name)
                || REPOSITORIES.contains(&name)
        };
        let vars: BTreeMap<String, OsString> = vars
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, value)| matters(name) && !value.is_empty())
            .collect();
        let text = |name: &str| vars.get(name).map(|value| value.to_string_lossy().into_owned());
        let gitea =
            || Some(format!("{}/{}", text("GITEA_REPO_USER_NAME")?, text("GITEA_REPO_NAME")?));
        let count = text("GIT_PUSH_OPTION_COUNT").and_then(|count| count.parse().ok());
        // An option of no text is one nevertheless, and no variable that says anything.
        let option = |n| vars.get(&format!("GIT_PUSH_OPTION_{n}")).map_or(OsStr::new(""), |it| it);
        Self {
            quarantine: vars.get("GIT_QUARANTINE_PATH").map(PathBuf::from),
            options: (0..count.unwrap_or(0).min(OPTIONS_MAX))
                .map(|n| option(n).to_owned())
                .collect(),
            pusher: PUSHERS.iter().find_map(|name| text(name)),
            repository: REPOSITORIES.iter().find_map(|name| text(name)).or_else(gitea),
            is_gitlab: vars.contains_key("GL_ID") || vars.contains_key("GL_REPOSITORY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PushEnvironment;

    fn read(vars: &[(&str, &str)]) -> PushEnvironment {
        PushEnvironment::from_vars(vars.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn forges_say_who_and_where() {
        let gitlab = read(&[
            ("GL_ID", "user-12"),
            ("GL_USERNAME", "dora"),
            ("GL_PROJECT_PATH", "shop/app"),
            ("GL_REPOSITORY", "project-7"),
        ]);
        assert_eq!((gitlab.pusher.as_deref(), gitlab.is_gitlab), (Some("dora"), true));
        assert_eq!(gitlab.repository.as_deref(), Some("shop/app"));
        let gitea = read(&[
            ("GITEA_PUSHER_NAME", "dora"),
            ("GITEA_REPO_USER_NAME", "shop"),
            ("GITEA_REPO_NAME", "app"),
        ]);
        assert_eq!((gitea.pusher.as_deref(), gitea.is_gitlab), (Some("dora"), false));
        assert_eq!(gitea.repository.as_deref(), Some("shop/app"));
        assert_eq!(read(&[("GL_ID", "key-4")]).pusher.as_deref(), Some("key-4"));
        assert_eq!(read(&[]), PushEnvironment::default());
    }

    #[test]
    fn push_options_are_counted() {
        let options = |vars: &[(&str, &str)]| read(vars).options;
        let said =
            [("GIT_PUSH_OPTION_0", "a"), ("GIT_PUSH_OPTION_2", "c"), ("GIT_PUSH_OPTION_3", "d")];
        let count = |n| [&said[..], &[("GIT_PUSH_OPTION_COUNT", n)]].concat();
        assert_eq!(options(&count("3")), ["a", "", "c"]);
        assert!(options(&said).is_empty() && options(&count("x")).is_empty());
        assert_eq!(options(&count("99999999999999")).len(), super::OPTIONS_MAX);
    }
}
