-- The core of tinbai. Instants are microseconds since 1970-01-01 UTC (BIGINT) so that both databases compare and
-- sort them alike; dates are local dates of the federation's zone; JSON is TEXT. The same file stands, in the other
-- dialect, under the other database's folder.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE unit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- sort key of the Vietnamese collation, as hexadecimal text
    name_sort TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('federation', 'office', 'superior', 'grassroots', 'collaborator')),
    parent_id BIGINT REFERENCES unit (id),
    -- nearest federation above or the unit itself: mails of one check never cross it
    federation_id BIGINT NOT NULL,
    cluster TEXT,
    founded_on DATE,
    ended_on DATE,
    successor_id BIGINT REFERENCES unit (id),
    mail TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (parent_id IS NULL OR parent_id <> id),
    CHECK (successor_id IS NULL OR ended_on IS NOT NULL),
    CHECK (founded_on IS NULL OR ended_on IS NULL OR founded_on <= ended_on)
);
CREATE INDEX unit_parent ON unit (parent_id);
CREATE INDEX unit_name_folded ON unit (name_folded);
CREATE INDEX unit_name_sort ON unit (name_sort, id);

-- every unit with itself (depth 0) and all units above it
CREATE TABLE unit_ancestor (
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    ancestor_id BIGINT NOT NULL REFERENCES unit (id),
    depth INTEGER NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (unit_id, ancestor_id)
);
CREATE INDEX unit_ancestor_down ON unit_ancestor (ancestor_id, unit_id);

CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    title TEXT,
    mail TEXT,
    role TEXT NOT NULL CHECK (role IN ('department', 'editor', 'leader', 'contributor', 'viewer', 'admin')),
    position TEXT NOT NULL DEFAULT 'staff' CHECK (position IN ('head', 'deputy', 'staff')),
    fields TEXT NOT NULL DEFAULT '[]',
    active_from DATE,
    active_to DATE,
    -- whoever moves is entered anew: the row that they had before
    moved_from BIGINT REFERENCES person (id),
    -- the row under which they were entered first; their own if they never moved
    first_id BIGINT REFERENCES person (id),
    -- who took over when they left this post
    successor_id BIGINT REFERENCES person (id),
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (active_from IS NULL OR active_to IS NULL OR active_from <= active_to)
);
CREATE INDEX person_unit ON person (unit_id, role);
CREATE INDEX person_name_sort ON person (name_sort, id);
CREATE INDEX person_first ON person (first_id);
CREATE INDEX person_successor ON person (successor_id) WHERE successor_id IS NOT NULL;

-- a role beside the post (person.role at person.unit_id); it holds while the person is in service
CREATE TABLE role_grant (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('department', 'editor', 'leader', 'contributor', 'viewer', 'admin')),
    -- NULL = the whole house
    unit_id BIGINT REFERENCES unit (id),
    -- what they are there by this role: decides which mails they get
    position TEXT NOT NULL DEFAULT 'staff' CHECK (position IN ('head', 'deputy', 'staff')),
    -- of editors: the fields that the role is for, [] = every field; NULL = the person's own
    fields TEXT CHECK (fields IS NULL OR role = 'editor'),
    valid_from DATE NOT NULL,
    -- last day; NULL = open
    valid_to DATE,
    given_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_by TEXT,
    revoked_at BIGINT,
    CHECK (unit_id IS NOT NULL OR role = 'admin'),
    CHECK (valid_to IS NULL OR valid_from <= valid_to),
    CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
);
CREATE INDEX role_grant_person ON role_grant (person_id);
CREATE INDEX role_grant_role ON role_grant (role);
CREATE INDEX role_grant_unit ON role_grant (unit_id, role);

