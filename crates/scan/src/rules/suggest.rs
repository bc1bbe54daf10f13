//! "Did you mean": the known word that is nearest to an unknown one.

/// `; did you mean …?`, or nothing if no word is near.
pub(super) fn hint<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> String {
    let word = word.to_lowercase();
    let near = known
        .map(|known| (distance(&word, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min();
    near.map_or_else(String::new, |(_, known)| format!("; did you mean `{known}`?"))
}

/// Characters that have to be changed, added or removed (Levenshtein). Long words are cut: the
/// work is the product of the lengths.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().take(LONGEST).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn near_words_are_suggested_and_far_ones_not() {
        let known = || ["regex", "keywords", "entropy"].into_iter();
        assert_eq!(hint("keyword", known()), "; did you mean `keywords`?");
        assert_eq!(hint("Entrpy", known()), "; did you mean `entropy`?");
        assert_eq!(hint("validate", known()), "");
    }
}
