### What people are told, in the words of a technician. Names, times and counts come ready as text; `…-n` is the same
### count as a number, for choosing a form.

## Subject: the line that is read on a locked phone.

subject-reminder = Nhắc lại, chưa ai nhận xử lý. { $subject }
subject-growth = Lan rộng thêm. { $subject }
subject-escalation = Báo lên cấp trên, chưa ai nhận xử lý. { $subject }
subject-digest = Tin sau giờ yên tĩnh: { $lasting } sự việc còn kéo dài, { $over } đã qua
subject-firing-hall = ■ Mất kết nối: { $hall } ({ $code }){ $behind-n ->
        [0] {""}
       *[other] , kéo theo { $behind } hội trường khác
    }
subject-firing-device = ■ Mất kết nối: { $device } – { $hall } ({ $code }){ $behind-n ->
        [0] {""}
       *[other] , kéo theo { $behind } hội trường khác
    }
subject-firing-halls = ■ { $halls } hội trường mất kết nối{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-firing-devices = ■ { $devices } thiết bị mất kết nối{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-firing-mixed = ■ { $halls } hội trường và { $devices } thiết bị mất kết nối{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-hall = ● Hoạt động trở lại: { $hall } ({ $code }){ $behind-n ->
        [0] {""}
       *[other] , cùng { $behind } hội trường khác,
    } sau { $duration }
subject-resolved-device = ● Hoạt động trở lại: { $device } – { $hall } ({ $code }){ $behind-n ->
        [0] {""}
       *[other] , cùng { $behind } hội trường khác,
    } sau { $duration }
subject-resolved-halls = ● { $halls } hội trường hoạt động trở lại{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-devices = ● { $devices } thiết bị hoạt động trở lại{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-mixed = ● { $halls } hội trường và { $devices } thiết bị hoạt động trở lại{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-firing-key = ■ Khóa máy chủ SSH đã đổi: { $device } – { $hall } ({ $code })
subject-firing-keys = ■ { $devices } thiết bị đổi khóa máy chủ SSH{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-key = ● Hết cảnh báo khóa máy chủ SSH: { $device } – { $hall } ({ $code }) sau { $duration }
subject-resolved-keys = ● { $devices } thiết bị hết cảnh báo khóa máy chủ SSH{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-firing-unstable = ◐ Chập chờn: { $where }
subject-firing-unstables = ◐ { $count } nơi kết nối chập chờn{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-unstable = ● Hết chập chờn: { $where }
subject-resolved-unstables = ● { $count } nơi hết chập chờn{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
place-hall = { $hall } ({ $code })
place-device = { $device } – { $hall } ({ $code })
areas = { $first } và { $second }

## Body: one fault.

body-hall = Hội trường: { $hall } ({ $code })
body-area = Địa bàn: { $area }
body-device = Thiết bị: { $device }
body-device-address = Thiết bị: { $device }, địa chỉ { $address }
body-firing-since = Mất kết nối từ { $since } ({ $ago } trước)
body-resolved-since = Mất kết nối từ { $since } đến { $ended } (kéo dài { $duration })
body-firing-key-since = Đưa ra khóa khác với khóa đã xác nhận từ { $since } ({ $ago } trước)
body-resolved-key-since = Đưa ra khóa khác với khóa đã xác nhận từ { $since } đến { $ended } (kéo dài { $duration })
body-firing-key = VillageNet không đăng nhập khi khóa không đúng: chưa gửi tên hay mật khẩu nào cho máy này.
body-firing-unstable-since = Mất rồi có lại kết nối nhiều lần, chập chờn từ { $since } ({ $ago } trước)
body-resolved-unstable-since = Chập chờn từ { $since } đến { $ended } (kéo dài { $duration })
body-firing-unstable = Trong lúc chập chờn, từng lần mất kết nối không báo riêng. Nếu mất hẳn quá 30 phút sẽ có tin báo.
body-cause = Nguyên nhân: { $cause }
body-suspected = Nghi do: { $cause }
body-fact = – { $fact }
body-bring = Mang theo: { $bring }
body-firing-behind = Mất kết nối theo, do nằm phía sau: { $names }
body-resolved-behind = Nằm phía sau: { $names }

## Body: several faults, one under the other.

list-firing-hall = ■ { $hall } ({ $code }), { $area }
list-firing-device = ■ { $device } – { $hall } ({ $code }), { $area }
list-resolved-hall = ● { $hall } ({ $code }), { $area }
list-resolved-device = ● { $device } – { $hall } ({ $code }), { $area }
list-firing-since = từ { $since } ({ $ago } trước)
list-resolved-since = từ { $since } đến { $ended } (kéo dài { $duration })
list-firing-behind-title = Hội trường phía sau cũng mất kết nối:
list-resolved-behind-title = Hội trường phía sau:
list-behind = ◇ { $hall } ({ $code }): { $names }
list-more = … và { $count } dòng nữa

## Body: what to do first.

advice-title = Kiểm tra trước:
advice-hall =
    1. Gọi người ở hội trường: có điện không, đèn trên bộ định tuyến có sáng không?
    2. Có điện: xem thiết bị của nhà mạng. Đèn LOS đỏ hoặc đèn PON tắt là lỗi đường truyền, báo nhà mạng.
    3. Đèn đều bình thường: rút nguồn bộ định tuyến 10 giây, cắm lại và chờ 3 phút.
advice-many =
    1. Nhiều nơi mất kết nối cùng lúc: hỏi điện lực có cắt điện không, rồi hỏi nhà mạng về đường trục, trước khi đi từng nơi.
    2. Còn điện và đường trục tốt: bắt đầu từ nơi mất kết nối sớm nhất.
advice-device = { $kind ->
        [access_point]
            1. Điểm phát có sáng đèn không? Không: kiểm tra nguồn PoE hoặc bộ nguồn, thử cổng khác.
            2. Có sáng: kiểm tra dây mạng về bộ định tuyến, hai đầu phải có đèn.
            3. Vẫn không được: rút nguồn 10 giây, cắm lại và chờ 3 phút.
        [switch]
            1. Bộ chuyển mạch có điện không? Kiểm tra ổ cắm và bộ nguồn.
            2. Có điện: kiểm tra dây nối lên bộ định tuyến, thử cổng và dây khác.
        [cpe]
            1. Thiết bị của nhà mạng có điện không? Kiểm tra ổ cắm và bộ nguồn.
            2. Đèn LOS đỏ hoặc đèn PON tắt là lỗi đường truyền, báo nhà mạng.
        [camera]
            1. Camera có nguồn không? Kiểm tra PoE hoặc bộ nguồn.
            2. Có nguồn: kiểm tra dây mạng và đầu nối, nhất là đoạn ngoài trời.
        [ups]
            1. Bộ lưu điện có sáng đèn không, có kêu không? Kiểm tra điện lưới vào.
            2. Vẫn chạy: kiểm tra dây mạng vào bộ lưu điện.
       *[other]
            1. Thiết bị có điện không? Kiểm tra ổ cắm và bộ nguồn.
            2. Có điện: kiểm tra dây mạng về bộ định tuyến, rồi rút nguồn 10 giây và cắm lại.
    }

advice-key =
    1. Đừng đăng nhập SSH vào thiết bị này: mật khẩu có thể rơi vào tay người khác.
    2. Hỏi người ở hội trường và đội kỹ thuật: thiết bị có vừa được thay, khôi phục cài đặt gốc hay cài lại phần mềm không?
    3. Có: so dấu vân tay của khóa đọc ngay tại thiết bị với trang thiết bị, đúng thì bấm “Xác nhận khóa”.
    4. Không: có thể có máy lạ giả làm thiết bị. Báo người quản trị mạng, đừng xác nhận khóa.

advice-unstable =
    1. Nguồn điện: phích cắm, ổ cắm, bộ nguồn có lỏng hoặc nóng không? Điện áp có yếu vào giờ cao điểm không?
    2. Dây và đầu nối: lắc nhẹ từng đầu dây mạng, dây quang. Đèn chớp tắt theo là tiếp xúc kém, thay đầu hoặc dây.
    3. Thiết bị có nóng hoặc tự khởi động lại không? Đặt nơi thoáng, rồi báo nhà mạng nếu đèn LOS chớp đỏ.

## Body: the end.

act = Nhận xử lý: { $link }
link = Chi tiết: { $link }
made-firing = Tin lập lúc { $made }. Khi hoạt động trở lại sẽ có tin báo.
made-firing-key = Tin lập lúc { $made }. Khi khóa đúng trở lại hoặc có người xác nhận khóa mới sẽ có tin báo.
made-firing-unstable = Tin lập lúc { $made }. Khi yên được 30 phút sẽ có tin báo.
made-resolved = Tin lập lúc { $made }.

## Short: one line for SMS. Diacritics are taken off afterwards.

short-firing = MẤT KẾT NỐI { $what } từ { $time }.{ $suspected-n ->
        [0] {""}
       *[other] {" "}Nghi { $suspected }.
    }{ $behind-n ->
        [0] {""}
       *[other] {" "}Kéo theo { $behind } hội trường.
    }{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-resolved = HOẠT ĐỘNG LẠI { $what } lúc { $time }.{ $behind-n ->
        [0] {""}
       *[other] {" "}Cùng { $behind } hội trường.
    }{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-firing-key = ĐỔI KHÓA SSH { $what } từ { $time }. Đừng đăng nhập.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-resolved-key = HẾT CẢNH BÁO KHÓA SSH { $what } lúc { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-firing-unstable = CHẬP CHỜN { $what } từ { $time }. Mất rồi có lại nhiều lần.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-resolved-unstable = HẾT CHẬP CHỜN { $what } lúc { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-places = { $count } nơi
short-digest = SAU GIỜ YÊN TĨNH: { $what }.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-halls = { $halls } hội trường
short-devices = { $devices } thiết bị
short-mixed = { $halls } hội trường, { $devices } thiết bị

## Pieces for templates that somebody else wrote.

values-suspected = nghi { $cause }

## The button below a message.

open-page = Xem chi tiết

## A test of a channel: there is no fault.

trial-subject = ○ Tin thử của VillageNet: kênh { $channel }
trial-body =
    Đây là tin thử của kênh { $channel }, gửi lúc { $made }.
    Không có sự cố nào. Nếu đọc được tin này thì kênh đang hoạt động, không cần làm gì thêm.
trial-short = TIN THỬ của VillageNet, kênh { $channel }, lúc { $time }. Không có sự cố nào.
trial-hall = TIN THỬ (không có sự cố)

## Parts

device-named = { $kind ->
        [router] bộ định tuyến { $name }
        [access_point] điểm phát Wi-Fi { $name }
        [switch] bộ chuyển mạch { $name }
        [cpe] modem nhà mạng { $name }
        [camera] camera { $name }
        [ups] bộ lưu điện { $name }
       *[other] thiết bị { $name }
    }
unit-days = { $count } ngày
unit-hours = { $count } giờ
unit-minutes = { $count } phút
unit-seconds = { $count } giây
