//! "Did you mean …": the known word nearest to an unknown one.

/// The known word nearest to `given`, if it is near enough to be what was meant.
pub(super) fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|word| (strsim::jaro_winkler(&given.to_lowercase(), &word.to_lowercase()), *word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// What to do about an unknown word: the nearest known one, or all of them.
pub(super) fn advice(given: &str, known: &[&str]) -> String {
    match nearest(given, known) {
        Some(word) => format!("did you mean {word}?"),
        None => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, nearest};

    #[test]
    fn near_words_are_offered_and_far_ones_listed() {
        assert_eq!(nearest("leger", &["ledger", "actor"]), Some("ledger"));
        assert_eq!(nearest("PATROL_LEGDER", &["PATROL_LEDGER"]), Some("PATROL_LEDGER"));
        assert_eq!(advice("zzz", &["ledger", "actor"]), "known are ledger, actor");
    }
}
