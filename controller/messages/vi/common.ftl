# Khung trang, thời gian, trạng thái.
skip-to-content = Đến nội dung
tools = Công cụ
log-out = Đăng xuất
stale = Mất liên lạc với máy chủ. Số liệu trên trang có thể đã cũ; trang sẽ tự cập nhật khi có lại kết nối.
simulated = Dữ liệu mô phỏng: không có hội trường hay thiết bị thật nào ở đây.
trouble-disk-low = Ổ đĩa của máy chủ đã dùng { $percent } %. Số liệu đo mới đang tạm giữ ở trạm thu thập; cảnh báo vẫn hoạt động. Hãy giải phóng bớt dung lượng, phần còn lại sẽ tự tiếp tục.
trouble-not-written = Máy chủ không ghi được dữ liệu, rất có thể vì ổ đĩa đã đầy: số liệu trên trang có thể đã cũ và chưa ai được báo về sự cố mới. Hãy giải phóng bớt dung lượng; không cần khởi động lại.
rendered-at = Số liệu lúc { $time }
crumbs = Vị trí trang
time-since = từ { $exact } ({ $relative })
time-when = { $relative } · { $exact }
time-now = nay
time-before = trước
notes = Ghi chú

time-just-now = vừa xong
time-ago = { $duration } trước
time-under-a-minute = dưới 1 phút
time-minutes = { $count } phút
time-hours = { $count } giờ
time-days = { $count } ngày

state-up = Hoạt động
state-partial = Hoạt động một phần
state-degraded = Suy giảm
state-down = Mất kết nối
state-cut-off = Mất kết nối do thiết bị phía trên
state-unknown = Không rõ
state-maintenance = Bảo trì
state-excused = Được loại trừ
state-retired = Ngừng sử dụng
state-planned = Chưa đưa vào sử dụng

strip-last-day = 24 giờ qua: { $states }
strip-always-up = hoạt động suốt
strip-from = 24 giờ trước
strip-to = bây giờ

kind-router = bộ định tuyến
kind-access-point = điểm phát Wi-Fi
kind-switch = bộ chuyển mạch
kind-cpe = modem nhà mạng
kind-camera = camera
kind-ups = bộ lưu điện
kind-other = thiết bị khác

cause-suspected = nghi do: { $cause }
bring = Mang theo: { $what }

outages-recent = Các lần mất kết nối
outages-none = Không có lần mất kết nối nào.
outage-what = Đối tượng
outage-hall = Hội trường
outage-start = Bắt đầu
outage-end = Kết thúc
outage-length = Kéo dài
outage-cause = Nguyên nhân
outage-open = Chưa khắc phục
