//! The log: to standard error, for those who ask with `-v` or `PATROL_LOG`.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::error::CliError;
use crate::guard::hush;
use crate::settings::Environment;

/// Starts the log: warnings unless `-q`, what patrol does with `-v`, all it knows with `-vv`.
///
/// # Errors
/// A `PATROL_LOG` that is not a filter.
pub(crate) fn start(verbose: u8, quiet: bool, env: &Environment) -> Result<(), CliError> {
    let filter = match (env.log(), verbose) {
        (Some(filter), _) => EnvFilter::try_new(filter).map_err(|error| {
            CliError::config(format!("PATROL_LOG is not a log filter: {error}"))
                .hint("write it like patrol=debug, or unset it")
        })?,
        (None, _) if quiet => EnvFilter::new("off"),
        (None, 0) => EnvFilter::new("warn"),
        (None, 1) => EnvFilter::new(
            "warn,patrol=info,patrol_app=info,patrol_ledger=info,\
                                     patrol_scan=info,patrol_watch=info",
        ),
        (None, _) => EnvFilter::new("debug"),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Hushed(io::stderr()))
        .with_ansi(false)
        .with_target(false);
    // A second start is a test's; the first one's log goes on.
    if log.try_init().is_err() {
        tracing::trace!("the log is running already");
    }
    Ok(())
}

/// Standard error, with tokens hidden: libraries log paths and names, and those are anybody's.
struct Hushed(io::Stderr);

impl Write for Hushed {
    /// The log hands over one whole line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(hush(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
