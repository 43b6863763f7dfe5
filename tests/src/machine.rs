//! A machine of its own within this one: programs in it see its `/etc`, `/run`, `/tmp`, `/var/log`, host name and
//! accounts, and change nothing of ours. It needs root, as the rest of these tests does.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The password of [`Machine`]'s only user, root.
pub const PASSWORD: &str = "mật khẩu của làng";

/// [`PASSWORD`] as `openssl passwd -6` writes it (crypt(5)).
const PASSWORD_HASH: &str =
    "$6$langdamon$PIz0xtGiWHPfQk8Jr/1pq0r/pxWxrD/zHZL7CbdWyMWkEcrVfFNtojdTMS33Cjj.eBNwY717FxFT5ZNcnHASU/";

/// The folder that it has as `/run`; the others lie in it. The first argument is that folder, the second its name.
const ENTER: &str = r#"mount --bind "$1" /run && mount --bind /run/etc /etc && mount --bind /run/tmp /tmp &&
mount --bind /run/log /var/log && hostname "$2" && shift 2 && exec "$@""#;

/// Root's shell: it counts what it is asked to run, and waits for as long as the machine is stalled.
const SHELL: &str = "echo . >>/run/commands; while [ -e /run/stalled ]; do sleep 0.1; done; exec";

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A server: Debian with its shell, dash.
    Debian,
    /// An access point: OpenWrt with its shell, busybox ash.
    OpenWrt,
}

/// It is there until it is dropped; what runs in it belongs to whoever started that.
#[derive(Debug)]
pub struct Machine {
    dir: TempDir,
    name: String,
}

impl Machine {
    /// One with the host name `name`.
    pub fn new(system: System, name: &str) -> Self {
        let machine = Machine { dir: tempfile::tempdir().unwrap(), name: name.to_owned() };
        for folder in ["etc/pam.d", "home/.ssh", "sshd", "log", "tmp/sysinfo"] {
            std::fs::create_dir_all(machine.path(folder)).unwrap();
        }
        // Where a server keeps no other user's hands off, it lets nobody in.
        for folder in ["home", "home/.ssh"] {
            std::fs::set_permissions(machine.path(folder), Permissions::from_mode(0o700)).unwrap();
        }
        symlink("/usr/bin/busybox", machine.path("ash")).unwrap();
        machine.add_accounts(match system {
            System::Debian => "/bin/dash",
            System::OpenWrt => "/run/ash",
        });
        match system {
            System::Debian => machine.add("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            System::OpenWrt => {
                machine.add("etc/openwrt_release", "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.5'\n");
                machine.add("etc/os-release", "PRETTY_NAME=\"OpenWrt 23.05.5\"\n");
                machine.add("tmp/sysinfo/model", "TP-Link Archer C7 v5\n");
            }
        }
        machine
    }

    fn add_accounts(&self, shell: &str) {
        self.add("shell", &format!("#!{shell}\n{SHELL} {shell} \"$@\"\n"));
        std::fs::set_permissions(self.path("shell"), Permissions::from_mode(0o755)).unwrap();
        // sshd's own user is whom it talks to strangers as.
        let users = "root:x:0:0:root:/run/home:/run/shell\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n";
        self.add("etc/passwd", users);
        self.add("etc/group", "root:x:0:\nnogroup:x:65534:\n");
        self.add("etc/shadow", &format!("root:{PASSWORD_HASH}:20000::::::\n"));
        self.add("etc/shells", "/run/shell\n");
        let pam = ["auth", "account", "password"].map(|what| format!("{what} required pam_unix.so\n")).concat();
        self.add("etc/pam.d/sshd", &(pam + "session required pam_permit.so\n"));
    }

    /// Where a file of its `/run` lies for us.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file of its `/run`.
    pub fn add(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A program that runs in it. Its id becomes the program's.
    pub fn command(&self, program: &str) -> Command {
        self.command_with(&[], program)
    }

    /// The same with further options of unshare(1).
    pub fn command_with(&self, more: &[&str], program: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--uts", "--propagation", "private"]).args(more);
        command.args(["--", "sh", "-c", ENTER, "enter"]).arg(self.dir.path()).args([&self.name, program]);
        command
    }

    /// How many commands root's shell was given.
    pub fn commands(&self) -> usize {
        std::fs::read(self.path("commands")).map_or(0, |told| told.iter().filter(|byte| **byte == b'\n').count())
    }

    /// Lets every command wait before it does anything.
    pub fn stall(&self) {
        self.add("stalled", "");
    }

    /// Lets them go on.
    pub fn go_on(&self) {
        std::fs::remove_file(self.path("stalled")).unwrap();
    }
}

/// The children of a process.
pub fn children(parent: u32) -> Vec<u32> {
    let parent_of = |stat: &Path| -> Option<u32> {
        // proc_pid_stat(5): id, name in brackets that may hold anything, state, parent.
        let stat = std::fs::read_to_string(stat).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let entries = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap());
    let ids = entries.filter_map(|entry| Some((entry.path(), entry.file_name().to_str()?.parse().ok()?)));
    ids.filter(|(path, _)| parent_of(&path.join("stat")) == Some(parent)).map(|(_, id)| id).collect()
}
