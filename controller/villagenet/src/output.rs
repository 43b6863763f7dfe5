//! What commands print. A reader that has seen enough (`| head`) closes the pipe, and that is no failure.

use std::io::{ErrorKind, Write};

use crate::Failed;

/// Prints to standard output.
///
/// # Errors
/// When it cannot be written for another reason than that nobody reads any more: a full disk, say.
pub(crate) fn print(text: &str) -> Result<(), Failed> {
    print_to(std::io::stdout().lock(), text)
}

fn print_to(mut out: impl Write, text: &str) -> Result<(), Failed> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failed::new(format!("the output could not be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is_one() {
        assert!(print_to(Refusing(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(print_to(Refusing(ErrorKind::StorageFull), "x").is_err());
    }
}
