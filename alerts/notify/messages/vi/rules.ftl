### Rules: what each watches, what a fault of it is called, and the first thing to do. `$value` and `$threshold` come with
### their unit.

rule-name = { $rule ->
        [hall_down] Hội trường mất kết nối
        [device_down] Thiết bị mất kết nối
        [host_key_changed] Khóa máy chủ SSH đã đổi
        [unstable] Chập chờn
        [packet_loss] Mất gói
        [latency] Phản hồi chậm
        [bandwidth] Đường truyền đầy
        [interface_errors] Cổng mạng bị lỗi gói
        [no_wifi_clients] Không ai dùng Wi-Fi
        [radar_channel_change] Wi-Fi đổi kênh do radar
        [cpu] Bộ xử lý quá tải
        [memory] Bộ nhớ gần đầy
        [temperature] Thiết bị quá nóng
        [reboot_loop] Khởi động lại liên tục
        [snmp_auth_failing] Sai thông tin truy cập SNMP
        [agent_silent] Trạm đo im lặng
       *[other] { $rule }
    }
rule-fault = { $rule ->
        [packet_loss] mất gói { $value }
        [latency] phản hồi chậm { $value }
        [bandwidth] đường truyền dùng { $value } băng thông hợp đồng
        [interface_errors] cổng mạng lỗi { $value }
        [no_wifi_clients] không ai dùng Wi-Fi { $value }
        [radar_channel_change] Wi-Fi rời kênh radar { $value } trong 24 giờ
        [cpu] bộ xử lý bận { $value }
        [memory] bộ nhớ đã dùng { $value }
        [temperature] nhiệt độ { $value }
        [reboot_loop] khởi động lại { $value } trong 30 phút
        [agent_silent] trạm đo im lặng { $value }
        [snmp_auth_failing] từ chối thông tin truy cập SNMP { $value } liên tiếp
       *[other] { $rule } { $value }
    }
rule-judged = { $fault } (ngưỡng { $threshold }){ $hold-n ->
        [0] {""}
       *[other] {" "}trong { $hold }
    }
rule-means = { $rule ->
        [hall_down] Không liên lạc được với bộ định tuyến của hội trường: cả hội trường không có mạng.
        [device_down] Thiết bị không trả lời trong khi bộ định tuyến của hội trường vẫn trả lời.
        [host_key_changed] Thiết bị đưa ra khóa máy chủ SSH khác với khóa đã xác nhận.
        [unstable] Hội trường hay thiết bị mất rồi có lại kết nối hơn 4 lần trong 30 phút.
        [packet_loss] Trong 5 phút gần nhất nhiều gói gửi đến thiết bị không có trả lời: trang web tải chập chờn, gọi video bị đứt.
        [latency] Thiết bị trả lời chậm: mạng vẫn có nhưng trang web mở lâu.
        [bandwidth] Đường truyền ra Internet của hội trường gần hết băng thông đã ký hợp đồng: mọi người đều thấy chậm.
        [interface_errors] Một cổng mạng nhận hoặc gửi nhiều gói hỏng: thường do dây mạng, đầu nối hoặc cáp quang.
        [no_wifi_clients] Hội trường trước đây có người dùng Wi-Fi nhưng nhiều ngày nay không ai kết nối, dù thiết bị vẫn chạy.
        [radar_channel_change] Điểm phát nhiều lần phải rời kênh 5 GHz dành ưu tiên cho radar: mỗi lần đổi, người dùng bị ngắt vài giây đến một phút.
        [cpu] Bộ xử lý của thiết bị bận liên tục: mạng chậm và thiết bị có thể treo.
        [memory] Bộ nhớ của thiết bị gần hết: thiết bị có thể treo hoặc tự khởi động lại.
        [temperature] Cảm biến nóng nhất của thiết bị vượt ngưỡng: thiết bị có thể tự tắt và mau hỏng.
        [reboot_loop] Thiết bị khởi động lại nhiều lần trong thời gian ngắn.
        [agent_silent] Không nhận được tin từ trạm đo đặt tại hội trường: không ai biết các thiết bị mà trạm này theo dõi đang thế nào. Đây chưa phải là mất kết nối.
        [snmp_auth_failing] Thiết bị trả lời rằng tên hay mật khẩu SNMP không đúng: không đọc được số liệu của thiết bị.
       *[other] { $rule }
    }
