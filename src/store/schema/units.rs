//! Units and people.

diesel::table! {
    unit (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_folded -> Text,
        name_sort -> Text,
        category -> Text,
        parent_id -> Nullable<BigInt>,
        federation_id -> BigInt,
        cluster -> Nullable<Text>,
        founded_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        counts_from -> Nullable<Date>,
        successor_id -> Nullable<BigInt>,
        mail -> Nullable<Text>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    unit_ancestor (unit_id, ancestor_id) {
        unit_id -> BigInt,
        ancestor_id -> BigInt,
        depth -> Integer,
        since_at -> BigInt,
    }
}

diesel::table! {
    unit_ancestor_past (unit_id, ancestor_id, from_at) {
        unit_id -> BigInt,
        ancestor_id -> BigInt,
        depth -> Integer,
        from_at -> BigInt,
        to_at -> BigInt,
    }
}

diesel::table! {
    person (id) {
        id -> BigInt,
        unit_id -> BigInt,
        name -> Text,
        name_folded -> Text,
        name_sort -> Text,
        title -> Nullable<Text>,
        mail -> Nullable<Text>,
        role -> Text,
        position -> Text,
        fields -> Text,
        active_from -> Nullable<Date>,
        active_to -> Nullable<Date>,
        moved_from -> Nullable<BigInt>,
        first_id -> Nullable<BigInt>,
        successor_id -> Nullable<BigInt>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    role_grant (id) {
        id -> BigInt,
        person_id -> BigInt,
        role -> Text,
        unit_id -> Nullable<BigInt>,
        position -> Text,
        fields -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        given_by -> Text,
        reason -> Text,
        created_at -> BigInt,
        revoked_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}
