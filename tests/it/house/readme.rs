//! What lies in the root, and README.md's map of it.

use std::path::{Path, PathBuf};

use villagenet_tests::place::workspace_root;

/// All that may lie in the root beside dot-files, which only tools read.
const ROOT: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "agent",
    "alerts",
    "controller",
    "inventory",
];

#[test]
fn the_root_holds_what_the_house_has_and_nothing_else() {
    let names =
        std::fs::read_dir(workspace_root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "target").collect();
    names.sort();
    let mut expected = ROOT.to_vec();
    expected.push("tests");
    assert_eq!(names, expected);
}

#[test]
fn every_path_that_the_readme_names_exists() {
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).expect("README.md is the way in");
    let named = paths_in(&readme);
    let missing: Vec<&String> = named.iter().filter(|path| !workspace_root().join(path).exists()).collect();
    assert!(named.len() >= 20, "the map of the house names only {named:?}");
    assert!(missing.is_empty(), "README.md names what does not exist: {missing:?}");
}

/// The paths in a text, from the root: words in `back quotes` that begin with a folder of the root, and the entries
/// of a map, which is a fenced block whose outer lines are folders of the root and whose inner lines lie in them.
/// Neighbours on one line of a map lie in the same folder.
fn paths_in(readme: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    let mut base: Option<String> = None;
    for line in readme.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            base = None;
        } else if fenced {
            map_line(line, &mut base, &mut found);
        } else {
            let quoted = line.split('`').skip(1).step_by(2);
            found.extend(quoted.filter(|word| is_path(word) && in_root(word)).map(str::to_owned));
        }
    }
    found
}

fn map_line(line: &str, base: &mut Option<String>, found: &mut Vec<String>) {
    let outer = !line.starts_with(' ');
    let mut folder = String::new();
    for word in line.split_whitespace().take_while(|word| is_path(word)) {
        if outer {
            if !in_root(word) {
                return;
            }
            *base = Some(word.trim_end_matches('/').to_owned());
            found.push(word.to_owned());
        } else if let Some(base) = base {
            let parent = Path::new(word).parent().and_then(Path::to_str).unwrap_or_default();
            let path =
                if parent.is_empty() && !word.ends_with('/') { format!("{folder}{word}") } else { word.to_owned() };
            if !parent.is_empty() {
                folder = format!("{parent}/");
            }
            found.push(format!("{base}/{path}"));
        }
    }
}

/// A word that could be a path: a file with an ending, or a folder with its slash.
fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter));
    plain && !word.starts_with(['/', '-']) && (word.ends_with('/') || PathBuf::from(word).extension().is_some())
}

fn in_root(word: &str) -> bool {
    let first = word.split('/').next().unwrap_or(word);
    ROOT.contains(&first) || first == "tests" || first == ".ci"
}

#[test]
fn paths_are_found_in_a_map_and_in_back_quotes() {
    let readme = "See `inventory/src/lib.rs`, `cargo run`, and `DIR/key`.\n```\nagent/   the poller\n  \
                  src/agent.rs    the loop   src/schedule.rs\n  src/snmp/  codec\n  src/a.rs b.rs  both\n```\n";
    let expected =
        ["inventory/src/lib.rs", "agent/", "agent/src/agent.rs", "agent/src/snmp/", "agent/src/a.rs", "agent/src/b.rs"];
    assert_eq!(paths_in(readme), expected);
}
