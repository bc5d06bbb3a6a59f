//! Obligations and the reminders of them.

diesel::table! {
    obligation (id) {
        id -> BigInt,
        rule_id -> BigInt,
        rule_version_id -> BigInt,
        subject -> Text,
        unit_id -> BigInt,
        person_id -> Nullable<BigInt>,
        federation_id -> BigInt,
        kind -> Text,
        period -> Nullable<Text>,
        period_key -> Text,
        year -> Integer,
        event_id -> Nullable<BigInt>,
        window_from -> BigInt,
        window_to -> BigInt,
        due_at -> BigInt,
        due_revision -> Integer,
        explanation -> Text,
        policy -> Text,
        calendar -> Text,
        calendar_version -> Integer,
        required -> Integer,
        maximum -> Nullable<Integer>,
        missed_at -> Nullable<BigInt>,
        extended_to -> Nullable<BigInt>,
        exempt_at -> Nullable<BigInt>,
        exempt_cause -> Nullable<Text>,
        chained -> Bool,
        arrived -> Integer,
        published -> Integer,
        done -> Integer,
        state -> Text,
        decided_at -> Nullable<BigInt>,
        next_step_at -> Nullable<BigInt>,
        swept_until -> BigInt,
        opened_at -> BigInt,
        version -> Integer,
    }
}

diesel::table! {
    credit (obligation_id, item_id) {
        obligation_id -> BigInt,
        item_id -> BigInt,
        status -> Text,
        arrived_at -> BigInt,
    }
}

diesel::table! {
    extension (id) {
        id -> BigInt,
        obligation_id -> BigInt,
        until -> BigInt,
        reason -> Text,
        state -> Text,
        asked_by -> Text,
        asked_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    exemption (id) {
        id -> BigInt,
        rule_id -> BigInt,
        subject -> Text,
        period_key -> Text,
        cause -> Text,
        reason -> Text,
        decided_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    reminder (obligation_id, due_revision, step, recipient) {
        obligation_id -> BigInt,
        due_revision -> Integer,
        step -> Text,
        recipient -> Text,
        check_at -> BigInt,
        leave_at -> BigInt,
        settled_at -> Nullable<BigInt>,
        mail_key -> Nullable<Text>,
        redirected -> Bool,
    }
}

diesel::table! {
    acknowledgement (obligation_id, recipient) {
        obligation_id -> BigInt,
        recipient -> Text,
        acknowledged_at -> BigInt,
        snoozed_until -> Nullable<BigInt>,
    }
}