CREATE TABLE calendar (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE item_kind (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- passes review and publication; else it counts when it arrives
    reviewed BOOLEAN NOT NULL,
    in_depth BOOLEAN NOT NULL DEFAULT FALSE,
    sort INTEGER NOT NULL DEFAULT 100
);
INSERT INTO item_kind (code, name, reviewed, in_depth, sort) VALUES
    ('tin', 'Tin', TRUE, FALSE, 10),
    ('bai', 'Bài', TRUE, FALSE, 20),
    ('bai_chuyen_sau', 'Bài chuyên sâu', TRUE, TRUE, 30),
    ('phong_su', 'Phóng sự', TRUE, FALSE, 40),
    ('anh', 'Ảnh', TRUE, FALSE, 50),
    ('video', 'Video', TRUE, FALSE, 60),
    ('bai_fanpage', 'Bài đăng fanpage', FALSE, FALSE, 70),
    ('chien_dich', 'Chiến dịch truyền thông', FALSE, FALSE, 80),
    ('van_ban_dinh_huong', 'Văn bản định hướng', FALSE, FALSE, 90),
    ('tuyen_truyen_truc_tiep', 'Hoạt động tuyên truyền trực tiếp', FALSE, FALSE, 100),
    ('lop_tap_huan', 'Lớp tập huấn', FALSE, FALSE, 110),
    ('bao_cao_dinh_ky', 'Báo cáo định kỳ', FALSE, FALSE, 120);

CREATE TABLE policy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    valid_from DATE NOT NULL,
    patch TEXT NOT NULL,
    legal_basis TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (unit_id, valid_from)
);

CREATE TABLE plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    code TEXT NOT NULL,
    year INTEGER NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    title TEXT NOT NULL,
    document_number TEXT,
    document_date DATE,
    issuer TEXT,
    state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'in_force', 'ended')),
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (unit_id, year, code)
);

-- the identity of a rule; what it says is in its versions
CREATE TABLE rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id BIGINT REFERENCES plan (id),
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('quota', 'report', 'event', 'cutoff', 'answer', 'fixed_date')),
    UNIQUE (plan_id, code)
);

CREATE TABLE rule_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id BIGINT NOT NULL REFERENCES rule (id),
    version INTEGER NOT NULL,
    -- the first local date whose periods this version governs
    effective_from DATE NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (rule_id, version)
);

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    place TEXT,
    ordinary BOOLEAN NOT NULL,
    topical BOOLEAN NOT NULL,
    question BOOLEAN NOT NULL DEFAULT FALSE,
    -- known only by its date(s)
    date_only BOOLEAN NOT NULL DEFAULT FALSE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    answered_at BIGINT,
    answer TEXT,
    state TEXT NOT NULL DEFAULT 'registered' CHECK (state IN ('registered', 'cancelled')),
    -- registered by an item that reported it, not by a person
    from_item BOOLEAN NOT NULL DEFAULT FALSE,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (starts_at <= ends_at),
    CHECK (ordinary OR topical OR question)
);
CREATE INDEX event_unit ON event (unit_id, ends_at);

CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    -- whom it counts for: the unit, or its successor after a merger
    credited_unit_id BIGINT NOT NULL REFERENCES unit (id),
    kind TEXT NOT NULL REFERENCES item_kind (code),
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    field TEXT,
    url TEXT,
    body TEXT,
    channel TEXT NOT NULL CHECK (channel IN ('web', 'api', 'mail', 'zalo', 'ioffice')),
    event_id BIGINT REFERENCES event (id),
    happened_on DATE,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'published', 'returned', 'rejected', 'withdrawn')),
    submitted_at BIGINT NOT NULL,
    approved_at BIGINT,
    approved_by TEXT,
    arrived_at BIGINT,
    published_at BIGINT,
    decided_at BIGINT,
    -- when an item returned for changes stops holding its place
    return_lapses_at BIGINT,
    grade INTEGER CHECK (grade BETWEEN 1 AND 5),
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (state <> 'published' OR (published_at IS NOT NULL AND arrived_at IS NOT NULL))
);
-- covers the two questions of a check: what arrived for these units, and what arrived in this window
CREATE INDEX item_credit ON item (credited_unit_id, arrived_at, kind, state);
CREATE INDEX item_arrival ON item (arrived_at, credited_unit_id, kind, state, published_at, return_lapses_at);
CREATE INDEX item_event ON item (event_id);
CREATE INDEX item_state ON item (state, arrived_at);
CREATE INDEX item_unit ON item (unit_id, id);

