# Đăng nhập, lỗi, API.
login-title = Đăng nhập
login-go = Đăng nhập

error-home = Về trang tổng quan
error-id = Mã yêu cầu, để tìm trong nhật ký:
error-bad-request = Yêu cầu không hợp lệ
error-bad-request-next = Địa chỉ trang có thể đã bị gõ sai hoặc bị cắt mất một phần. Mở lại từ trang tổng quan.
error-not-signed-in = Cần đăng nhập
error-not-signed-in-next = Phiên làm việc đã hết hoặc chưa đăng nhập. Sau khi đăng nhập sẽ trở lại trang đang mở.
error-not-allowed = Không có quyền xem trang này
error-not-allowed-next = Tài khoản này không được xem hoặc làm việc đó. Nhờ quản trị viên cấp quyền nếu cần.
error-step-up = Cần xác nhận lại
error-step-up-next = Việc này thay đổi mật khẩu, khóa hoặc quyền, nên cần xác nhận bằng bước xác thực thứ hai trong vòng 10 phút gần đây. Xác nhận rồi làm lại.
error-not-found = Không tìm thấy
error-not-found-next = Hội trường hoặc thiết bị này không có hoặc đã được xóa. Tìm theo tên ở trang tổng quan.
error-link-spent = Đường dẫn không còn dùng được
error-link-spent-next = Đường dẫn này đã được dùng hoặc đã quá hạn. Nếu chưa đặt được mật khẩu, hãy nhờ quản trị viên gửi đường dẫn mới.
error-not-ready = VillageNet chưa sẵn sàng
error-not-ready-next = Máy chủ đang khởi động hoặc đang dừng. Tải lại trang sau ít phút.
error-our-fault = Có lỗi ở phía VillageNet
error-our-fault-next = Lỗi đã được ghi vào nhật ký; việc theo dõi các hội trường vẫn tiếp tục. Tải lại trang; nếu vẫn lỗi, gửi mã yêu cầu dưới đây cho quản trị viên.

api-title = API
api-how = Mọi thông tin trên các trang này đều có ở dạng JSON, dùng cùng mã truy cập:
