//! Every page from every sample, in every language.

use std::collections::BTreeMap;
use std::path::Path;

use askama::Template;

use super::samples::{self, EVIL};
use super::{contacts_samples, credentials_samples, incidents_samples, ledger_samples, people_samples, rules_samples};
use crate::web::assets;
use crate::web::language::Language;

fn render_all<T: Template>(
    page: &str,
    language: Language,
    samples: Vec<(&'static str, T)>,
    into: &mut BTreeMap<String, String>,
) {
    for (name, sample) in samples {
        let html = sample.render().unwrap_or_else(|error| panic!("{page}-{name}: {error}"));
        into.insert(format!("{page}-{name}-{}", language.code()), html);
    }
}

/// Name -> HTML of every sample.
fn rendered() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for language in Language::ALL {
        render_all("fleet", language, samples::fleet(language), &mut pages);
        render_all("hall", language, samples::hall(language), &mut pages);
        render_all("ledger", language, ledger_samples::ledger_pages(language), &mut pages);
        render_all("device", language, samples::device(language), &mut pages);
        render_all("login", language, people_samples::login(language), &mut pages);
        render_all("passphrase", language, people_samples::passphrase(language), &mut pages);
        render_all("account", language, people_samples::account(language), &mut pages);
        render_all("users", language, people_samples::users(language), &mut pages);
        render_all("told", language, people_samples::told(language), &mut pages);
        render_all("step-up", language, people_samples::step_up(language), &mut pages);
        render_all("credentials", language, credentials_samples::credentials(language), &mut pages);
        render_all("error", language, samples::error(language), &mut pages);
        render_all("incidents", language, incidents_samples::incidents(language), &mut pages);
        render_all("incident", language, incidents_samples::incident(language), &mut pages);
        render_all("decisions", language, incidents_samples::decisions(language), &mut pages);
        render_all("silences", language, incidents_samples::silences(language), &mut pages);
        render_all("contacts", language, contacts_samples::contacts(language), &mut pages);
        render_all("schedules", language, contacts_samples::schedules(language), &mut pages);
        render_all("schedule", language, contacts_samples::schedule(language), &mut pages);
        render_all("escalations", language, contacts_samples::escalations(language), &mut pages);
        render_all("rules", language, rules_samples::rules(language), &mut pages);
        render_all("rule", language, rules_samples::rule(language), &mut pages);
        render_all("audit", language, samples::audit(language), &mut pages);
        render_all("api", language, samples::api_docs(language), &mut pages);
    }
    pages
}

/// The names of the tags in the order in which they open and close; `None` for text that only looks like one.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split([' ', '>', '\n']).next().unwrap()).collect()
}

#[test]
fn pages_render_the_same_twice() {
    assert_eq!(rendered(), rendered());
}

#[test]
fn text_from_devices_and_people_never_becomes_markup() {
    let pages = rendered();
    for (name, html) in &pages {
        assert!(!html.contains("<script>"), "{name} has a script of somebody else");
        assert!(!html.contains("<img"), "{name} has an image of somebody else");
        assert!(!html.contains("\"'><"), "{name} lets text leave its attribute");
    }
    let evil = pages.iter().filter(|(name, _)| name.contains("evil")).collect::<Vec<_>>();
    assert_eq!(evil.len(), 42);
    for (name, html) in evil {
        assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{name} does not show {EVIL}");
    }
}

#[test]
fn pages_keep_to_the_content_security_policy() {
    for (name, html) in rendered() {
        assert!(!html.contains(" style="), "{name} has an inline style");
        assert!(!html.contains("<style"), "{name} has a style element");
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{name} has an inline script");
        }
        for handler in [" onclick=", " onload=", " onsubmit=", "javascript:", "hx-on"] {
            let ours = html.replace("onerror", "");
            assert!(!ours.contains(handler), "{name} has {handler}");
        }
        for address in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "action=\"http"] {
            assert!(!html.contains(address), "{name} points outside");
        }
    }
}