CREATE TABLE item_author (
    item_id BIGINT NOT NULL REFERENCES item (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (item_id, person_id)
);
CREATE INDEX item_author_person ON item_author (person_id, item_id);

-- the item's way through the house, one row a step
CREATE TABLE item_step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id BIGINT NOT NULL REFERENCES item (id),
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX item_step_item ON item_step (item_id, id);

CREATE TABLE obligation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id BIGINT NOT NULL REFERENCES rule (id),
    rule_version_id BIGINT NOT NULL REFERENCES rule_version (id),
    -- 'u' or 'p' and the id: the subject is part of the identity
    subject TEXT NOT NULL,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    person_id BIGINT REFERENCES person (id),
    federation_id BIGINT NOT NULL REFERENCES unit (id),
    kind TEXT NOT NULL CHECK (kind IN ('quota', 'report', 'event', 'cutoff', 'answer', 'fixed_date')),
    period TEXT CHECK (period IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    -- the period's key (2026-M11) or 'event:' and the event's id
    period_key TEXT NOT NULL,
    year INTEGER NOT NULL,
    event_id BIGINT REFERENCES event (id),
    window_from BIGINT NOT NULL,
    window_to BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    due_revision INTEGER NOT NULL DEFAULT 1,
    explanation TEXT NOT NULL,
    -- the terms it was opened with: effective policy and what follows from it
    policy TEXT NOT NULL,
    calendar TEXT NOT NULL,
    -- an open row whose calendar has moved on since is computed again
    calendar_version INTEGER NOT NULL DEFAULT 0,
    required INTEGER NOT NULL CHECK (required > 0),
    maximum INTEGER,
    missed_at BIGINT,
    extended_to BIGINT,
    exempt_at BIGINT,
    -- carry or an extension ties it to its neighbours: settled together, in order
    chained BOOLEAN NOT NULL DEFAULT FALSE,
    arrived INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'awaiting_review', 'met_on_time', 'met_late', 'missed', 'exempt')),
    decided_at BIGINT,
    next_step_at BIGINT,
    -- how far its ladder has been walked: steps nominally at or before it are done with
    swept_until BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (rule_id, subject, period_key),
    CHECK (window_from <= window_to),
    CHECK (maximum IS NULL OR maximum >= required),
    CHECK (state = 'open' OR decided_at IS NOT NULL)
);
CREATE INDEX obligation_next_step ON obligation (next_step_at, federation_id) WHERE next_step_at IS NOT NULL;
CREATE INDEX obligation_unit ON obligation (unit_id, year, kind, state);
CREATE INDEX obligation_person ON obligation (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX obligation_event ON obligation (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX obligation_due ON obligation (federation_id, due_at);
-- who is late is read from this index alone
CREATE INDEX obligation_overdue ON obligation (due_at, unit_id, required, arrived, state);

CREATE TABLE credit (
    obligation_id BIGINT NOT NULL REFERENCES obligation (id),
    item_id BIGINT NOT NULL REFERENCES item (id),
    status TEXT NOT NULL CHECK (status IN ('counted', 'pending', 'surplus', 'carried', 'late', 'void')),
    arrived_at BIGINT NOT NULL,
    PRIMARY KEY (obligation_id, item_id)
);
CREATE INDEX credit_item ON credit (item_id);

CREATE TABLE extension (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    obligation_id BIGINT NOT NULL REFERENCES obligation (id),
    until BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'granted', 'refused')),
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    decision_reason TEXT
);
CREATE INDEX extension_obligation ON extension (obligation_id, id);

CREATE TABLE exemption (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule_id BIGINT NOT NULL REFERENCES rule (id),
    subject TEXT NOT NULL,
    period_key TEXT NOT NULL,
    -- an exemption whose cause is 'event_gone' ends when the event asks for the deadline again
    cause TEXT NOT NULL CHECK (cause IN ('decided', 'event_gone', 'subject_ended', 'nothing_owed')),
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (rule_id, subject, period_key)
);

-- what points are given for, of one year and category; a change is a new version
CREATE TABLE score_scheme (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the federation
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    year INTEGER NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    category TEXT NOT NULL CHECK (category IN ('federation', 'office', 'superior', 'grassroots', 'collaborator')),
    version INTEGER NOT NULL CHECK (version > 0),
    document_number TEXT NOT NULL,
    document_date DATE,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (unit_id, year, category, version)
);

-- the review of a year and category: computed, reviewed, published, frozen; opening it again makes a new edition
CREATE TABLE score_round (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the federation
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    year INTEGER NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    category TEXT NOT NULL CHECK (category IN ('federation', 'office', 'superior', 'grassroots', 'collaborator')),
    edition INTEGER NOT NULL CHECK (edition > 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'computed', 'published', 'frozen', 'reopened')),
    -- the edition that this one takes the place of, and why
    corrects_id BIGINT REFERENCES score_round (id),
    reason TEXT,
    scheme_id BIGINT REFERENCES score_scheme (id),
    computed_at BIGINT,
    decision_number TEXT,
    decision_date DATE,
    published_at BIGINT,
    frozen_at BIGINT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (unit_id, year, category, edition),
    CHECK ((state = 'draft') = (scheme_id IS NULL)),
    CHECK (state <> 'published' OR (decision_number IS NOT NULL AND decision_date IS NOT NULL)),
    CHECK (state <> 'frozen' OR frozen_at IS NOT NULL),
    CHECK ((corrects_id IS NULL) = (edition = 1)),
    CHECK (corrects_id IS NULL OR reason IS NOT NULL)
);

