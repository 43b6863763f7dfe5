# Trang hội trường.
hall-call = Gọi { $name }
hall-directions = Chỉ đường
hall-day = 24 giờ qua
hall-devices = Thiết bị
hall-no-devices = Chưa có thiết bị. Nhập từ tệp CSV:
hall-line = Đường truyền
hall-behind = Nối qua
hall-facts = Thông tin hội trường
hall-contact = Người liên hệ
hall-hours = Giờ mở cửa
hall-provider = Nhà mạng
hall-contract = Hợp đồng
hall-speed = Tốc độ theo hợp đồng
hall-promised = Mức cam kết
hall-feeder = Lộ điện
hall-position = Tọa độ
