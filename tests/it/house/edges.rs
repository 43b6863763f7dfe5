//! Which package may depend on which, and that it uses what it depends on. An edge that is not listed here is a
//! decision to be made, not a line to be added.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use villagenet_tests::place::workspace_root;

use super::sources::code_below;

/// Each package, and the packages of ours that it may know.
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("inventory", &[]),
    ("agent-api", &["inventory"]),
    ("agent", &["inventory", "agent-api"]),
    ("alerts", &["inventory"]),
    ("notify", &["inventory", "alerts"]),
    ("controller", &["inventory", "alerts", "agent-api", "notify"]),
    ("villagenet", &["inventory", "agent-api", "controller", "agent", "fleetsim", "notify"]),
    // A mistake shared with the product would pass its own tests.
    ("fleetsim", &[]),
    ("fuzz", &["inventory", "agent"]),
    ("villagenet-tests", &["inventory", "agent-api", "agent", "alerts", "notify", "controller", "fleetsim"]),
];

/// What the tests of a package may know beside that: simulated devices to talk to.
const TESTS_MAY_KNOW: [(&str, &[&str]); 2] = [("agent", &["fleetsim"]), ("villagenet-tests", &["fleetsim"])];

/// Dependencies that no line of Rust names, and why they are there all the same.
const UNNAMED: [(&str, &str); 0] = [];

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(workspace_root()).no_deps().exec().unwrap()
}

#[test]
fn packages_know_only_the_packages_they_may() {
    let metadata = MetadataCommand::new().current_dir(workspace_root()).no_deps().exec().unwrap();
    let ours: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let may_know = BTreeMap::from(MAY_KNOW);
    let tests_may_know = BTreeMap::from(TESTS_MAY_KNOW);
    assert_eq!(ours.iter().map(String::as_str).collect::<Vec<_>>(), may_know.keys().copied().collect::<Vec<_>>());

    let mut strangers = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name)) {
            let known = dependency.name.as_str();
            let in_tests = dependency.kind == DependencyKind::Development
                && tests_may_know.get(name).is_some_and(|allowed| allowed.contains(&known));
            if !may_know[name].contains(&known) && !in_tests {
                strangers.push(format!("{name} -> {known} ({})", dependency.kind));
            }
        }
    }
    assert!(strangers.is_empty(), "edges that the house does not have:\n{}", strangers.join("\n"));
}

#[test]
fn packages_use_all_they_depend_on() {
    let metadata = metadata();
    let mut idle = Vec::new();
    for package in &metadata.packages {
        let code = code_of(package);
        let names =
            package.dependencies.iter().map(|dependency| dependency.rename.as_ref().unwrap_or(&dependency.name));
        for name in names.filter(|name| !is_named(&code, &library(name))) {
            idle.push((package.name.to_string(), name.clone()));
        }
    }
    let idle: Vec<(&str, &str)> = idle.iter().map(|(package, name)| (package.as_str(), name.as_str())).collect();
    assert_eq!(idle, UNNAMED, "dependencies that no line of their package names");
}

/// What Rust calls a package's library.
fn library(package: &str) -> String {
    // The one whose library has another name than its package.
    if package == "md-5" { "md5".to_owned() } else { package.replace('-', "_") }
}

/// All Rust of a package: what lies beside the root of each of its targets. A package that lies inside another one's
/// folder lies beside none of them.
fn code_of(package: &Package) -> String {
    let roots = package.targets.iter().map(|target| target.src_path.as_std_path());
    let mut code = String::new();
    for root in roots {
        // A build script lies beside everything else: only the file itself.
        let is_script = root.file_name().is_some_and(|name| name == "build.rs");
        code.push_str(&code_below(if is_script { root } else { root.parent().expect("a file lies in a folder") }));
    }
    code
}

/// Whether `name` stands in `code` as a word of its own.
fn is_named(code: &str, name: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    code.match_indices(name)
        .any(|(at, _)| !is_letter(code[..at].chars().next_back()) && !is_letter(code[at + name.len()..].chars().next()))
}