-- a unit's score in a round
CREATE TABLE score_sheet (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    round_id BIGINT NOT NULL REFERENCES score_round (id),
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    -- as they were when it was computed
    unit_name TEXT NOT NULL,
    cluster TEXT,
    ended BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('computed', 'self_assessed', 'reviewed')),
    engine INTEGER NOT NULL,
    inputs TEXT NOT NULL,
    score TEXT NOT NULL,
    -- in hundredths
    total BIGINT,
    rank INTEGER,
    self_assessment TEXT,
    review TEXT,
    -- of a frozen sheet: everything in one canonical text, and its SHA-256
    sealed TEXT,
    hash TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    updated_at BIGINT NOT NULL,
    UNIQUE (round_id, unit_id),
    CHECK ((sealed IS NULL) = (hash IS NULL)),
    CHECK (rank IS NULL OR total IS NOT NULL)
);
CREATE INDEX score_sheet_unit ON score_sheet (unit_id);
-- a frozen sheet never moves
CREATE TRIGGER score_sheet_frozen_update BEFORE UPDATE ON score_sheet WHEN OLD.sealed IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a frozen sheet never moves');
END;
CREATE TRIGGER score_sheet_frozen_delete BEFORE DELETE ON score_sheet WHEN OLD.sealed IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a frozen sheet never moves');
END;

-- what was said about which due instant, at which step, to whom: once, whatever restarts
CREATE TABLE reminder (
    obligation_id BIGINT NOT NULL REFERENCES obligation (id),
    due_revision INTEGER NOT NULL,
    step TEXT NOT NULL,
    -- 'p' or 'u' and the id: a person, or a unit's own address
    recipient TEXT NOT NULL,
    -- the check that found it due
    check_at BIGINT NOT NULL,
    -- when its mail may leave; in office hours
    leave_at BIGINT NOT NULL,
    -- when it was put into a mail, or found to be done meanwhile
    settled_at BIGINT,
    -- the mail that carries it; none if it was dropped
    mail_key TEXT,
    PRIMARY KEY (obligation_id, due_revision, step, recipient)
);
CREATE INDEX reminder_waiting ON reminder (recipient, leave_at) WHERE settled_at IS NULL;
CREATE INDEX reminder_mail ON reminder (mail_key) WHERE mail_key IS NOT NULL;

-- a reader of a reminder pressed "seen" or "remind me later"
CREATE TABLE acknowledgement (
    obligation_id BIGINT NOT NULL REFERENCES obligation (id),
    recipient TEXT NOT NULL,
    acknowledged_at BIGINT NOT NULL,
    snoozed_until BIGINT,
    PRIMARY KEY (obligation_id, recipient)
);

CREATE TABLE job (
    name TEXT NOT NULL PRIMARY KEY,
    -- the part before ':' of a name names the code that runs; a federation's own row carries its unit
    unit_id BIGINT REFERENCES unit (id),
    cron TEXT NOT NULL,
    -- what missed instants are worth: coalesce, each, within:SECONDS
    catch_up TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    -- the instant to run for; stays while a run of it goes on or is tried again. NULL = the line has run out
    next_at BIGINT,
    -- after a failed attempt: not again before
    retry_at BIGINT,
    lease_until BIGINT,
    lease_token TEXT,
    version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX job_next ON job (next_at);

CREATE TABLE job_run (
    job TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'skipped')),
    attempts INTEGER NOT NULL DEFAULT 1,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    duration_ms BIGINT,
    result TEXT,
    error TEXT,
    -- found nothing and was in time: kept only until the job's next such run
    quiet BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (job, due_at)
);
CREATE INDEX job_run_finished ON job_run (finished_at);

-- one mail to one recipient, complete and final: written in the transaction that decides to send it, never changed
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    to_mail TEXT NOT NULL,
    to_name TEXT NOT NULL,
    -- no foreign keys: the mail stays what it was, whatever becomes of whom it was about
    person_id BIGINT,
    unit_id BIGINT,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    headers TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    check_at BIGINT
);

