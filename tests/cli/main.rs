//! Black-box tests of the program: what a person or a script sees, and nothing of what is inside.
//!
//! Most read like a terminal session: `$ patrol …` is what was typed, lines after `!` came on
//! standard error, `= 1` is the exit code where it is not 0. Ids, tokens, times and paths are put
//! in brackets by shape, and numbered, so that the same one is seen to be the same.

#![expect(clippy::unwrap_used, reason = "what goes wrong here is a failed test")]
#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

mod advice;
mod audit;
mod baseline;
mod documented;
mod escapes;
mod everything;
mod guard;
mod imported;
mod ledger;
mod output;
mod proof;
mod reference;
mod reports;
mod restore;
mod scan;
mod settings;
mod several;
mod tokens;
mod trouble;
mod world;
