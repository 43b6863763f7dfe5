# Trang tổng quan.
fleet-title = Tổng quan
fleet-operating = { $operating }/{ $total } hội trường đang hoạt động
fleet-outages = { $count } lần mất kết nối chưa khắc phục
fleet-no-outage = Không có hội trường hay thiết bị nào đang mất kết nối
fleet-halls = { $count } hội trường
fleet-all-halls = Các hội trường

fleet-empty = Chưa có hội trường nào
fleet-empty-how = Nhập danh sách từ tệp CSV trên máy đang chạy VillageNet. Mọi dòng sai được báo cùng lúc; chỉ nhập khi tất cả các dòng đều đúng.
fleet-empty-halls = Nhập các hội trường:
fleet-empty-devices = Nhập thiết bị của các hội trường:
fleet-empty-poll = Hoặc hỏi thử một thiết bị trước, không cần nhập gì:
fleet-empty-live = Trang này tự cập nhật ngay khi nhập xong.
fleet-no-devices = Chưa có thiết bị nào, nên chưa quan sát được hội trường nào. Nhập các thiết bị từ tệp CSV:

filter-text = Tìm hội trường
filter-hint = Tên, mã hoặc xã
filter-area = Địa bàn
filter-all-areas = Tất cả địa bàn
filter-state = Lọc theo trạng thái
filter-all-states = Tất cả
filter-go = Lọc
filter-nothing = Không có hội trường nào khớp với bộ lọc.
filter-clear = Bỏ bộ lọc
