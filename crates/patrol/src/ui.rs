//! The one place that prints. Standard output is data, standard error is talk; both are redacted
//! and stripped of what a terminal would obey; a reader that goes away is no error.

mod json;
mod progress;
mod style;
mod table;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use patrol_scan::{escape_for_terminal, plain_system_words};
use patrol_token::{PlainToken, redact_text};
use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use style::{HELP, Look, paint};
pub(crate) use table::{Cell, Table};

use crate::error::{CliError, Exit, Kind};
use crate::guard;
use crate::settings::{Color, Format};

/// How this run speaks.
pub(crate) struct Ui {
    out: Mutex<AutoStream<io::Stdout>>,
    err: Mutex<AutoStream<io::Stderr>>,
    format: Format,
    quiet: bool,
    verbose: bool,
    width: Option<u16>,
    out_is_terminal: bool,
    closed: AtomicBool,
}

/// What decides how a run speaks, looked at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// For people or for programs.
    pub(crate) format: Format,
    /// When to use colour.
    pub(crate) color: Color,
    /// Whether the environment asks for no colour (`NO_COLOR`, `TERM=dumb`).
    pub(crate) plain: bool,
    /// Errors only.
    pub(crate) quiet: bool,
    /// Exact times and more detail.
    pub(crate) verbose: bool,
}

