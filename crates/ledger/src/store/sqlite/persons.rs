//! Persons whom the ledger knows by name.

use super::read::Reader;
use super::store_error;
use crate::person::may_be_same;
use crate::project::StoreError;

impl Reader {
    /// The names that may mean the same person as `name`, which need not be one itself: the same
    /// mail address in another dress, or the same name at another host. Sorted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn names_like(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .db()
            .prepare_cached("SELECT name FROM persons ORDER BY name")
            .map_err(store_error)?;
        let mut rows = statement.query([]).map_err(store_error)?;
        let mut like = Vec::new();
        while let Some(row) = rows.next().map_err(store_error)? {
            // A row that cannot be read is found by `check`.
            let Ok(found) = row.get_ref(0).map_err(store_error)?.as_str() else { continue };
            if may_be_same(name, found) {
                like.push(found.to_owned());
            }
        }
        Ok(like)
    }
}
