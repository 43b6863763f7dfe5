//! Where things are: the source tree, what was built from it, and free ports.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The root of the source tree.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies one folder below the root")
}

/// Where things built go: `CARGO_TARGET_DIR`, else `target` in the root.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace_root().join("target"), PathBuf::from)
}

/// Where the recordings of real devices are: the folder that `VILLAGENET_RECORDINGS` names, else beside the project, whose
/// licence is not theirs. None when there are none.
pub fn recordings() -> Option<PathBuf> {
    let beside = || workspace_root().join("../shared/recordings");
    let folder = std::env::var_os("VILLAGENET_RECORDINGS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The names of the recordings in this folder, in order.
pub fn recording_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".snmprec").map(str::to_owned))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{} holds no recording", folder.display());
    names
}

/// The program under test: `VILLAGENET_BIN`, which run.sh sets to the release build, else a debug build made now.
pub fn bin() -> &'static Path {
    static BIN: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("VILLAGENET_BIN") {
        Some(path) => {
            let path = PathBuf::from(path);
            assert!(path.is_file(), "VILLAGENET_BIN names {}, which is no file", path.display());
            path
        }
        None => build(),
    });
    &BIN
}

/// Builds with cargo, which is quick when nothing changed: an older build must not be tested by mistake.
fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "villagenet", "--target-dir"])
        .arg(target_dir())
        .current_dir(workspace_root())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "cargo build -p villagenet failed");
    target_dir().join("debug/villagenet")
}

/// A port of 127.0.0.1 that nobody has, over UDP and TCP.
///
/// Below Linux's ephemeral range (32768 and up), so that it stays free while its owner is stopped and started again:
/// no other program gets it by chance.
pub fn free_port() -> u16 {
    for _ in 0..1000 {
        let port = rand::random_range(10_000..32_000);
        let udp = UdpSocket::bind(("127.0.0.1", port));
        let tcp = TcpListener::bind(("127.0.0.1", port));
        if udp.is_ok() && tcp.is_ok() {
            return port;
        }
    }
    panic!("no free port on 127.0.0.1 in 1,000 tries");
}
