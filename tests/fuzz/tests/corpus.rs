//! Every input that a hunt began with or ended at, played through its target.

use std::path::Path;

#[test]
fn each_target_comes_back_from_every_input_kept() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in fuzz::TARGETS {
        let inputs: Vec<_> = std::fs::read_dir(corpus.join(name))
            .unwrap_or_else(|error| panic!("{name} has no folder in corpus: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!inputs.is_empty(), "{name} has no input to begin with");
        for input in inputs {
            play(target, &input);
        }
    }
}

fn play(target: &fuzz::Target, input: &Path) {
    let bytes = std::fs::read(input).expect("an input can be read");
    let outcome = std::panic::catch_unwind(|| target(&bytes));
    assert!(outcome.is_ok(), "{} breaks it", input.display());
}

#[test]
fn every_folder_of_the_corpus_is_of_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(fuzz::target(&name).is_some(), "no target is called {name}");
    }
}
