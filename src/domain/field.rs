//! Fields of work, by which items are sorted and editors are chosen.

use crate::text_enum;
use serde::{Deserialize, Serialize};

/// Fields of work, by which editors are assigned and `own_field` rules count.
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
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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

text_enum!(Field);
