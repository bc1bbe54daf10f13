//! The program beside real git: hooks that real commits and pushes call, watchers as processes,
//! and the pre-commit framework.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod hostile;
mod install;
mod pre_commit;
mod pre_commit_framework;
mod pre_push;
mod pre_receive;
mod templates;
mod watch;
mod world;