#[test]
fn every_element_that_opens_is_closed() {
    const VOID: [&str; 6] = ["meta", "link", "input", "!doctype", "br", "hr"];
    for (name, html) in rendered() {
        let mut open: Vec<&str> = Vec::new();
        for (tag, rest) in tags(&html).into_iter().zip(html.split('<').skip(1)) {
            let is_closed_at_once = rest.split('>').next().unwrap().ends_with('/');
            if VOID.contains(&tag) || is_closed_at_once {
                continue;
            }
            match tag.strip_prefix('/') {
                Some(closing) => assert_eq!(open.pop(), Some(closing), "{name}"),
                None => open.push(tag),
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn ids_are_unique_and_labels_point_at_something() {
    for (name, html) in rendered() {
        let values = |attribute: &str| -> Vec<String> {
            let start = format!(" {attribute}=\"");
            html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let mut ids = values("id");
        for (attribute, target) in [("for", ""), ("aria-labelledby", ""), ("aria-describedby", ""), ("href", "#")] {
            for value in values(attribute) {
                if let Some(id) = value.strip_prefix(target).filter(|_| !target.is_empty() || !value.is_empty()) {
                    assert!(
                        ids.iter().any(|known| known == id),
                        "{name}: {attribute} points at {id:?}, which is nowhere"
                    );
                }
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name} has an id twice");
    }
}

#[test]
fn no_page_shows_a_key_instead_of_words() {
    for (name, html) in rendered() {
        for key in [
            ">fleet-",
            ">state-",
            ">hall-",
            ">ledger-",
            ">device-",
            ">failure-",
            ">graph-",
            ">port-",
            ">host-key-",
            ">ssh-",
            ">outage-",
            ">audit-",
            "Unknown localization",
        ] {
            assert!(!html.contains(key), "{name} has {key}");
        }
    }
}

#[test]
fn the_overview_says_first_how_many_halls_work_and_what_is_wrong() {
    let pages = rendered();
    let text = |name: &str| pages[name].split("<main").nth(1).unwrap().to_owned();
    let normal = text("fleet-normal-vi");
    assert!(normal.contains("37/37 hội trường đang hoạt động"));
    assert!(normal.contains("Không có hội trường hay thiết bị nào đang mất kết nối"));
    assert!(!normal.contains("s-down"), "nothing is loud while all is well");
    let down = text("fleet-one-down-vi");
    assert!(down.contains("36/37 hội trường đang hoạt động"));
    let (outage, halls) = (down.find("class=\"outage\"").unwrap(), down.find("class=\"rows\"").unwrap());
    assert!(outage < halls, "what is wrong comes before the list");
    assert!(down.contains("href=\"/halls/lx-07\"") && down.contains("từ 25/11/2026 04:41 (12 phút trước)"));
    assert!(text("fleet-one-down-en").contains("36 of 37 halls are up"));
}

#[test]
fn the_outage_of_a_gateway_is_not_listed_beside_its_hall() {
    let page = &rendered()["fleet-bad-night-vi"];
    assert!(!page.contains("href=\"/devices/4\""), "the gateway of a hall that is out");
    assert!(page.contains("href=\"/devices/9\""), "the access point of a hall that works");
    assert!(page.contains("2 lần mất kết nối chưa khắc phục"));
    assert!(page.contains("11 hội trường"), "halls behind the one that failed are told in one line");
}

#[test]
fn a_search_ignores_case_and_diacritics_and_keeps_what_was_typed() {
    let page = &rendered()["fleet-filtered-vi"];
    assert_eq!(page.matches("class=\"row\"").count(), 1);
    assert!(page.contains("value=\"LAC xuân\""));
    assert!(page.contains("/?q=LAC%20xu%C3%A2n&#38;state=up") || page.contains("/?q=LAC%20xu%C3%A2n&amp;state=up"));
}

#[test]
fn the_log_leads_to_older_entries_and_to_files_of_what_is_shown() {
    let pages = rendered();
    let usual = &pages["audit-usual-vi"];
    assert!(usual.contains("<b>Đổi trạng thái sử dụng hội trường</b> hội trường lx-07"));
    assert!(usual.contains("from: active · to: maintenance") && usual.contains("không thành công"));
    assert!(usual.contains("href=\"/audit?cursor=WyJhdWRpdCIsMjAxXQ\"") && !usual.contains(">Mới nhất<"));
    assert!(pages["audit-empty-vi"].contains("Chưa có thao tác nào"));
    assert!(pages["audit-nothing-vi"].contains("Không có thao tác nào khớp với bộ lọc"));
    let filtered = &pages["audit-evil-en"];
    // Days are days where the halls are: the last one ends at 17:00 UTC.
    assert!(filtered.contains("action=hall.change") && filtered.contains("object=lx-07"));
    assert!(filtered.contains("from=2026-10-31T17%3A00%3A00Z") && filtered.contains("to=2026-11-25T17%3A00%3A00Z"));
    assert!(filtered.contains(">Latest<") && filtered.contains("value=\"2026-11-25\""));
}

#[test]
fn devices_in_a_circle_are_all_shown_once() {
    let page = &rendered()["hall-evil-vi"];
    for id in 1..=4 {
        assert_eq!(page.matches(&format!("class=\"twig\" href=\"/devices/{id}\"")).count(), 1, "device {id}");
    }
}

#[test]
fn a_call_is_a_telephone_number_and_nothing_else() {
    let pages = rendered();
    assert!(pages["hall-up-vi"].contains("href=\"tel:02633847001\""));
    assert!(pages["hall-evil-vi"].contains("href=\"tel:+84127"), "digits only, whatever was typed");
}

#[test]
fn a_gap_is_told_as_a_gap_and_never_as_zero() {
    let page = &rendered()["device-up-vi"];
    assert_eq!(page.matches("<td>không có số liệu</td>").count(), 3);
    assert!(!page.contains("<td>0\u{a0}bit/s</td>"));
}

#[test]
fn a_host_key_is_shown_beside_the_one_it_should_be_and_confirmed_by_its_fingerprint() {
    let pages = rendered();
    let (new, other, good) = (&pages["device-new-key-vi"], &pages["device-other-key-vi"], &pages["device-good-key-vi"]);
    let (pinned, shown) = ("a".repeat(43), "b".repeat(43));
    for page in [new, other] {
        assert!(page.contains("action=\"/devices/1/host-key\"") && page.contains(">Xác nhận khóa</button>"));
        assert!(page.contains(&format!("name=\"fingerprint\" value=\"SHA256:{shown}\"")));
    }
    assert!(new.contains("Khóa máy chủ SSH chưa xác nhận") && !new.contains("đã đổi") && !new.contains(&pinned));
    assert!(other.contains("Khóa máy chủ SSH đã đổi") && other.contains("Đừng đăng nhập") && other.contains(&pinned));
    assert!(other.contains("trong lúc đó thiết bị đã đưa ra khóa khác") && other.contains("đến hết 31/12/2026"));
    assert!(good.contains(&pinned) && !good.contains("<form method=\"post\" action=\"/devices"));
    assert!(good.contains("từ sau 24/11/2026"));
}

/// Not a comparison but a means to look at the pages: writes every sample, with the assets beside it, so that
/// `python3 -m http.server` in that directory serves them. See `controller/docs/pages.md`.
#[test]
fn samples_are_written_where_a_browser_can_look_at_them() {
    let dir = Path::new(env!("OUT_DIR")).join("samples");
    std::fs::create_dir_all(dir.join("assets")).unwrap();
    for (file, bytes) in assets::tests::files() {
        std::fs::write(dir.join("assets").join(file), bytes).unwrap();
    }
    for (name, html) in rendered() {
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name} is cut short");
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
    }
}