rule-first = { $rule ->
        [hall_down] 1. Gọi người ở hội trường: có điện không, đèn trên bộ định tuyến có sáng không?
        [device_down] 1. Kiểm tra nguồn điện của thiết bị, rồi dây mạng về bộ định tuyến.
        [host_key_changed] 1. Đừng đăng nhập SSH; hỏi đội kỹ thuật xem thiết bị có vừa được thay hay cài lại không.
        [unstable] 1. Kiểm tra nguồn điện và các đầu cắm: lỏng hoặc yếu thì lúc có lúc không.
        [packet_loss]
            1. Xem đường truyền có đang đầy không (biểu đồ lưu lượng trên trang thiết bị).
            2. Không đầy: kiểm tra dây mạng và đầu nối, thử dây khác; điểm phát nối không dây thì xem nhiễu và khoảng cách.
            3. Mất gói ở nhiều hội trường cùng lúc: báo nhà mạng.
        [latency]
            1. Xem đường truyền có đang đầy không, bộ xử lý có bận không.
            2. Không: đo lại từ hội trường, rồi báo nhà mạng kèm giờ bắt đầu.
        [bandwidth]
            1. Xem biểu đồ lưu lượng và hỏi người ở hội trường đang dùng gì (họp trực tuyến, tải tệp lớn, camera gửi lên mạng).
            2. Thường xuyên như vậy: đặt giới hạn cho từng người dùng hoặc xin nâng gói cước.
        [interface_errors]
            1. Mở trang thiết bị xem cổng nào lỗi.
            2. Cắm lại, rồi thay dây mạng hoặc dây nhảy quang của cổng đó; lau đầu quang.
            3. Vẫn lỗi: thử cổng khác, kiểm tra hai đầu cùng tốc độ và song công.
        [no_wifi_clients]
            1. Hỏi người ở hội trường: có mở cửa không, có ai thử vào Wi-Fi không?
            2. Có người thử mà không vào được: thử bằng điện thoại xem tên Wi-Fi, mật khẩu và trang đăng nhập.
        [radar_channel_change]
            1. Đặt điểm phát dùng kênh 36–48 hoặc 149–161, là những kênh không phải nhường cho radar.
        [cpu]
            1. Xem lưu lượng có tăng đột ngột không và có bao nhiêu người đang dùng.
            2. Tắt những gì không cần (ghi nhật ký chi tiết, lọc web trên thiết bị); nâng cấp phần mềm.
            3. Không tìm ra: khởi động lại ngoài giờ sử dụng.
        [memory]
            1. Khởi động lại thiết bị ngoài giờ sử dụng.
            2. Vài ngày sau lại đầy: nâng cấp phần mềm, bỏ chức năng không dùng.
        [temperature]
            1. Gọi người ở hội trường: thiết bị có bị che, phơi nắng hay quạt có kêu lạ không?
            2. Dời ra chỗ thoáng, lau bụi ở khe thoát nhiệt.
        [reboot_loop]
            1. Kiểm tra bộ nguồn và ổ cắm: nguồn yếu hoặc cắm lỏng là lý do thường gặp nhất.
            2. Nguồn tốt: xem lý do khởi động lại trên trang thiết bị, rồi nâng cấp phần mềm hoặc thay thiết bị.
        [agent_silent]
            1. Gọi người ở hội trường: máy chạy trạm đo có điện và có mạng không?
            2. Có: khởi động lại dịch vụ villagenet-agent, xem nhật ký của nó.
        [snmp_auth_failing]
            1. Hỏi ai vừa đổi cấu hình SNMP trên thiết bị.
            2. Sửa thông tin truy cập ở trang “Thông tin truy cập”, hoặc đặt lại trên thiết bị cho khớp.
       *[other] 1. { $rule }
    }

## Values with their unit.

amount-percent = { $number } %
amount-milliseconds = { $number } ms
amount-packets_per_second = { $number } gói/giây
amount-minutes = { $number } phút
amount-days = { $number } ngày
amount-count = { $number } lần
amount-celsius = { $number } °C

## Messages

where-device = { $device } – { $hall } ({ $code })
where-hall = { $hall } ({ $code })
subject-firing-measured = ■ { $fault }: { $where }
subject-resolved-measured = ● Trở lại bình thường: { $name }, { $where } sau { $duration }
subject-firing-measures = ■ { $count } cảnh báo{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
subject-resolved-measures = ● { $count } cảnh báo đã trở lại bình thường{ $area-n ->
        [0] {""}
       *[other] {" "}ở { $area }
    }
body-firing-measured = { $fault }, từ { $since } ({ $ago } trước)
body-resolved-measured = { $name } từ { $since } đến { $ended } (kéo dài { $duration })
list-firing-measured = ■ { $where }, { $area }
list-resolved-measured = ● { $where }, { $area }
advice-of-rule = { $name }:
made-firing-measured = Tin lập lúc { $made }. Khi trở lại bình thường sẽ có tin báo.
short-firing-measured = CẢNH BÁO { $fault }: { $what } từ { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-resolved-measured = BÌNH THƯỜNG LẠI { $name }: { $what } lúc { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}Xem: { $link }
    }
short-measures = { $count } cảnh báo
