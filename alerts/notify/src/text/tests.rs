//! Whole messages, as people read them.

use alerts::engine::NotificationKind;
use alerts::outage::Cause;
use alerts::rule::measure::{Measure, MeasureOf};
use alerts::rule::setting::Amount;
use alerts::rule::{Judged, Rule, Severity};
use inventory::device::DeviceKind;
use jiff::Timestamp;

use super::*;
use crate::message::{CutOff, DeviceLabel, HallLabel, Item, StoredEvidence};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn hall(code: &str, name: &str, area: &str) -> HallLabel {
    HallLabel { code: code.to_owned(), name: name.to_owned(), area: area.to_owned() }
}

fn suoi_thong() -> HallLabel {
    hall("dr-01", "Nhà sinh hoạt cộng đồng thôn Suối Thông B1", "Đạ Ròn")
}

fn device(name: &str, kind: DeviceKind) -> DeviceLabel {
    DeviceLabel { name: name.to_owned(), kind, address: None }
}

fn hall_down(hall: HallLabel) -> Item {
    let mut gateway = device("gw", DeviceKind::Router);
    gateway.address = Some("10.20.1.1".to_owned());
    Item {
        rule: Rule::HallDown,
        hall,
        device: Some(gateway),
        since: at("2026-11-24T21:41:25Z"),
        ended: None,
        cause: Cause::Unknown,
        suspected: Cause::Unknown,
        evidence: StoredEvidence::default(),
        judged: None,
    }
}

fn measured(measure: Measure, value: i32, threshold: i32) -> Item {
    let judged = Judged {
        value: Amount::whole(value),
        threshold: Amount::whole(threshold),
        hold_s: 600,
        severity: Severity::Warning,
    };
    let rule = Rule::Measured(measure);
    let item = Item { rule, judged: Some(judged.into()), ..hall_down(suoi_thong()) };
    match measure.of() {
        MeasureOf::Halls => item,
        MeasureOf::Devices => Item { device: Some(device("ap-1", DeviceKind::AccessPoint)), ..item },
    }
}

fn device_down(hall: HallLabel, device: DeviceLabel) -> Item {
    Item { rule: Rule::DeviceDown, device: Some(device), ..hall_down(hall) }
}

fn unstable(hall: HallLabel, device: Option<DeviceLabel>) -> Item {
    Item { rule: Rule::Unstable, device, ..hall_down(hall) }
}

fn host_key_changed(hall: HallLabel) -> Item {
    Item { rule: Rule::HostKeyChanged, ..hall_down(hall) }
}

fn firing(items: Vec<Item>, cut_off: Vec<CutOff>) -> Message {
    Message {
        id: "n-1".to_owned(),
        thread: "t-1".to_owned(),
        kind: NotificationKind::Firing,
        made_at: at("2026-11-24T21:53:30Z"),
        items,
        cut_off,
        base_url: Some("https://mang.example.vn".to_owned()),
        act_url: None,
        language: None,
    }
}

fn resolved(mut message: Message) -> Message {
    message.kind = NotificationKind::Resolved;
    message.made_at = at("2026-11-24T21:56:00Z");
    for item in &mut message.items {
        item.ended = Some(at("2026-11-24T21:55:40Z"));
    }
    message
}

fn behind(hall: HallLabel, names: &[&str]) -> Vec<CutOff> {
    let kind = DeviceKind::AccessPoint;
    names.iter().map(|name| CutOff { hall: hall.clone(), device: device(name, kind) }).collect()
}

/// Halls `lx-01` to `lx-NN`.
fn many(n: usize) -> Vec<Item> {
    (1..=n).map(|i| hall_down(hall(&format!("lx-{i:02}"), &format!("Thôn {i:02}"), "Lạc Xuân"))).collect()
}

