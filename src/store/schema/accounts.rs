//! Accounts, tokens, sessions, and the trail of what everybody did.

diesel::table! {
    access_token (id) {
        id -> BigInt,
        name -> Text,
        hash -> Text,
        role -> Text,
        unit_id -> Nullable<BigInt>,
        person_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_horizon (id) {
        id -> Integer,
        before -> BigInt,
        line -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor_id -> Text,
        actor -> Text,
        person_id -> Nullable<BigInt>,
        action -> Text,
        entity -> Text,
        entity_id -> Text,
        unit_id -> Nullable<BigInt>,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
        reason -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    account (id) {
        id -> BigInt,
        person_id -> BigInt,
        mail -> Text,
        mail_folded -> Text,
        password_hash -> Nullable<Text>,
        state -> Text,
        totp_secret -> Nullable<Text>,
        totp_last_step -> Nullable<BigInt>,
        password_changed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        language -> Nullable<Text>,
        theme -> Nullable<Text>,
        last_sign_in_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_link (id) {
        id -> BigInt,
        account_id -> BigInt,
        hash -> Text,
        purpose -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    recovery_code (id) {
        id -> BigInt,
        account_id -> BigInt,
        hash -> Text,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    session (id) {
        id -> BigInt,
        account_id -> BigInt,
        hash -> Text,
        stage -> Text,
        how -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
        address -> Text,
        agent -> Text,
        ended_at -> Nullable<BigInt>,
        totp_pending -> Nullable<Text>,
        kept -> Bool,
    }
}

diesel::table! {
    saved_view (id) {
        id -> BigInt,
        person_id -> BigInt,
        list -> Text,
        name -> Text,
        name_folded -> Text,
        query -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    calendar_feed (id) {
        id -> BigInt,
        person_id -> Nullable<BigInt>,
        unit_id -> Nullable<BigInt>,
        secret_hash -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}
