//! The tables as diesel sees them, in the types common to SQLite and PostgreSQL: instants and ids
//! `BigInt`, dates `Date`, JSON and enums `Text`.

#![expect(missing_docs, reason = "columns are documented in migrations/")]

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

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

diesel::table! {
    calendar (id) {
        id -> BigInt,
        code -> Text,
        spec -> Text,
        version -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
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
    }
}

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
    set_aside (entity, entity_id) {
        entity -> Text,
        entity_id -> BigInt,
        reason -> Text,
        found_at -> BigInt,
        tried_at -> BigInt,
        notified_at -> Nullable<BigInt>,
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

diesel::joinable!(queue -> message (id));

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
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    score_scheme,
    score_round,
    score_sheet,
    unit,
    unit_ancestor,
    unit_ancestor_past,
    person,
    role_grant,
    calendar,
    item_kind,
    policy,
    plan,
    rule,
    rule_version,
    event,
    item,
    item_author,
    item_step,
    obligation,
    credit,
    extension,
    exemption,
    reminder,
    acknowledgement,
    job,
    job_run,
    message,
    queue,
    access_token,
    idempotency,
    audit,
    audit_horizon,
    account,
    account_link,
    recovery_code,
    session,
);