/// One message of every shape there is.
fn shapes() -> Vec<Message> {
    let ap = || device("ap-1", DeviceKind::AccessPoint);
    let firing = [
        firing(vec![hall_down(suoi_thong())], behind(suoi_thong(), &["ap-1", "ap-2"])),
        firing(vec![hall_down(suoi_thong())], behind(hall("dr-02", "Thôn 02", "Đạ Ròn"), &["gw"])),
        firing(vec![device_down(suoi_thong(), ap())], Vec::new()),
        firing(vec![device_down(suoi_thong(), ap())], behind(hall("dr-02", "Thôn 02", "Đạ Ròn"), &["gw"])),
        firing(many(2), Vec::new()),
        firing(many(37), behind(hall("tt-01", "Thôn 01", "Tu Tra"), &["gw"])),
        firing(vec![device_down(suoi_thong(), ap()), device_down(suoi_thong(), ap())], Vec::new()),
        firing(vec![hall_down(suoi_thong()), device_down(many(1).remove(0).hall, ap())], Vec::new()),
        firing(many(1367), Vec::new()),
        firing(vec![host_key_changed(suoi_thong())], Vec::new()),
        firing(vec![host_key_changed(suoi_thong()), host_key_changed(many(1).remove(0).hall)], Vec::new()),
        firing(vec![unstable(suoi_thong(), None)], Vec::new()),
        firing(vec![unstable(suoi_thong(), Some(ap()))], Vec::new()),
        firing(vec![unstable(suoi_thong(), None), unstable(many(1).remove(0).hall, Some(ap()))], Vec::new()),
        firing(vec![measured(Measure::Cpu, 97, 90), measured(Measure::Memory, 95, 90)], Vec::new()),
        firing(vec![measured(Measure::Bandwidth, 97, 90), measured(Measure::Bandwidth, 95, 90)], Vec::new()),
        firing((0..1367).map(|_| measured(Measure::Latency, 300, 150)).collect(), Vec::new()),
    ];
    let each = Measure::ALL.iter().map(|one| super::tests::firing(vec![measured(*one, 1_234, 90)], Vec::new()));
    let firing: Vec<Message> = firing.into_iter().chain(each).collect();
    let of_kind = |kind| firing.iter().cloned().map(move |message| Message { kind, ..message });
    let kinds =
        [NotificationKind::Reminder, NotificationKind::Growth, NotificationKind::Escalation, NotificationKind::Digest];
    let others = kinds.into_iter().flat_map(of_kind);
    let over =
        firing.iter().cloned().map(resolved).map(|message| Message { kind: NotificationKind::Digest, ..message });
    firing.iter().cloned().chain(firing.iter().cloned().map(resolved)).chain(others).chain(over).collect()
}

#[test]
fn what_comes_and_goes_is_told_as_that() {
    let text = render(&firing(vec![unstable(suoi_thong(), None)], Vec::new()), Language::Vi);
    assert_eq!(text.subject, "◐ Chập chờn: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)");
    assert!(text.body.contains("Mất rồi có lại kết nối nhiều lần, chập chờn từ 04:41 25/11/2026"), "{}", text.body);
    assert!(text.short.starts_with("CHAP CHON dr-01 "), "{}", text.short);
}

#[test]
fn a_digest_says_what_lasts_and_what_is_over() {
    let ended = Some(at("2026-11-24T21:50:00Z"));
    let over = Item { ended, ..device_down(suoi_thong(), device("ap-2", DeviceKind::AccessPoint)) };
    let lasting = device_down(suoi_thong(), device("ap-1", DeviceKind::AccessPoint));
    let message = Message { kind: NotificationKind::Digest, ..firing(vec![lasting, over], Vec::new()) };
    let text = render(&message, Language::Vi);
    assert_eq!(text.subject, "Tin sau giờ yên tĩnh: 1 sự việc còn kéo dài, 1 đã qua");
    let said = "\
■ điểm phát Wi-Fi ap-1 – Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01), Đạ Ròn
   từ 04:41 25/11/2026 (12 phút trước)
● điểm phát Wi-Fi ap-2 – Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01), Đạ Ròn
   từ 04:41 25/11/2026 đến 04:50 25/11/2026 (kéo dài 8 phút)
";
    assert!(text.body.starts_with(said), "{}", text.body);
    assert!(text.short.starts_with("SAU GIO YEN TINH: 2 thiet bi: dr-01."), "{}", text.short);
}

