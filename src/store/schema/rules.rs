//! What is asked for: calendars, kinds, policies, plans.

diesel::table! {
    calendar (id) {
        id -> BigInt,
        code -> Text,
        spec -> Text,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Nullable<BigInt>,
        copied_from -> Nullable<Text>,
        copied_version -> Nullable<Integer>,
    }
}

diesel::table! {
    item_kind (code) {
        code -> Text,
        name -> Text,
        reviewed -> Bool,
        in_depth -> Bool,
        sort -> Integer,
    }
}

diesel::table! {
    policy (id) {
        id -> BigInt,
        unit_id -> BigInt,
        valid_from -> Date,
        patch -> Text,
        legal_basis -> Nullable<Text>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    plan (id) {
        id -> BigInt,
        unit_id -> BigInt,
        code -> Text,
        year -> Integer,
        title -> Text,
        document_number -> Nullable<Text>,
        document_date -> Nullable<Date>,
        issuer -> Nullable<Text>,
        state -> Text,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    rule (id) {
        id -> BigInt,
        plan_id -> Nullable<BigInt>,
        code -> Text,
        kind -> Text,
    }
}

diesel::table! {
    rule_version (id) {
        id -> BigInt,
        rule_id -> BigInt,
        version -> Integer,
        effective_from -> Date,
        content -> Text,
        created_at -> BigInt,
    }
}
