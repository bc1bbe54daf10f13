//! Packs, read entry by entry: every entry is inflated once, and of what is made out of another
//! object only what is new is searched, as the rest was searched with the other one.
//!
//! ```text
//! index ─► Forest ─► Walker ─► Visit
//! offsets  parents   contents  whole objects, or that there is nothing in them
//! ```
//!
//! It rests on two sentences. Where none of the literals that is looked for occurs, nothing is found
//! ([`Detector::is_hot`](crate::Detector::is_hot)): an object that is made of a base in which none
//! occurs, and in whose new bytes (with as many bytes of their neighbourhood as a literal is long)
//! none occurs, has none. And a literal of a rule that turned out to be nothing is nothing again
//! where all that it depends on was taken over ([`delta::carried`]): so a base in which such
//! literals stand is as good as one without. Any other object is made whole and searched like a
//! loose one.
//!
//! Like `git cat-file`, it does not compute ids anew; the checksums of the packed bytes in the
//! index and of the deflated streams are verified.

mod delta;
mod fan;
mod file;
mod forest;
mod frames;
mod inflate;
mod shape;
mod walker;
mod work;

pub(crate) use file::Pack;
pub(crate) use forest::Forest;
pub(crate) use walker::{Visit, Walker};
pub(crate) use work::Work;