#[test]
fn what_is_suspected_is_told_with_what_says_so_and_what_to_bring() {
    let evidence = StoredEvidence { halls_beside: 1, feeder_beside: 1, ..StoredEvidence::default() };
    let item = Item { suspected: Cause::Power, evidence, ..hall_down(suoi_thong()) };
    let text = render(&firing(vec![item.clone()], Vec::new()), Language::Vi);
    let said = "\
Nghi do: mất điện
– 1 hội trường khác mất kết nối trong cùng 90 giây
– 1 hội trường trong số đó dùng chung đường điện
Mang theo: bộ nguồn 12 V dự phòng, đồng hồ đo điện, ổ cắm nối dài
";
    assert!(text.body.contains(said), "{}", text.body);
    assert_eq!(
        text.short,
        "MAT KET NOI dr-01 Nha sinh hoat cong dong thon Suoi Thong B1 Da Ron tu 04:41. Nghi mat dien. Xem: https://mang.example.vn/halls/dr-01"
    );
    let both = render(&firing(vec![item.clone(), item.clone()], Vec::new()), Language::En);
    assert!(both.body.starts_with("Suspected: power cut\n"), "{}", both.body);
    let mixed = render(&firing(vec![item.clone(), hall_down(suoi_thong())], Vec::new()), Language::En);
    assert!(!mixed.body.contains("Suspected"), "they do not share it: {}", mixed.body);

    let started = Some(at("2026-11-24T21:54:00Z"));
    let evidence = StoredEvidence { started, ..StoredEvidence::default() };
    let over = resolved(firing(vec![Item { cause: Cause::Power, evidence, ..item }], Vec::new()));
    let text = render(&over, Language::Vi);
    assert!(text.body.contains("Nguyên nhân: mất điện\n– đã khởi động lại lúc 04:54 25/11/2026\n"), "{}", text.body);
    assert!(!text.body.contains("Mang theo"), "{}", text.body);
}

#[test]
fn a_hall_that_is_down_is_told_as_a_technician_would_tell_it() {
    let message = firing(vec![hall_down(suoi_thong())], behind(suoi_thong(), &["ap-1", "ap-2"]));
    let text = render(&message, Language::Vi);
    assert_eq!(text.subject, "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)");
    assert_eq!(
        text.body,
        "\
Hội trường: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)
Địa bàn: Đạ Ròn
Thiết bị: bộ định tuyến gw, địa chỉ 10.20.1.1
Mất kết nối từ 04:41 25/11/2026 (12 phút trước)
Nguyên nhân: chưa rõ
Mang theo: bộ nguồn 12 V, máy đo quang, dây mạng
Mất kết nối theo, do nằm phía sau: ap-1, ap-2

Kiểm tra trước:
1. Gọi người ở hội trường: có điện không, đèn trên bộ định tuyến có sáng không?
2. Có điện: xem thiết bị của nhà mạng. Đèn LOS đỏ hoặc đèn PON tắt là lỗi đường truyền, báo nhà mạng.
3. Đèn đều bình thường: rút nguồn bộ định tuyến 10 giây, cắm lại và chờ 3 phút.

Chi tiết: https://mang.example.vn/halls/dr-01
Tin lập lúc 04:53 25/11/2026. Khi hoạt động trở lại sẽ có tin báo.
"
    );
    assert_eq!(
        text.short,
        "MAT KET NOI dr-01 Nha sinh hoat cong dong thon Suoi Thong B1 Da Ron tu 04:41. \
         Xem: https://mang.example.vn/halls/dr-01"
    );
}

#[test]
fn a_recovery_says_how_long_it_lasted() {
    let message = resolved(firing(vec![hall_down(suoi_thong())], behind(suoi_thong(), &["ap-1"])));
    let text = render(&message, Language::Vi);
    assert_eq!(text.subject, "● Hoạt động trở lại: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01) sau 14 phút");
    assert!(text.body.contains("Mất kết nối từ 04:41 25/11/2026 đến 04:55 25/11/2026 (kéo dài 14 phút)\n"));
    assert!(!text.body.contains("Kiểm tra trước"), "nothing is left to check");
    assert_eq!(
        render(&message, Language::En).subject,
        "● Up again: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01) after 14 minutes"
    );
    assert!(text.short.starts_with("HOAT DONG LAI dr-01 "), "{}", text.short);
    assert!(text.short.contains(" luc 04:55."), "{}", text.short);
}

