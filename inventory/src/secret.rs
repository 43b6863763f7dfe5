//! [`Secret`]: a value that cannot be printed, compared by accident or serialised, and that is wiped when dropped.

use zeroize::Zeroizing;

/// Text that must never reach a log, a page, an export or a message.
///
/// It has no `Debug`, `Display` or `Serialize` on purpose:
///
/// ```compile_fail
/// let secret = inventory::secret::Secret::new("public".to_owned());
/// println!("{secret:?}");
/// ```
/// ```compile_fail
/// let secret = inventory::secret::Secret::new("public".to_owned());
/// println!("{secret}");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Secret(Zeroizing::new(text))
    }

    /// The text itself, for the one line that puts it on a wire.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
