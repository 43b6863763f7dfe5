//! Invariants read off the sources: not how the code is written, but what must be absent from where.

use std::path::{Path, PathBuf};

use villagenet_tests::place::workspace_root;

/// The tables of packages and where their libraries' sources begin.
const LIBRARIES: [&str; 9] = [
    "inventory/src/lib.rs",
    "alerts/src/lib.rs",
    "alerts/notify/src/lib.rs",
    "agent/src/lib.rs",
    "agent/api/src/lib.rs",
    "controller/src/lib.rs",
    "controller/villagenet/src/main.rs",
    "tests/src/lib.rs",
    "tests/fleetsim/src/lib.rs",
];

/// More lines than this have more than one reason to change.
const LONGEST_FILE: usize = 700;

/// One Rust file: its path from the root, its text, and the part of it that is not comments and not tests.
struct Source {
    path: String,
    text: String,
    product: String,
}

/// Every Rust file below `folders` of the root.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        rust_files(&workspace_root().join(folder), &mut paths);
    }
    paths.sort();
    assert!(!paths.is_empty(), "no Rust file below {folders:?}");
    paths.iter().map(|path| source(path)).collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "node_modules" {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code, tests and all but without comments, of a file or of every Rust file below a folder.
pub(super) fn code_below(place: &Path) -> String {
    let mut files = Vec::new();
    if place.is_dir() {
        rust_files(place, &mut files);
    } else {
        files.push(place.to_path_buf());
    }
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    texts
        .map(|text| text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n"))
        .collect()
}

fn source(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let path = path.strip_prefix(workspace_root()).unwrap().to_str().unwrap().to_owned();
    let product = if is_test_file(&path) { String::new() } else { product_of(&text) };
    Source { path, text, product }
}

/// Files that hold nothing but tests, wherever they lie.
fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/test_support")
        || path.contains("/examples/")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name == "build.rs"
}

/// A file without its comments and without what stands below `#[cfg(test)]`, which by our habit is the end of a file.
fn product_of(text: &str) -> String {
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]" || line.starts_with(' '));
    let code = code.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The lines of the product's code that hold one of `words`, outside the files in `allowed` (files or folders).
fn lines_with(sources: &[Source], words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !allowed.iter().any(|path| source.path.starts_with(path))) {
        for line in source.product.lines().filter(|line| words.iter().any(|word| line.contains(word))) {
            found.push(format!("{}: {}", source.path, line.trim()));
        }
    }
    found
}

/// Fails with `what` and the lines, if there are any.
fn assert_none(what: &str, lines: &[String]) {
    assert!(lines.is_empty(), "{what}:\n{}", lines.join("\n"));
}

const PRODUCT: [&str; 4] = ["inventory", "alerts", "agent", "controller"];

#[test]
fn inventory_and_alerts_do_no_io() {
    let words =
        ["tokio", "sqlx", "std::net::Tcp", "std::net::Udp", "TcpStream", "UdpSocket", "std::fs", "std::process"];
    let words: Vec<&str> = words.into_iter().chain(["reqwest", "println!", "std::env"]).collect();
    assert_none("no I/O belongs here", &lines_with(&sources(&["inventory/src", "alerts/src"]), &words, &[]));
}

#[test]
fn sql_is_written_only_in_the_two_stores() {
    let stores = ["controller/src/store", "controller/src/series"];
    let words = ["SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "UPDATE ", "PRAGMA ", "sqlx::query"];
    assert_none("SQL belongs in store/ and series/", &lines_with(&sources(&PRODUCT), &words, &stores));
}

#[test]
fn every_change_of_the_inventory_stands_in_the_audit_log() {
    let mut silent = Vec::new();
    let mut changes = 0;
    for source in sources(&["controller/src/store"]) {
        // Whoever changes the inventory moves its counter.
        let functions = source.product.split("async fn ").skip(1);
        for function in functions.filter(|function| function.contains("fleet_revision_bump(&mut tx)")) {
            changes += 1;
            if !function.contains("audit_append(&mut tx") {
                silent.push(format!("{}: {}", source.path, function.split('(').next().unwrap_or_default()));
            }
        }
    }
    assert!(changes >= 8, "only {changes} changes were found");
    assert_none("Changes that the audit log does not tell of", &silent);
}

#[test]
fn snmp2_is_known_to_one_file() {
    let mut files: Vec<String> = Vec::new();
    for source in sources(&PRODUCT) {
        let code = source.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        if code.into_iter().any(|line| line.contains("snmp2::")) {
            files.push(source.path);
        }
    }
    assert_eq!(files.len(), 1, "snmp2 is used in {files:?}");
}

#[test]
fn only_the_clock_reads_a_clock() {
    let clock = ["inventory/src/clock.rs"];
    let product = sources(&PRODUCT);
    let mut lines = lines_with(&product, &["Timestamp::now(", "Zoned::now(", "SystemTime::now", "Utc::now"], &clock);
    // std's Instant only: tokio's drives timers, and stands still in tests that say so.
    let std_instant = lines_with(&product, &["std::time::"], &clock);
    lines.extend(std_instant.into_iter().filter(|line| line.contains("Instant")));
    assert_none("take a Clock or a `now`", &lines);
}

#[test]
fn nothing_is_left_to_be_written() {
    let words = ["todo!(", "unimplemented!(", "dbg!("];
    assert_none("unfinished", &lines_with(&sources(&PRODUCT), &words, &[]));
}

#[test]
fn every_file_of_the_product_says_what_it_is_for() {
    let silent = sources(&PRODUCT).into_iter().filter(|source| !source.text.starts_with("//!"));
    let silent = silent.filter(|source| !is_test_file(&source.path));
    let silent: Vec<String> = silent.map(|source| source.path).collect();
    assert_none("no //! at the top of", &silent);
    for library in LIBRARIES {
        let text = std::fs::read_to_string(workspace_root().join(library)).unwrap();
        let words = text.lines().take_while(|line| line.starts_with("//!")).collect::<String>();
        assert!(words.len() > 40, "{library} does not say in its //! what the package is for");
    }
}

#[test]
fn no_file_is_longer_than_one_reason_to_change() {
    let all = sources(&["inventory", "alerts", "agent", "controller", "tests"]);
    let long = all.iter().map(|source| (source.text.lines().count(), &source.path));
    let long: Vec<String> =
        long.filter(|(lines, _)| *lines > LONGEST_FILE).map(|(n, path)| format!("{path}: {n}")).collect();
    assert_none("split these files", &long);
}

#[test]
fn a_test_below_the_mark_is_not_product_code() {
    let text =
        "//! x\nuse a;\n    #[cfg(test)]\n    b();\n// Instant::now()\n#[cfg(test)]\nmod tests { Instant::now() }\n";
    assert_eq!(product_of(text), "use a;\n    #[cfg(test)]\n    b();");
}
