//! Rules in words: names, what they mean, the first thing to do, and values with their units. The same words in messages
//! and on pages.

use alerts::rule::measure::{Measure, Unit};
use alerts::rule::setting::Amount;
use alerts::rule::{Judged, Rule};

use super::moment;
use crate::language::{Args, Language};

/// `Mất gói`.
pub fn name(rule: Rule, language: Language) -> String {
    of_rule("rule-name", rule, language)
}

/// What it means when it fires, in a sentence.
pub fn means(rule: Rule, language: Language) -> String {
    of_rule("rule-means", rule, language)
}

/// What to do first: a line for each step.
pub fn first(rule: Rule, language: Language) -> String {
    of_rule("rule-first", rule, language)
}

fn of_rule(key: &str, rule: Rule, language: Language) -> String {
    language.say(key, &Args::new().text("rule", rule.as_str()))
}

/// `mất gói 34 % (ngưỡng 10 %) trong 10 phút`.
pub fn judged(measure: Measure, judged: &Judged, language: Language) -> String {
    let unit = measure.unit();
    let value = amount(unit, judged.value, language);
    let fault = language.say("rule-fault", &Args::new().text("rule", measure.as_str()).text("value", value));
    let hold = usize::try_from(judged.hold_s).unwrap_or(usize::MAX);
    let args = Args::new()
        .text("fault", fault)
        .text("threshold", amount(unit, judged.threshold, language))
        .text("hold", moment::seconds(hold, language))
        .choice("hold", hold);
    language.say("rule-judged", &args)
}

/// `34 %`, `0,5 gói/giây`.
pub fn amount(unit: Unit, amount: Amount, language: Language) -> String {
    let key = match unit {
        Unit::Percent => "amount-percent",
        Unit::Milliseconds => "amount-milliseconds",
        Unit::PacketsPerSecond => "amount-packets_per_second",
        Unit::Minutes => "amount-minutes",
        Unit::Days => "amount-days",
        Unit::Count => "amount-count",
        Unit::Celsius => "amount-celsius",
    };
    let (number, form) = number(amount, language);
    language.say(key, &Args::new().text("number", number).choice("number", form))
}

/// A number as readers of the language write it, with as many digits as tell something: large ones whole, small ones to a
/// tenth or a hundredth. With it, which form of a word goes with it.
fn number(amount: Amount, language: Language) -> (String, usize) {
    let (thousandths, sign) = (amount.thousandths().unsigned_abs(), if amount.thousandths() < 0 { "-" } else { "" });
    // Cut, not rounded up: what is told is never more than what was seen.
    let (whole, decimals) = match thousandths {
        0..100 => (thousandths / 1_000, format!("{:02}", thousandths % 1_000 / 10)),
        100..10_000 => (thousandths / 1_000, (thousandths % 1_000 / 100).to_string()),
        _ => (thousandths / 1_000, String::new()),
    };
    let whole = usize::try_from(whole).unwrap_or(usize::MAX);
    let point = match language {
        Language::Vi => ',',
        Language::En => '.',
    };
    let said = language.number(whole);
    if decimals.chars().all(|digit| digit == '0') {
        return (format!("{sign}{said}"), whole);
    }
    // A broken number of things is several.
    (format!("{sign}{said}{point}{decimals}"), 2)
}

/// With its first letter a capital: what begins a line.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alerts::rule::Severity;

    use super::*;

    #[test]
    fn every_rule_has_a_name_a_meaning_and_a_first_step() {
        for language in Language::ALL {
            for rule in Rule::ALL {
                for said in [name(rule, language), means(rule, language), first(rule, language)] {
                    assert!(!said.contains('⟦') && said.trim_start_matches("1. ") != rule.as_str(), "{said}");
                }
                assert!(first(rule, language).starts_with("1. ") && means(rule, language).ends_with('.'), "{rule:?}");
            }
        }
    }

    #[test]
    fn a_fault_says_its_value_its_threshold_and_how_long_it_lasted() {
        let severity = Severity::Warning;
        let loss = Judged { value: Amount::of(34.6), threshold: Amount::whole(10), hold_s: 600, severity };
        let said = |measure, of: &Judged, language| judged(measure, of, language);
        assert_eq!(said(Measure::PacketLoss, &loss, Language::Vi), "mất gói 34 % (ngưỡng 10 %) trong 10 phút");
        assert_eq!(said(Measure::PacketLoss, &loss, Language::En), "packet loss 34 % (threshold 10 %) for 10 minutes");
        let starts = Judged { value: Amount::whole(3), threshold: Amount::whole(3), hold_s: 0, severity };
        assert_eq!(
            said(Measure::RebootLoop, &starts, Language::Vi),
            "khởi động lại 3 lần trong 30 phút (ngưỡng 3 lần)"
        );
    }

    #[test]
    fn numbers_have_as_many_digits_as_tell_something() {
        let said = |value, language| amount(Unit::Milliseconds, Amount::of(value), language);
        let table = [
            (0.0, "0 ms"),
            (0.05, "0,05 ms"),
            (0.5, "0,5 ms"),
            (9.96, "9,9 ms"),
            (34.6, "34 ms"),
            (-3.5, "-3,5 ms"),
            (1400.0, "1.400 ms"),
        ];
        for (value, vi) in table {
            assert_eq!(said(value, Language::Vi), vi);
        }
        assert_eq!(said(1400.5, Language::En), "1,400 ms");
        assert_eq!(amount(Unit::Days, Amount::whole(1), Language::En), "1 day");
        assert_eq!(amount(Unit::Days, Amount::of(1.5), Language::En), "1.5 days");
    }
}
