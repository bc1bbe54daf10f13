//! `PyPI`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "PyPI";

const HELP: &str = "Delete it under Account settings, API tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "pypi-upload-token",
    description: "PyPI upload token",
    help: HELP,
    literals: &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
    regex: r"pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)[\w-]{50,}",
    span: 1100,
    tail: (URL64, 50),
    edges: (WORD, URL64),
    examples: &["pypi-AgEIcHlwaS5vcmc{b64u:150}", "pypi-AgENdGVzdC5weXBpLm9yZw{b64u:150}"],
    ..Spec::DEFAULT
}];
