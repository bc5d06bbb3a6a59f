//! Jobs, mails, and what the program notes about itself.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    job (name) {
        name -> Text,
        unit_id -> Nullable<BigInt>,
        cron -> Text,
        catch_up -> Text,
        enabled -> Bool,
        next_at -> Nullable<BigInt>,
        retry_at -> Nullable<BigInt>,
        lease_until -> Nullable<BigInt>,
        lease_token -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    job_run (job, due_at) {
        job -> Text,
        due_at -> BigInt,
        state -> Text,
        attempts -> Integer,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        duration_ms -> Nullable<BigInt>,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        quiet -> Bool,
    }
}

diesel::table! {
    message (id) {
        id -> BigInt,
        key -> Text,
        message_id -> Text,
        kind -> Text,
        to_mail -> Text,
        to_name -> Text,
        person_id -> Nullable<BigInt>,
        unit_id -> Nullable<BigInt>,
        subject -> Text,
        text -> Text,
        html -> Text,
        headers -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        check_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    queue (id) {
        id -> BigInt,
        state -> Text,
        next_at -> BigInt,
        queued_at -> BigInt,
        domain -> Text,
        attempts -> Integer,
        doubts -> Integer,
        lease_token -> Nullable<BigInt>,
        lease_until -> Nullable<BigInt>,
        boot -> Nullable<Text>,
        last_error -> Nullable<Text>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Text,
        rights -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::joinable!(queue -> message (id));

diesel::table! {
    set_aside (entity, entity_id) {
        entity -> Text,
        entity_id -> BigInt,
        reason -> Text,
        found_at -> BigInt,
        tried_at -> BigInt,
        notified_at -> Nullable<BigInt>,
        cause -> Text,
    }
}
