//! The scanner against real files and real repositories, made by real `git` processes in
//! temporary directories with a closed environment. Tokens are minted when a test runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod archive;
mod deltas;
mod disguise;
mod history;
mod hostile;
mod oracle;
mod places;
mod pushes;
mod range;
mod reachable;
mod remembered;
mod report;
mod rules;
mod rules_gitleaks;
mod rules_paths;
mod staged;
mod stdin;
mod storage;
mod tree;
mod world;
