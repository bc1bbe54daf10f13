//! Secrets that providers print in their own manuals. They have every mark of a real one, stand in
//! thousands of repositories, and open nothing. They are known by their digest.

/// SHA-256 of the samples that are in wide use.
const PUBLISHED: &[&str] = &[
    // The two test keys of Stripe's manual.
    "2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326",
    "f2d6ca16515033e5dce14eba840b979d27b5cbae24bb3e5bf484339667f86397",
];

/// Whether the secret of this digest is a provider's published sample.
pub(crate) fn is_published(digest: &[u8; 32]) -> bool {
    let digest = hex::encode(digest);
    PUBLISHED.contains(&digest.as_str())
}
