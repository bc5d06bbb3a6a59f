//! Events and items.

diesel::table! {
    event (id) {
        id -> BigInt,
        unit_id -> BigInt,
        title -> Text,
        title_folded -> Text,
        place -> Nullable<Text>,
        ordinary -> Bool,
        topical -> Bool,
        question -> Bool,
        date_only -> Bool,
        starts_at -> BigInt,
        ends_at -> BigInt,
        answered_at -> Nullable<BigInt>,
        answer -> Nullable<Text>,
        state -> Text,
        from_item -> Bool,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    item (id) {
        id -> BigInt,
        unit_id -> BigInt,
        credited_unit_id -> BigInt,
        kind -> Text,
        title -> Text,
        title_folded -> Text,
        field -> Nullable<Text>,
        url -> Nullable<Text>,
        body -> Nullable<Text>,
        channel -> Text,
        event_id -> Nullable<BigInt>,
        happened_on -> Nullable<Date>,
        state -> Text,
        submitted_at -> BigInt,
        approved_at -> Nullable<BigInt>,
        approved_by -> Nullable<Text>,
        arrived_at -> Nullable<BigInt>,
        published_at -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        return_lapses_at -> Nullable<BigInt>,
        grade -> Nullable<Integer>,
        reviewer_id -> Nullable<Text>,
        reviewer -> Nullable<Text>,
        in_review_at -> Nullable<BigInt>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    item_author (item_id, person_id) {
        item_id -> BigInt,
        person_id -> BigInt,
    }
}

diesel::table! {
    item_step (id) {
        id -> BigInt,
        item_id -> BigInt,
        at -> BigInt,
        action -> Text,
        state -> Text,
        actor_id -> Text,
        actor -> Text,
        reason -> Nullable<Text>,
        arrived_at -> Nullable<BigInt>,
        return_lapses_at -> Nullable<BigInt>,
        grade -> Nullable<Integer>,
        changes -> Nullable<Text>,
    }
}

diesel::table! {
    item_draft (id) {
        id -> BigInt,
        unit_id -> BigInt,
        person_id -> BigInt,
        kind -> Nullable<Text>,
        title -> Text,
        url -> Nullable<Text>,
        body -> Nullable<Text>,
        event_id -> Nullable<BigInt>,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    approval_request (item_id, item_version) {
        item_id -> BigInt,
        item_version -> Integer,
        asked_at -> BigInt,
        leave_at -> BigInt,
        settled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    file_import (id) {
        id -> BigInt,
        at -> BigInt,
        actor_id -> Text,
        actor -> Text,
        unit_id -> Nullable<BigInt>,
        kind -> Text,
        file_name -> Text,
        sha256 -> Text,
        created -> Integer,
        changed -> Integer,
        unchanged -> Integer,
        made -> Text,
        undone_at -> Nullable<BigInt>,
        undone_by -> Nullable<Text>,
    }
}
