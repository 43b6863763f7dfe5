### Why something was lost, or is suspected to be: the causes, the facts that say so, and what to bring.

cause = { $cause ->
        [power] mất điện
        [line] lỗi đường truyền
        [device] hỏng thiết bị
        [upstream] lỗi đường trục
        [config] do thay đổi cấu hình
        [cut_off] mất kết nối do thiết bị phía trên
       *[unknown] chưa rõ
    }

## The facts, each a line of its own.

fact-changed = cấu hình được thay đổi lúc { $at }
fact-started = đã khởi động lại lúc { $at }
fact-ran-on = vẫn chạy liên tục từ { $at }
fact-backed-up = thiết bị dùng nguồn dự phòng (bộ lưu điện hoặc ắc quy)
fact-others-started = { $count } thiết bị khác trong hội trường cũng khởi động lại
fact-others-ran-on = { $count } thiết bị khác trong hội trường vẫn chạy liên tục
fact-halls-beside = { $count } hội trường khác mất kết nối trong cùng 90 giây
fact-whole-area = toàn bộ hội trường của địa bàn mất kết nối cùng lúc
fact-feeder-beside = { $count } hội trường trong số đó dùng chung đường điện
fact-neighbours-up = { $count } thiết bị sau cùng bộ định tuyến vẫn hoạt động
fact-on-battery = bộ lưu điện báo đang chạy ắc quy
fact-second-path = thiết bị khác trong hội trường, không đi qua bộ định tuyến này, vẫn trả lời

## What to bring.

bring-power = bộ nguồn 12 V dự phòng, đồng hồ đo điện, ổ cắm nối dài
bring-line = máy đo quang, dây nhảy quang, dây mạng, số báo hỏng của nhà mạng
bring-upstream = chưa cần đi từng nơi, hỏi nhà mạng về đường trục trước
bring-config = máy tính xách tay, dây mạng, bản sao lưu cấu hình gần nhất
bring-device = { $kind ->
        [router] bộ định tuyến thay thế đã nạp cấu hình, bộ nguồn 12 V
        [access_point] điểm phát Wi-Fi thay thế, bộ nguồn PoE, dây mạng
        [switch] bộ chuyển mạch thay thế, dây mạng
        [cpe] modem thay thế của nhà mạng, dây nhảy quang
        [camera] camera thay thế, bộ nguồn PoE, thang
        [ups] bộ lưu điện hoặc ắc quy thay thế
       *[other] thiết bị thay thế, dây mạng
    }
bring-unknown = bộ nguồn 12 V, máy đo quang, dây mạng
