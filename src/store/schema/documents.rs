//! Official documents.

diesel::table! {
    letterhead (unit_id) {
        unit_id -> BigInt,
        superior_body -> Text,
        issuing_body -> Text,
        place -> Text,
        symbol -> Text,
        recipients -> Text,
        signatory_title -> Text,
        signatory_name -> Text,
        version -> Integer,
        updated_at -> BigInt,
    }
}

diesel::table! {
    document_template (id) {
        id -> BigInt,
        unit_id -> BigInt,
        kind -> Text,
        title -> Text,
        subject -> Text,
        body -> Text,
        version -> Integer,
        updated_at -> BigInt,
    }
}