#[test]
fn a_group_is_counted_and_each_hall_is_named() {
    let text = render(&firing(many(5), Vec::new()), Language::Vi);
    assert_eq!(text.subject, "■ 5 hội trường mất kết nối ở Lạc Xuân");
    for i in 1..=5 {
        assert!(text.body.contains(&format!("■ Thôn {i:02} (lx-{i:02}), Lạc Xuân\n   từ 04:41 25/11/2026 (12 phút")));
    }
    assert!(text.body.contains("1. Nhiều nơi mất kết nối cùng lúc"));
    assert!(text.body.contains("Chi tiết: https://mang.example.vn/\n"));
    assert_eq!(
        text.short,
        "MAT KET NOI 5 hoi truong: lx-01 lx-02 lx-03 lx-04 lx-05 tu 04:41. Xem: https://mang.example.vn/"
    );
    assert_eq!(
        render(&resolved(firing(many(5), Vec::new())), Language::Vi).subject,
        "● 5 hội trường hoạt động trở lại ở Lạc Xuân"
    );
    let english = render(&firing(many(5), Vec::new()), Language::En).subject;
    assert_eq!(english, "■ 5 halls down in Lạc Xuân");
}

#[test]
fn what_to_do_stands_before_a_list_that_fills_the_screen() {
    let place = |body: &str, text: &str| body.find(text).unwrap_or_else(|| panic!("no {text} in {body}"));
    let few = render(&firing(many(10), Vec::new()), Language::Vi).body;
    assert!(place(&few, "Kiểm tra trước:") > place(&few, "(lx-10)"), "{few}");
    let crowd = render(&firing(many(11), Vec::new()), Language::Vi).body;
    assert!(place(&crowd, "Kiểm tra trước:") < place(&crowd, "(lx-01)"), "{crowd}");
}

#[test]
fn a_communes_uplink_names_the_halls_that_are_cut_off() {
    let mut cut_off = Vec::new();
    for i in 2..=12 {
        cut_off.extend(behind(hall(&format!("lx-{i:02}"), &format!("Thôn {i:02}"), "Lạc Xuân"), &["gw", "ap-1"]));
    }
    let message = firing(many(1), cut_off);
    let text = render(&message, Language::Vi);
    assert_eq!(text.subject, "■ Mất kết nối: Thôn 01 (lx-01), kéo theo 11 hội trường khác");
    for i in 2..=12 {
        assert!(text.body.contains(&format!("◇ Thôn {i:02} (lx-{i:02}): gw, ap-1\n")), "{}", text.body);
    }
    assert!(text.body.contains("Nhiều nơi mất kết nối cùng lúc"));
    assert!(text.short.contains("Keo theo 11 hoi truong."), "{}", text.short);
    let recovery = render(&resolved(message), Language::Vi);
    assert_eq!(recovery.subject, "● Hoạt động trở lại: Thôn 01 (lx-01), cùng 11 hội trường khác, sau 14 phút");
}

#[test]
fn an_access_point_is_told_with_advice_for_an_access_point() {
    let message = firing(vec![device_down(suoi_thong(), device("ap-1", DeviceKind::AccessPoint))], Vec::new());
    let text = render(&message, Language::Vi);
    assert_eq!(
        text.subject,
        "■ Mất kết nối: điểm phát Wi-Fi ap-1 – Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)"
    );
    assert!(text.body.contains("Thiết bị: điểm phát Wi-Fi ap-1\n") && text.body.contains("PoE"), "{}", text.body);
    assert!(text.short.starts_with("MAT KET NOI dr-01/ap-1 "), "{}", text.short);
}

#[test]
fn halls_and_devices_in_one_message_are_counted_apart() {
    let ap = device("ap-1", DeviceKind::AccessPoint);
    let items = vec![hall_down(suoi_thong()), device_down(many(1).remove(0).hall, ap)];
    let message = firing(items, Vec::new());
    let subject = |language| render(&message, language).subject;
    assert_eq!(subject(Language::Vi), "■ 1 hội trường và 1 thiết bị mất kết nối ở Đạ Ròn và Lạc Xuân");
    assert_eq!(subject(Language::En), "■ 1 hall and 1 device down in Đạ Ròn and Lạc Xuân");
}

#[test]
fn every_shape_of_message_is_whole_in_both_languages() {
    for message in shapes() {
        for language in Language::ALL {
            let Rendered { subject, body, short, link: _ } = render(&message, language);
            for text in [&subject, &body, &short] {
                assert!(!text.contains(['⟦', '⟧', '\u{2068}', '{', '$']), "{language}: {text}");
                assert!(!text.contains("  ") || text == &body, "{language}: {text}");
            }
            assert!(!subject.contains('\n') && !subject.contains(" ,") && !subject.ends_with([' ', ',']), "{subject}");
            assert!(body.ends_with('\n') && !body.contains("\n\n\n") && !body.contains('\r'), "{body}");
            assert!(short.is_ascii() && short.len() <= 160 && !short.contains('\n'), "{} {short}", short.len());
            assert!(body.len() < 8_000, "{} bytes", body.len());
        }
    }
}

