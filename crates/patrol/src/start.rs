//! From arguments to an exit code: guard, arguments, settings, verb. Nothing of a verb is here.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::{self, Cli};
use crate::cmd::{Context, no_format};
use crate::error::{CliError, Exit, Kind};
use crate::settings::repository::Additions;
use crate::settings::{Color, Environment, Settings};
use crate::ui::{Manner, Ui};
use crate::{guard, log};

/// Runs the program with these arguments, the program's name first.
pub(crate) fn run(args: Vec<OsString>) -> Exit {
    let mut env = Environment::read();
    let early = early_manner(&args, &env);
    std::panic::set_hook(Box::new(move |info| tell_bug(early, info)));
    catch_unwind(AssertUnwindSafe(|| fallible(args, &mut env, early))).unwrap_or(Exit::Bug)
}

fn fallible(args: Vec<OsString>, env: &mut Environment, early: Manner) -> Exit {
    let ui = Ui::new(early);
    if let Err(error) = guard::refuse_tokens(&args) {
        return ui.error(&error);
    }
    let obeyed = args.iter().any(|arg| arg.to_string_lossy().chars().any(char::is_control));
    let color = match early.color {
        Color::Auto if early.plain => clap::ColorChoice::Never,
        Color::Auto => clap::ColorChoice::Auto,
        Color::Always => clap::ColorChoice::Always,
        Color::Never => clap::ColorChoice::Never,
    };
    let named = verbs(&args);
    let cli = match args::parse(args, color) {
        Ok(cli) => cli,
        Err(error) => return tell_usage(&ui, &error, &named, obeyed),
    };
    let context = match prepare(&cli, env) {
        Ok(context) => context,
        Err(error) => return ui.error(&cli.verb.not_begun(error)),
    };
    let done = cli.verb.run(&context).and_then(|exit| context.ui.finish().map(|()| exit));
    done.unwrap_or_else(|error| context.ui.error(&error))
}

/// The settings, and what the current directory adds to them.
fn prepare(cli: &Cli, env: &mut Environment) -> Result<Context, CliError> {
    log::start(cli.global.verbose, cli.global.quiet, env)?;
    let settings = Settings::resolve(&cli.global, env)?;
    let additions = match cli.verb.reads_settings() {
        true => Additions::read([Path::new(".")])?,
        false => Additions::default(),
    };
    let ui = Ui::new(settings.manner);
    Ok(Context { settings, additions, ui })
}

/// How to speak before the arguments are read: errors in them are answered in the format and the
/// colours that they ask for.
fn early_manner(args: &[OsString], env: &Environment) -> Manner {
    let value = |name: &str| {
        let at = args.iter().rposition(|arg| {
            arg.to_str().is_some_and(|arg| arg.strip_prefix(name).is_some_and(is_flag_end))
        })?;
        match args[at].to_str()?.split_once('=') {
            Some((_, value)) => Some(value),
            None => args.get(at + 1)?.to_str(),
        }
    };
    let known = |name| value(name).and_then(|text| clap::ValueEnum::from_str(text, false).ok());
    Manner {
        format: known("--format").or_else(|| env.format().ok().flatten()).unwrap_or_default(),
        color: value("--color")
            .and_then(|text| <Color as clap::ValueEnum>::from_str(text, false).ok())
            .unwrap_or_default(),
        plain: env.is_plain(),
        quiet: false,
        verbose: false,
    }
}

fn is_flag_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('=')
}

/// The verb among the arguments and the one below it, as far as they are known before the arguments
/// are read.
fn verbs(args: &[OsString]) -> [String; 2] {
    let mut level = args::command();
    let mut names = [String::new(), String::new()];
    let mut found = 0;
    for arg in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        let Some(below) = level.find_subcommand(arg).cloned() else { continue };
        arg.clone_into(&mut names[found]);
        level = below;
        found += 1;
        if found == names.len() {
            break;
        }
    }
    names
}

/// A value of --format that is no format: what the verb has is told, and not all that there are.
fn unknown_format(error: &clap::Error, [verb, below]: &[String; 2]) -> Option<CliError> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let is_format = text(ContextKind::InvalidArg)?.starts_with("--format");
    let value = text(ContextKind::InvalidValue).filter(|_| is_format && !verb.is_empty())?;
    Some(no_format(verb, below, value))
}

/// Help and version are answers; the rest are usage errors.
fn tell_usage(ui: &Ui, error: &clap::Error, named: &[String; 2], has_controls: bool) -> Exit {
    if let Some(error) = unknown_format(error, named) {
        return ui.error(&error);
    }
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match ui.print(&error.render().ansi().to_string()) {
                Ok(()) => Exit::Yes,
                Err(error) => ui.error(&error),
            }
        }
        _ if ui.is_json() => {
            let text = guard::hush(&error.render().to_string());
            let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
            let message = message.trim_start_matches("error: ").trim();
            let hint = hint.lines().map(str::trim).filter(|line| !line.is_empty());
            let hint = hint.collect::<Vec<_>>().join("; ");
            ui.error(&CliError::usage(message).hint(hint))
        }
        // An echo of control characters is shown escaped, at the price of the colours.
        _ if has_controls => {
            let text = error.render().to_string();
            for line in guard::hush_foreign(&guard::hush(&text), &text).trim_end().lines() {
                ui.note(line);
            }
            Exit::Usage
        }
        _ => {
            let text = error.render();
            ui.usage_error(&text.ansi().to_string(), &text.to_string());
            Exit::Usage
        }
    }
}

/// A panic's message may quote what the program was working on, so only its place is told.
fn tell_bug(manner: Manner, info: &std::panic::PanicHookInfo<'_>) {
    let place =
        info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
    let error = CliError::new(Kind::Bug, format!("patrol met a bug of its own{place}"))
        .hint("what was recorded before it stays recorded; please report the place named here");
    Ui::new(manner).error(&error);
}
