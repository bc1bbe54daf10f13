//! `patrol`: an event-sourced ledger of access tokens with leak scanning.
//!
//! This crate speaks: it reads arguments and settings, calls the use cases of `patrol-app`, and
//! puts their answers into words and exit codes. One verb, one file, under `cmd`.

mod args;
mod cmd;
mod error;
mod guard;
mod input;
mod log;
mod settings;
mod start;
mod ui;
mod words;

fn main() -> std::process::ExitCode {
    start::run(std::env::args_os().collect()).into()
}