#[test]
fn a_whole_province_is_told_in_a_short_message() {
    let text = render(&firing(many(1367), Vec::new()), Language::Vi);
    assert_eq!(text.subject, "■ 1.367 hội trường mất kết nối ở Lạc Xuân");
    assert!(text.body.contains("… và 1.327 dòng nữa"), "{}", text.body);
    assert!(text.short.contains(" lx-01 lx-02 ") && text.short.contains(" +13"), "{}", text.short);
}

#[test]
fn a_short_line_keeps_the_link_and_the_last_words_of_a_long_name() {
    let name = "Nhà sinh hoạt cộng đồng dân cư kiểu mẫu kết hợp nhà văn hóa và điểm trường mầm non thôn Suối Thông B1";
    let message = firing(vec![hall_down(hall("dr-01", name, "xã Đạ Ròn"))], Vec::new());
    let short = render(&message, Language::Vi).short;
    assert!(short.len() <= 160, "{short}");
    assert!(short.contains("thon Suoi Thong B1 tu 04:41. Xem: https://mang.example.vn/halls/dr-01"), "{short}");
    let mut far = message;
    far.base_url = Some(format!("https://{}.example.vn", "x".repeat(150)));
    let short = render(&far, Language::Vi).short;
    assert!(short.len() <= 160 && short.contains(" tu 04:41.") && !short.contains("https"), "{short}");
}

#[test]
fn names_cannot_add_lines_or_control_characters() {
    let evil = "Thôn\r\nBcc: x@y\r\n\r\n<b>\u{202e}\u{1b}[31m";
    let mut item = hall_down(hall("dr-01", evil, evil));
    item.device = Some(DeviceLabel { name: evil.to_owned(), kind: DeviceKind::Router, address: Some(evil.to_owned()) });
    let message = firing(vec![item], behind(hall("dr-02", evil, evil), &[evil]));
    let honest = firing(vec![hall_down(suoi_thong())], behind(hall("dr-02", "Thôn 02", "Đạ Ròn"), &["gw"]));
    for language in Language::ALL {
        let text = render(&message, language);
        assert!(!text.subject.contains(['\r', '\n', '\u{1b}', '\u{202e}']), "{:?}", text.subject);
        assert!(!text.short.contains(['\r', '\n', '\u{1b}']), "{:?}", text.short);
        assert!(!text.body.contains(['\r', '\u{1b}', '\u{202e}']), "{:?}", text.body);
        assert_eq!(text.body.lines().count(), render(&honest, language).body.lines().count());
    }
}

#[test]
fn a_message_without_a_base_url_has_no_links() {
    let mut message = firing(vec![hall_down(suoi_thong())], Vec::new());
    message.base_url = None;
    let text = render(&message, Language::Vi);
    assert!(!text.body.contains("Chi tiết") && !text.short.contains("Xem"), "{text:?}");
}

#[test]
fn a_changed_host_key_says_first_not_to_log_in_and_then_what_to_find_out() {
    let message = firing(vec![host_key_changed(suoi_thong())], Vec::new());
    let text = render(&message, Language::Vi);
    assert_eq!(
        text.subject,
        "■ Khóa máy chủ SSH đã đổi: bộ định tuyến gw – Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)"
    );
    assert_eq!(
        text.body,
        "\
Hội trường: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)
Địa bàn: Đạ Ròn
Thiết bị: bộ định tuyến gw, địa chỉ 10.20.1.1
Đưa ra khóa khác với khóa đã xác nhận từ 04:41 25/11/2026 (12 phút trước)
VillageNet không đăng nhập khi khóa không đúng: chưa gửi tên hay mật khẩu nào cho máy này.

Kiểm tra trước:
1. Đừng đăng nhập SSH vào thiết bị này: mật khẩu có thể rơi vào tay người khác.
2. Hỏi người ở hội trường và đội kỹ thuật: thiết bị có vừa được thay, khôi phục cài đặt gốc hay cài lại phần mềm không?
3. Có: so dấu vân tay của khóa đọc ngay tại thiết bị với trang thiết bị, đúng thì bấm “Xác nhận khóa”.
4. Không: có thể có máy lạ giả làm thiết bị. Báo người quản trị mạng, đừng xác nhận khóa.

Chi tiết: https://mang.example.vn/halls/dr-01
Tin lập lúc 04:53 25/11/2026. Khi khóa đúng trở lại hoặc có người xác nhận khóa mới sẽ có tin báo.
"
    );
    assert!(text.short.starts_with("DOI KHOA SSH dr-01/gw "), "{}", text.short);
    assert!(text.short.contains("Dung dang nhap"), "{}", text.short);
    let over = render(&resolved(message), Language::En);
    assert!(over.subject.starts_with("● SSH host key alarm over: router gw – "), "{}", over.subject);
    assert!(!over.body.contains("Cause") && !over.body.contains("Down"), "{}", over.body);
    assert!(over.short.starts_with("SSH KEY ALARM OVER dr-01/gw "), "{}", over.short);
}

