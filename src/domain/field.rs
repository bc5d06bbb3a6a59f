//! Fields of work, by which items are sorted and editors are chosen.

crate::text_enum! {
    /// Fields of work, by which editors are assigned and `own_field` rules count.
    #[derive(PartialOrd, Ord)]
    pub enum Field {
        /// Tuyên giáo: propaganda.
        TuyenGiao,
        /// Tài chính: finance.
        TaiChinh,
        /// Tổ chức - Kiểm tra: organisation and inspection.
        ToChucKiemTra,
        /// Chính sách - Pháp luật: policy and law.
        ChinhSachPhapLuat,
        /// Văn phòng: office.
        VanPhong,
    }
}
