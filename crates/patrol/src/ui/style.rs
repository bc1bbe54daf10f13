//! Colours. Text is painted wherever it is made; the streams strip the paint where it is not
//! wanted, so no other place asks whether colour is on.

use anstyle::{AnsiColor, Style};

/// What a piece of text is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// As it is.
    Plain,
    /// A heading, a name, a token that is shown once.
    Strong,
    /// Beside the point.
    Faint,
    /// Works, sound, done.
    Good,
    /// Wants attention.
    Warning,
    /// Dead, wrong, dangerous.
    Error,
    /// What to do next.
    Hint,
}

impl Look {
    /// The ANSI style.
    pub(super) fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => color(AnsiColor::Green),
            Self::Warning => color(AnsiColor::Yellow).bold(),
            Self::Error => color(AnsiColor::Red).bold(),
            Self::Hint => color(AnsiColor::Cyan),
        }
    }
}

/// `text` in the colours of `look`.
pub(crate) fn paint(look: Look, text: &str) -> String {
    let style = look.style();
    format!("{style}{text}{style:#}")
}

/// The help texts' colours.
pub(crate) const HELP: clap::builder::Styles = clap::builder::Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());