#[test]
fn several_changed_host_keys_are_counted_and_listed() {
    let items = vec![host_key_changed(suoi_thong()), host_key_changed(many(1).remove(0).hall)];
    let text = render(&firing(items, Vec::new()), Language::Vi);
    assert_eq!(text.subject, "■ 2 thiết bị đổi khóa máy chủ SSH ở Đạ Ròn và Lạc Xuân");
    assert!(text.body.contains("■ bộ định tuyến gw – Thôn 01 (lx-01), Lạc Xuân\n"), "{}", text.body);
    assert!(text.body.contains("1. Đừng đăng nhập SSH") && !text.body.contains("nhà mạng"), "{}", text.body);
}

#[test]
fn a_device_fault_without_a_device_is_told_as_its_halls() {
    let mut item = hall_down(suoi_thong());
    (item.rule, item.device) = (Rule::DeviceDown, None);
    let subject = render(&firing(vec![item], Vec::new()), Language::Vi).subject;
    assert_eq!(subject, "■ Mất kết nối: Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)");
}

#[test]
fn what_is_measured_is_told_with_its_value_what_it_means_and_what_to_do_first() {
    let message = firing(vec![measured(Measure::PacketLoss, 34, 10)], Vec::new());
    let text = render(&message, Language::Vi);
    assert_eq!(
        text.subject,
        "■ Mất gói 34 % (ngưỡng 10 %) trong 10 phút: điểm phát Wi-Fi ap-1 – Nhà sinh hoạt cộng đồng thôn Suối Thông B1 (dr-01)"
    );
    let said = "\
Thiết bị: điểm phát Wi-Fi ap-1
Mất gói 34 % (ngưỡng 10 %) trong 10 phút, từ 04:41 25/11/2026 (12 phút trước)
Trong 5 phút gần nhất nhiều gói gửi đến thiết bị không có trả lời: trang web tải chập chờn, gọi video bị đứt.

Kiểm tra trước:
1. Xem đường truyền có đang đầy không";
    assert!(text.body.contains(said), "{}", text.body);
    assert_eq!(
        text.short,
        "CANH BAO Mat goi 34 % (nguong 10 %) trong 10 phut: dr-01/ap-1 Nha sinh hoat cong dong thon Suoi Thong B1 tu 04:41. Xem: https://mang.example.vn/halls/dr-01"
    );
    let over = render(&resolved(message), Language::Vi);
    assert!(over.subject.starts_with("● Trở lại bình thường: Mất gói, điểm phát Wi-Fi ap-1 – "), "{}", over.subject);
    assert!(!over.body.contains("Kiểm tra trước"), "{}", over.body);
}

#[test]
fn several_things_measured_are_one_message_with_the_advice_for_each() {
    let items = vec![measured(Measure::Cpu, 97, 90), measured(Measure::Memory, 95, 90)];
    let text = render(&firing(items, Vec::new()), Language::En);
    assert_eq!(text.subject, "■ 2 alerts in Đạ Ròn");
    for said in [
        "   Processor busy 97 % (threshold 90 %) for 10 minutes, since",
        "   Memory used 95 % (threshold 90 %) for 10 minutes, since",
        "Processor overloaded:\n1. See whether traffic",
        "Memory nearly full:\n1. Restart",
    ] {
        assert!(text.body.contains(said), "{said}: {}", text.body);
    }
}
