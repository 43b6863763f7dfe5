//! A small POSIX shell over files and programs that exist only here, so that a simulated device runs whatever script it
//! is sent instead of recognising it. No process, no real file, nothing written.
//!
//! It knows: commands joined by `;`, newline, `&&`, `||`, `|` and `!`; `if`, `for`, `case`, `while`, functions, `{ }`
//! and `( )`; variables, `$1`, `$@`, `$?`, `${x##…}`, `${x%…}`, `${x:-…}`, `$(…)`; quotes; globs; redirections from a
//! file and to /dev/null, `2>&1` and `>&2`. Built in: `echo printf cat test [ command true false : set export local
//! return exit read head tail wc grep cut tr basename dirname`. What it does not know is not found (127), as in any
//! shell.

mod builtin;
mod expand;
mod glob;
mod parse;
mod run;

use std::collections::BTreeMap;

use super::server::Output;

/// A device's files and programs at one moment.
pub trait World {
    /// Every file by absolute path.
    fn files(&self) -> &BTreeMap<String, Vec<u8>>;

    /// Runs a program that is not built in: its output and status, or `None` when there is none of this name.
    fn program(&self, words: &[String]) -> Option<Output>;
}

/// Runs a script to its end, or to the end of what a script may cost here.
pub fn sh(world: &dyn World, script: &str) -> Output {
    match parse::parse(script) {
        Ok(list) => run::Shell::new(world).run(&list),
        Err(what) => {
            Output { stderr: format!("sh: syntax error: {what}\n").into_bytes(), status: 2, ..Output::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Box(BTreeMap<String, Vec<u8>>);

    impl World for Box {
        fn files(&self) -> &BTreeMap<String, Vec<u8>> {
            &self.0
        }
        fn program(&self, words: &[String]) -> Option<Output> {
            (words[0] == "uname").then(|| Output::text("Linux\n"))
        }
    }

    fn run(script: &str) -> (String, String, u32) {
        let files = [("/proc/uptime", "12.5 3.0\n"), ("/sys/net/eth0/mtu", "1500\n"), ("/sys/net/lo/mtu", "65536\n")];
        let world = Box(files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into());
        let output = sh(&world, script);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status)
    }

    #[test]
    fn scripts_do_what_they_do_in_a_real_shell() {
        let cases = [
            ("echo a; echo 'b  c' \"d\"", "a\nb  c d\n"),
            ("cat /proc/uptime", "12.5 3.0\n"),
            ("cat /nothing 2>/dev/null || echo none", "none\n"),
            ("for f in /sys/net/*; do echo \"${f##*/} $(cat $f/mtu)\"; done", "eth0 1500\nlo 65536\n"),
            ("[ -r /proc/uptime ] && echo yes || echo no", "yes\n"),
            ("if [ -e /x ]; then echo x; elif [ -d /sys ]; then echo dir; else echo none; fi", "dir\n"),
            ("command -v uname >/dev/null 2>&1 && uname", "Linux\n"),
            ("command -v ubus >/dev/null 2>&1 || echo no ubus", "no ubus\n"),
            (
                "p() { echo \"== $1\"; shift; \"$@\"; }; p a cat /proc/uptime; p b uname",
                "== a\n12.5 3.0\n== b\nLinux\n",
            ),
            ("x=1; y=\"$x 2\"; echo $y ${z:-none} $?", "1 2 none 0\n"),
            ("false; echo $?", "1\n"),
            ("printf '%s=%d\\n' a 1 b 2", "a=1\nb=2\n"),
            ("echo '#' # remark\n\necho b", "#\nb\n"),
            ("case eth0 in lo) echo lo;; e*|w*) echo other;; esac", "other\n"),
            ("cat /proc/uptime | cut -d' ' -f1", "12.5\n"),
            ("read a b < /proc/uptime; echo $b $a", "3.0 12.5\n"),
            ("{ echo a; echo b; } | head -n 1", "a\n"),
            ("! false && echo ok", "ok\n"),
            ("i=; [ -z \"$i\" ] && echo empty; [ a = b ] || echo differs", "empty\ndiffers\n"),
            ("exit 3; echo never", ""),
            ("cat <<EOF\nx $(uname)\nEOF\n", "x Linux\n"),
        ];
        for (script, expected) in cases {
            let (stdout, stderr, _) = run(script);
            assert_eq!((stdout.as_str(), stderr.as_str()), (expected, ""), "{script}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_and_nothing_runs_for_ever() {
        assert_eq!(run("frobnicate -x"), (String::new(), "sh: frobnicate: not found\n".to_owned(), 127));
        assert_eq!(run("exit 3").2, 3);
        assert_eq!(run("if true; then echo").2, 2);
        assert_eq!(run("echo x > /etc/passwd").2, 1);
        assert_ne!(run("while true; do echo x; done").2, 0);
        assert_ne!(run("f() { f; f; }; f").2, 0);
    }
}
