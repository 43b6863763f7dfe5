//! Causes, the facts that they rest on, and what to bring: the same words in messages and on pages.

use alerts::cause::{Cause, Evidence, Run};
use inventory::device::DeviceKind;

use super::moment;
use crate::language::{Args, Language};

/// `lỗi đường truyền`; what is not known has words too.
pub fn cause(cause: Cause, language: Language) -> String {
    language.say("cause", &Args::new().text("cause", cause.as_str()))
}

/// What a cause, or a suspicion, rests on: a line for each fact, what says most first.
pub fn facts(evidence: &Evidence, language: Language) -> Vec<String> {
    let say = |key: &str, args: Args| language.say(key, &args);
    let mut lines = Vec::new();
    let at = |at| Args::new().text("at", moment::exact(at));
    lines.extend(evidence.changed.map(|changed| say("fact-changed", at(changed))));
    lines.extend(evidence.run.map(|run| match run {
        Run::Started(started) => say("fact-started", at(started)),
        Run::RanOn(since) => say("fact-ran-on", at(since)),
    }));
    let counts = [
        ("fact-others-started", evidence.others_started),
        ("fact-others-ran-on", evidence.others_ran_on),
        ("fact-neighbours-up", evidence.neighbours_up),
        ("fact-halls-beside", evidence.halls_beside),
        ("fact-feeder-beside", evidence.feeder_beside),
    ];
    let count = |n: u32| Args::new().count("count", usize::try_from(n).unwrap_or(usize::MAX), language);
    lines.extend(counts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| say(key, count(n))));
    let flags = [
        ("fact-whole-area", evidence.is_whole_area),
        ("fact-backed-up", evidence.is_backed_up && evidence.run.is_some()),
        ("fact-on-battery", evidence.is_on_battery),
        ("fact-second-path", evidence.has_second_path),
    ];
    lines.extend(flags.into_iter().filter(|(_, is_so)| *is_so).map(|(key, _)| say(key, Args::new())));
    lines
}

/// What whoever rides there should have with him, for what is suspected to be wrong with a device of this kind.
pub fn bring(suspected: Cause, kind: DeviceKind, language: Language) -> String {
    let key = match suspected {
        Cause::Power => "bring-power",
        Cause::Line => "bring-line",
        Cause::Device => "bring-device",
        Cause::Upstream => "bring-upstream",
        Cause::Config => "bring-config",
        Cause::Unknown | Cause::CutOff => "bring-unknown",
    };
    language.say(key, &Args::new().text("kind", kind.as_str()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn every_cause_has_words_and_something_to_bring() {
        for language in Language::ALL {
            let mut words: Vec<String> = Cause::ALL.iter().map(|one| cause(*one, language)).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), Cause::ALL.len(), "{words:?}");
            for suspected in Cause::ALL {
                for kind in DeviceKind::ALL {
                    let said = bring(*suspected, *kind, language);
                    assert!(!said.contains('⟦') && said.len() > 10, "{said}");
                }
            }
        }
    }

    #[test]
    fn every_fact_is_said_and_nothing_that_is_not_known() {
        let at: Timestamp = "2026-11-24T21:41:25Z".parse().expect("a time");
        let all = Evidence {
            run: Some(Run::Started(at)),
            is_backed_up: true,
            others_started: 1,
            others_ran_on: 2,
            changed: Some(at),
            halls_beside: 1_366,
            is_whole_area: true,
            feeder_beside: 3,
            neighbours_up: 4,
            is_on_battery: true,
            has_second_path: true,
        };
        for language in Language::ALL {
            let said = facts(&all, language);
            assert_eq!(said.len(), 11, "{said:?}");
            assert!(said.iter().all(|line| !line.contains('⟦')), "{said:?}");
            assert_eq!(facts(&Evidence::default(), language), Vec::<String>::new());
        }
        let vi = facts(&Evidence { run: Some(Run::RanOn(at)), ..Evidence::default() }, Language::Vi);
        assert_eq!(vi, ["vẫn chạy liên tục từ 04:41 25/11/2026"]);
        assert_eq!(facts(&all, Language::Vi)[5], "1.366 hội trường khác mất kết nối trong cùng 90 giây");
    }
}
