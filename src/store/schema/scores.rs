//! Scores.

diesel::table! {
    score_scheme (id) {
        id -> BigInt,
        unit_id -> BigInt,
        year -> Integer,
        category -> Text,
        version -> Integer,
        document_number -> Text,
        document_date -> Nullable<Date>,
        content -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    score_round (id) {
        id -> BigInt,
        unit_id -> BigInt,
        year -> Integer,
        category -> Text,
        edition -> Integer,
        state -> Text,
        corrects_id -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        scheme_id -> Nullable<BigInt>,
        computed_at -> Nullable<BigInt>,
        decision_number -> Nullable<Text>,
        decision_date -> Nullable<Date>,
        published_at -> Nullable<BigInt>,
        frozen_at -> Nullable<BigInt>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    score_sheet (id) {
        id -> BigInt,
        round_id -> BigInt,
        unit_id -> BigInt,
        unit_name -> Text,
        cluster -> Nullable<Text>,
        ended -> Bool,
        state -> Text,
        engine -> Integer,
        inputs -> Text,
        score -> Text,
        total -> Nullable<BigInt>,
        rank -> Nullable<Integer>,
        self_assessment -> Nullable<Text>,
        review -> Nullable<Text>,
        sealed -> Nullable<Text>,
        hash -> Nullable<Text>,
        version -> Integer,
        updated_at -> BigInt,
    }
}
