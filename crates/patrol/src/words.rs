//! Words for people: how times, tokens and events read on a terminal.

pub(crate) mod event;
pub(crate) mod time;
pub(crate) mod token;
