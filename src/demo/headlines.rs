//! Headlines, questions and answers of demonstrations. `{unit}`, `{n}`, `{month}`, `{quarter}` and
//! `{year}` are filled in.

/// News.
pub const NEWS: &[&str] = &[
    "{unit} trao {n} phần quà cho đoàn viên có hoàn cảnh khó khăn",
    "{unit} kết nạp {n} đoàn viên mới trong tháng {month}/{year}",
    "{unit} tổ chức đối thoại định kỳ với người lao động",
    "{unit}: {n} đoàn viên được khám sức khỏe miễn phí",
    "{unit} phát động phong trào thi đua quý {quarter}/{year}",
    "{unit} khai giảng lớp tập huấn nghiệp vụ công tác công đoàn",
    "{unit} thăm hỏi, hỗ trợ đoàn viên bị tai nạn lao động",
    "{unit} ký kết thỏa ước lao động tập thể với nhiều điều khoản có lợi",
    "{unit} tuyên truyền pháp luật lao động cho {n} công nhân",
    "{unit} ra quân trồng {n} cây xanh bảo vệ môi trường",
    "{unit} tặng {n} suất học bổng cho con đoàn viên",
    "{unit} tổ chức bữa cơm công đoàn cho {n} người lao động",
    "{unit} kiểm tra an toàn, vệ sinh lao động tại doanh nghiệp",
    "{unit} tuyên dương lao động giỏi, lao động sáng tạo năm {year}",
    "{unit} hỗ trợ {n} đoàn viên vay vốn phát triển kinh tế gia đình",
];

/// Events and the news about them.
pub const EVENTS: &[&str] = &[
    "Hội nghị sơ kết hoạt động công đoàn quý {quarter}/{year} của {unit}",
    "Lễ bàn giao Mái ấm Công đoàn tại {unit}",
    "Hội thao công nhân, viên chức, lao động do {unit} tổ chức",
    "{unit} tổ chức đại hội công đoàn cơ sở điểm",
    "Hội nghị người lao động tại {unit}",
    "Ngày hội hiến máu tình nguyện của {unit} với {n} người tham gia",
    "Lễ phát động Tháng hành động về an toàn, vệ sinh lao động tại {unit}",
    "Hội thi tìm hiểu pháp luật lao động do {unit} tổ chức",
    "{unit} họp mặt nữ công tiêu biểu",
    "Phiên chợ nghĩa tình dành cho {n} công nhân của {unit}",
];

/// In-depth articles.
pub const IN_DEPTH: &[&str] = &[
    "Nâng cao chất lượng thỏa ước lao động tập thể: kinh nghiệm từ {unit}",
    "Chuyển đổi số trong hoạt động công đoàn nhìn từ {unit}",
    "Giữ chân người lao động: cách làm của {unit}",
    "Phát triển đoàn viên trong doanh nghiệp ngoài nhà nước ở {unit}",
    "Nhà ở cho công nhân: trăn trở và lời giải tại {unit}",
    "Chăm lo đời sống nữ công nhân: chuyện ở {unit}",
];

/// What members ask.
pub const QUESTIONS: &[&str] = &[
    "Đoàn viên hỏi về chế độ thai sản khi làm việc chưa đủ 6 tháng",
    "Đoàn viên hỏi về tiền lương làm thêm giờ ngày lễ",
    "Đoàn viên hỏi về thủ tục chuyển sinh hoạt công đoàn",
    "Đoàn viên hỏi về trợ cấp khi doanh nghiệp ngừng hoạt động",
    "Đoàn viên hỏi về mức đóng đoàn phí công đoàn",
];

/// What they are answered.
pub const ANSWERS: &[&str] = &[
    "Đã trả lời bằng văn bản và đăng trên chuyên mục Hỏi - đáp.",
    "Đã gọi điện giải thích cho đoàn viên, kèm trích dẫn quy định.",
    "Đã trả lời trên chuyên mục Tư vấn pháp luật.",
];

/// Why an item is sent back.
pub const RETURNED: &str = "Bổ sung số liệu và ảnh kèm chú thích.";

/// Why one is rejected.
pub const REJECTED: &str = "Nội dung trùng với tin đã đăng.";

/// Why one is withdrawn.
pub const WITHDRAWN: &str = "Đơn vị gửi nhầm bản chưa duyệt.";
