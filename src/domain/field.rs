//! Fields of work, by which items are sorted and editors are chosen.

use serde::{Deserialize, Serialize};

/// Fields of work by which editors are assigned and `own_field` rules count (DOMAIN, items).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
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

impl Field {
    /// All fields.
    pub const ALL: [Self; 5] = [
        Self::TuyenGiao,
        Self::TaiChinh,
        Self::ToChucKiemTra,
        Self::ChinhSachPhapLuat,
        Self::VanPhong,
    ];

    /// Its name in the database and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TuyenGiao => "tuyen_giao",
            Self::TaiChinh => "tai_chinh",
            Self::ToChucKiemTra => "to_chuc_kiem_tra",
            Self::ChinhSachPhapLuat => "chinh_sach_phap_luat",
            Self::VanPhong => "van_phong",
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}
