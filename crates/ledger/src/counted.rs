//! Counts in sentences: "1 event", "2 events".

/// A count with what is counted, a noun whose plural has an s.
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_not_many() {
        let all = [0, 1, 2].map(|count| counted(count, "event"));
        assert_eq!(all, ["0 events", "1 event", "2 events"]);
    }
}
