//! Who acts, unless a setting says otherwise: the login name at this host.

use super::Environment;

/// `alice@laptop`: the name that the system has for the user id, else what the environment says,
/// else the number.
pub(super) fn default(uid: Option<u32>, env: &Environment) -> String {
    let login = uid
        .and_then(login)
        .or_else(|| env.login())
        .or_else(|| uid.map(|uid| format!("uid {uid}")))
        .unwrap_or_else(|| "unknown".into());
    match host() {
        Some(host) => format!("{login}@{host}"),
        None => login,
    }
}

/// The operating system's user id of this process.
#[expect(clippy::unnecessary_wraps, reason = "a system without user ids has none")]
pub(super) fn uid() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

/// The name in the local user database. Names from a directory service are not there; the
/// environment has them.
fn login(uid: u32) -> Option<String> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

fn host() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}
