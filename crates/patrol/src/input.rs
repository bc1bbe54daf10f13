//! Which token is meant: an id on the command line, or `-` and one line of standard input.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use patrol_app::App;
use patrol_ledger::Selector;
use patrol_token::{PlainToken, TokenId};

use crate::error::{CliError, Kind};
use crate::ui::Ui;

/// The longest line that is read, in bytes: far above any token's length.
const LINE_MAX: u64 = 4096;

/// Which token an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one with this id.
    Id(TokenId),
    /// The one on the next line of standard input, by its id or its whole text.
    Line,
}

impl Which {
    /// Reads the argument.
    ///
    /// # Errors
    /// One that is no id. Its text is not repeated: it may be a secret.
    pub(crate) fn parse(argument: &str) -> Result<Self, CliError> {
        if argument == "-" { Ok(Self::Line) } else { id(argument).map(Self::Id) }
    }

    /// The token for the ledger.
    ///
    /// # Errors
    /// A line that cannot be read, or is neither an id nor a whole token.
    pub(crate) fn selector(self, app: &App, ui: &Ui) -> Result<Selector, CliError> {
        match self {
            Self::Id(id) => Ok(Selector::Id(id)),
            Self::Line => Ok(app.selector(line(ui)?.expose())?),
        }
    }
}

/// An id that stands on the command line without being a token that is acted on.
///
/// # Errors
/// An argument that is no id.
pub(crate) fn id(argument: &str) -> Result<TokenId, CliError> {
    argument.parse().map_err(|why| {
        CliError::usage(format!("this is not a token id: {why}")).hint(
            "`patrol list` shows the ids; to give the whole token, write - and send it to \
             standard input",
        )
    })
}

/// One line of standard input, without its end and the white space around it. On a terminal the
/// line is asked for, and not shown while it is typed.
///
/// # Errors
/// When nothing can be read, or the line is longer than any token.
pub(crate) fn line(ui: &Ui) -> Result<PlainToken, CliError> {
    let stdin = std::io::stdin();
    let _quiet = stdin.is_terminal().then(|| {
        ui.note("Paste the token and press Enter; it is not shown.");
        echo::Off::new()
    });
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(LINE_MAX + 1)
        .read_until(b'\n', &mut bytes)
        .map_err(|error| CliError::io("standard input cannot be read", &error))?;
    if bytes.is_empty() {
        return Err(CliError::usage("there is no token on standard input")
            .hint("send one line to it, for example from a file: patrol … - < token.txt"));
    }
    if bytes.len() as u64 > LINE_MAX {
        return Err(CliError::usage("the line on standard input is longer than any token"));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| CliError::usage("the line on standard input is not UTF-8 text"))?;
    let whole = PlainToken::from_outside(text);
    Ok(PlainToken::from_outside(whole.expose().trim().to_owned()))
}

/// As [`line()`], for a question that any text answers: what cannot be a token is an empty one,
/// which is malformed.
///
/// # Errors
/// When standard input cannot be read.
pub(crate) fn line_or_junk(ui: &Ui) -> Result<PlainToken, CliError> {
    match line(ui) {
        Err(error) if error.kind == Kind::Usage => {
            if !ui.is_json() {
                ui.note(&error.message);
            }
            Ok(PlainToken::from_outside(String::new()))
        }
        read => read,
    }
}

mod echo {
    //! A terminal that does not show what is typed, for as long as a secret is typed.

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// Echo is off while this lives.
    pub(super) struct Off(Option<Termios>);

    impl Off {
        pub(super) fn new() -> Self {
            let before = tcgetattr(std::io::stdin()).ok();
            if let Some(mut quiet) = before.clone() {
                quiet.local_modes.remove(LocalModes::ECHO);
                quiet.local_modes.insert(LocalModes::ECHONL);
                set(&quiet);
            }
            Self(before)
        }
    }

    impl Drop for Off {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                set(before);
            }
        }
    }

    fn set(mode: &Termios) {
        if let Err(error) = tcsetattr(std::io::stdin(), OptionalActions::Now, mode) {
            tracing::debug!(%error, "the terminal's echo cannot be changed");
        }
    }
}