-- where a message stands on its way out; narrow, because every mail changes it twice
CREATE TABLE queue (
    id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'sent', 'retry', 'dead', 'unknown')),
    -- the next instant at which anybody must look at the row: due for a try, or, while leased, the end of the lease
    next_at BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    domain TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- tries that ended without a word from the server after the final dot
    doubts INTEGER NOT NULL DEFAULT 0,
    lease_token BIGINT,
    lease_until BIGINT,
    -- the process that holds the lease
    boot TEXT,
    last_error TEXT,
    finished_at BIGINT,
    CHECK ((finished_at IS NOT NULL) = (state IN ('sent', 'dead'))),
    CHECK ((lease_token IS NOT NULL) = (state = 'leased'))
);
CREATE INDEX queue_due ON queue (next_at, id, state) WHERE finished_at IS NULL;
CREATE INDEX queue_finished ON queue (state, finished_at, id) WHERE finished_at IS NOT NULL;

CREATE TABLE access_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('department', 'editor', 'leader', 'contributor', 'viewer', 'admin')),
    -- NULL: the whole house
    unit_id BIGINT REFERENCES unit (id),
    person_id BIGINT REFERENCES person (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    -- JSON: the roles by which it was done; the reply is shown again to whom they still belong
    rights TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL DEFAULT '[]',
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    -- the actor, where it is a person
    person_id BIGINT,
    action TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    unit_id BIGINT,
    old TEXT,
    new TEXT,
    reason TEXT,
    request_id TEXT
);
CREATE INDEX audit_entity ON audit (entity, entity_id, id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_request ON audit (request_id);

-- Below which instant the purge may take lines of the trail out. `line` points at no line there can be, which is looked at when the
-- transaction ends: the row has to be gone by then, so that it opens the trail to nobody else.
CREATE TABLE audit_horizon (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    before BIGINT NOT NULL,
    line BIGINT NOT NULL DEFAULT -1 CHECK (line = -1) REFERENCES audit (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.at < before)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
-- INSERT OR REPLACE takes a line out without asking the trigger above
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;

-- who may sign in; the rights come from the person and its roles, day by day
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL UNIQUE REFERENCES person (id),
    mail TEXT NOT NULL,
    -- the mail in lower case: what a sign-in is compared with
    mail_folded TEXT NOT NULL UNIQUE,
    -- argon2id in PHC form; NULL until the person has set one, which who comes by single sign-on need not
    password_hash TEXT,
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    -- base32; NULL: no second factor
    totp_secret TEXT,
    -- the last time step whose code was taken: no code is good twice
    totp_last_step BIGINT,
    password_changed_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- one-time links in mails: the hash of what the link carries
CREATE TABLE account_link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id BIGINT NOT NULL REFERENCES account (id),
    hash TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL CHECK (purpose IN ('invite', 'reset')),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- used, or replaced by a newer one
    used_at BIGINT
);
CREATE INDEX account_link_account ON account_link (account_id, created_at);

CREATE TABLE recovery_code (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id BIGINT NOT NULL REFERENCES account (id),
    hash TEXT NOT NULL,
    used_at BIGINT,
    UNIQUE (account_id, hash)
);

CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id BIGINT NOT NULL REFERENCES account (id),
    hash TEXT NOT NULL UNIQUE,
    -- 'code': the second step is still to come; 'enrol': a second factor must be set up first
    stage TEXT NOT NULL CHECK (stage IN ('code', 'enrol', 'done')),
    -- what its person was known by
    how TEXT NOT NULL CHECK (how IN ('password', 'openid')),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    ended_at BIGINT,
    -- base32; a second factor that was shown here and not yet confirmed by a code: nowhere else, and no longer than the session
    totp_pending TEXT
);
CREATE INDEX session_account ON session (account_id, id) WHERE ended_at IS NULL;
CREATE INDEX session_expires ON session (expires_at);

-- the deadline rules that every federation has; their numbers are policy fields
INSERT INTO rule (id, plan_id, code, kind) VALUES
    (1, NULL, 'event', 'event'),
    (2, NULL, 'cutoff', 'cutoff'),
    (3, NULL, 'answer', 'answer');
INSERT INTO rule_version (id, rule_id, version, effective_from, content, created_at) VALUES
    (1, 1, 1, '2000-01-01', '{}', 0),
    (2, 2, 1, '2000-01-01', '{}', 0),
    (3, 3, 1, '2000-01-01', '{}', 0);
-- room for rules of the house; a plan's rules start above
UPDATE sqlite_sequence SET seq = 100 WHERE name IN ('rule', 'rule_version');
