//! Which package may depend on which. An edge that is not listed here is a decision to be made, not a line to be added.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};
use villagenet_tests::place::workspace_root;

/// Each package, and the packages of ours that it may know.
const MAY_KNOW: [(&str, &[&str]); 9] = [
    ("inventory", &[]),
    ("agent-api", &["inventory"]),
    ("agent", &["inventory", "agent-api"]),
    ("alerts", &["inventory"]),
    ("notify", &["inventory", "alerts"]),
    ("controller", &["inventory", "alerts", "agent-api", "notify"]),
    (
        "villagenet",
        &["inventory", "agent-api", "controller", "agent", "fleetsim", "notify"],
    ),
    // A mistake shared with the product would pass its own tests.
    ("fleetsim", &[]),
    (
        "villagenet-tests",
        &[
            "inventory",
            "agent-api",
            "agent",
            "alerts",
            "notify",
            "controller",
            "fleetsim",
        ],
    ),
];

/// What the tests of a package may know beside that: simulated devices to talk to.
const TESTS_MAY_KNOW: [(&str, &[&str]); 2] = [("agent", &["fleetsim"]), ("villagenet-tests", &["fleetsim"])];

#[test]
fn packages_know_only_the_packages_they_may() {
    let metadata = MetadataCommand::new()
        .current_dir(workspace_root())
        .no_deps()
        .exec()
        .unwrap();
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let may_know = BTreeMap::from(MAY_KNOW);
    let tests_may_know = BTreeMap::from(TESTS_MAY_KNOW);
    assert_eq!(
        ours.iter().map(String::as_str).collect::<Vec<_>>(),
        may_know.keys().copied().collect::<Vec<_>>()
    );

    let mut strangers = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| ours.contains(&dependency.name))
        {
            let known = dependency.name.as_str();
            let in_tests = dependency.kind == DependencyKind::Development
                && tests_may_know.get(name).is_some_and(|allowed| allowed.contains(&known));
            if !may_know[name].contains(&known) && !in_tests {
                strangers.push(format!("{name} -> {known} ({})", dependency.kind));
            }
        }
    }
    assert!(
        strangers.is_empty(),
        "edges that the house does not have:\n{}",
        strangers.join("\n")
    );
}