impl Ui {
    /// A way of speaking on this process's streams.
    pub(crate) fn new(manner: Manner) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let out_is_terminal = stdout.is_terminal();
        let choice = |is_terminal: bool| match manner.color {
            Color::Always => ColorChoice::Always,
            Color::Auto if is_terminal && !manner.plain => ColorChoice::Always,
            Color::Auto | Color::Never => ColorChoice::Never,
        };
        let err_choice = choice(stderr.is_terminal());
        Self {
            width: out_is_terminal.then(terminal_width).flatten(),
            out: Mutex::new(AutoStream::new(stdout, choice(out_is_terminal))),
            err: Mutex::new(AutoStream::new(stderr, err_choice)),
            format: manner.format,
            quiet: manner.quiet,
            verbose: manner.verbose,
            out_is_terminal,
            closed: AtomicBool::new(false),
        }
    }

    /// The format asked for.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether programs read the output: one JSON document, or JSON lines.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl)
    }

    /// Whether exact times and more detail are wanted.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Shows a person at a terminal that `what` is going on, until the result is dropped.
    pub(crate) fn progress(&self, what: &str) -> Progress {
        Progress::new(!self.quiet && !self.is_json() && io::stderr().is_terminal(), what)
    }

    /// Whether the reader of standard output went away, found while writing or while waiting. A
    /// verb that goes on for ever ends then.
    pub(crate) fn is_closed(&self) -> bool {
        if !self.closed.load(Ordering::Relaxed) && reader_left() {
            self.closed.store(true, Ordering::Relaxed);
        }
        self.closed.load(Ordering::Relaxed)
    }

    /// Data for people: whole lines, made of [`shown`] text and [`paint`]. Whole tokens are
    /// redacted.
    ///
    /// # Errors
    /// When standard output cannot be written, for other reasons than that nobody reads.
    pub(crate) fn print(&self, text: &str) -> Result<(), CliError> {
        self.write_out(&redact_text(text))
    }

    /// One JSON document. Whole tokens are redacted.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub(crate) fn json(&self, document: &impl Serialize) -> Result<(), CliError> {
        self.write_out(&redact_text(&json::text(document, self.out_is_terminal)?))
    }

    /// One JSON document of many, on a line of its own. Whole tokens are redacted.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub(crate) fn json_line(&self, document: &impl Serialize) -> Result<(), CliError> {
        self.write_out(&redact_text(&json::text(document, false)?))
    }

    /// JSON that was written elsewhere. Whole tokens are redacted.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub(crate) fn json_text(&self, text: String) -> Result<(), CliError> {
        self.write_out(&redact_text(&json::escape(text)))
    }

    /// Before something is made that is shown only once: says so if nobody will see it.
    ///
    /// # Errors
    /// When whoever read standard output is gone.
    pub(crate) fn assure_heard(&self) -> Result<(), CliError> {
        if self.is_closed() {
            let why = "nobody reads standard output: the token would be lost, so none was made";
            return Err(CliError::new(Kind::Io, why).hint("let it go to a file or a program"));
        }
        if is_thrown_away() {
            self.warn("standard output is closed or thrown away: nobody will have this token");
        }
        Ok(())
    }

    /// The one road on which a secret leaves: a minted token, shown this once, as a member of its
    /// view's JSON or on a line below its card. Nobody reading is an error here, as the token would
    /// be lost.
    ///
    /// # Errors
    /// When the token was not handed over whole.
    pub(crate) fn hand_over(
        &self,
        token: &PlainToken,
        view: &impl Serialize,
        card: &str,
    ) -> Result<(), CliError> {
        #[derive(Serialize)]
        struct Handed<'a, V> {
            #[serde(flatten)]
            view: &'a V,
            token: &'a str,
        }
        if self.is_json() {
            let document = Handed { view, token: token.expose() };
            self.write_out(&json::text(&document, self.out_is_terminal)?)?;
        } else {
            // Beside the token, so that `$(patrol issue …)` is the token and nothing else.
            if !self.quiet {
                self.write_err(card);
            }
            self.write_out(&format!("{}\n", token.expose()))?;
        }
        if self.closed.load(Ordering::Relaxed) {
            return Err(CliError::new(Kind::Io, "nobody reads standard output"));
        }
        Ok(())
    }

    /// Talk: what a person may want to know. Silent with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.write_err(&format!("{}\n", shown(&plain_system_words(text))));
        }
    }

    /// Talk that matters: something is not as one would expect. Silent with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            let text = plain_system_words(text);
            self.write_err(&format!("{} {}\n", paint(Look::Warning, "warning:"), shown(&text)));
        }
    }

    /// A line for somebody at the other end of a server's hook, behind a mark that the server asks
    /// for: made of [`shown`] text and [`paint`].
    pub(crate) fn remote(&self, mark: &str, line: &str) {
        self.write_err(&format!("{mark}{line}\n"));
    }

    /// An error with its hint: in words, or as JSON where that was asked for. Gives the exit code.
    pub(crate) fn error(&self, error: &CliError) -> Exit {
        let exit = error.kind.exit();
        // Messages name what they were given, such as a path: it may be somebody's secret.
        let hushed = |text: &str| guard::hush_foreign(text, text);
        let (message, hint) = (hushed(&error.message), error.hint.as_deref().map(hushed));
        if self.is_json() {
            #[derive(Serialize)]
            struct Document<'a> {
                error: Body<'a>,
            }
            #[derive(Serialize)]
            struct Body<'a> {
                kind: &'a str,
                message: &'a str,
                hint: Option<&'a str>,
            }
            let hint = hint.as_deref();
            let error = Body { kind: error.kind.as_str(), message: &message, hint };
            if let Ok(text) = json::text(&Document { error }, false) {
                self.write_err(&text);
            }
            return exit;
        }
        let hint = hint.map(|hint| format!("{} {}\n", paint(Look::Hint, "hint:"), shown(&hint)));
        let message = format!("{} {}\n", paint(Look::Error, "error:"), shown(&message));
        self.write_err(&(message + &hint.unwrap_or_default()));
        exit
    }

    /// Text that was made by others of this program for a terminal, such as usage errors of the
    /// argument parser, with its styles and without: tokens and what looks like one are hidden.
    pub(crate) fn usage_error(&self, styled: &str, plain: &str) {
        self.write_err(&guard::hush_foreign(&guard::hush(styled), plain));
    }

    /// A table with this run's width.
    pub(crate) fn table(&self, header: &[&str]) -> Table {
        Table::new(header, self.width)
    }

    /// Hands over what is buffered.
    ///
    /// # Errors
    /// As [`Ui::print`].
    pub(crate) fn finish(&self) -> Result<(), CliError> {
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.settle(out.flush())
    }

    fn write_out(&self, text: &str) -> Result<(), CliError> {
        if self.closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.settle(written)
    }

    fn settle(&self, written: io::Result<()>) -> Result<(), CliError> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(CliError::io("standard output cannot be written", &error)),
            Ok(()) => Ok(()),
        }
    }

    /// Talk that nobody hears is lost: there is no third place to say so.
    fn write_err(&self, text: &str) {
        let mut err = self.err.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let written = err.write_all(redact_text(text).as_bytes()).and_then(|()| err.flush());
        if let Err(error) = written {
            tracing::trace!(%error, "standard error cannot be written");
        }
    }
}

/// Foreign text made safe to show: control, bidi and invisible characters stand escaped.
pub(crate) fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    escape_for_terminal(text)
}

fn terminal_width() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}

/// Whether standard output is the null device. The language's runtime puts it in the place of one
/// that was closed, and nothing tells that from one that was thrown away on purpose.
fn is_thrown_away() -> bool {
    use rustix::fs::{FileType, fstat, major, minor};
    fstat(io::stdout()).is_ok_and(|found| {
        FileType::from_raw_mode(found.st_mode) == FileType::CharacterDevice
            && (major(found.st_rdev), minor(found.st_rdev)) == (1, 3)
    })
}

/// Whether standard output is a pipe that nobody reads any more.
fn reader_left() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdout = io::stdout();
    let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut ends, Some(&at_once)).is_ok() && ends[0].revents().contains(PollFlags::ERR)
}
