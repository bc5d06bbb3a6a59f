PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations VALUES('20260101000001','2026-11-30 15:41:22');
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO meta VALUES('spelling','1');
INSERT INTO meta VALUES('opened:101','2026-11-30');
INSERT INTO meta VALUES('periods_opened_at','1795136400000000');
INSERT INTO meta VALUES('clock_seen','1795136400000000');
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
INSERT INTO unit VALUES(1,'tinh','Đơn vị tinh','don vi tinh','320248034504553b04513b453901408b050901c60f','federation',NULL,1,NULL,NULL,NULL,NULL,NULL,1,1795136400000000,1795136400000000);
INSERT INTO unit VALUES(2,'ban','Đơn vị ban','don vi ban','320248034504553b042d2b4501408b050801c60e','office',1,1,NULL,NULL,NULL,NULL,NULL,1,1795136400000000,1795136400000000);
INSERT INTO unit VALUES(3,'huyen','Đơn vị huyen','don vi huyen','320248034504553b0439535b334501408b050a01c610','superior',1,1,NULL,NULL,NULL,NULL,NULL,1,1795136400000000,1795136400000000);
INSERT INTO unit VALUES(4,'co-so','Đơn vị co-so','don vi co-so','320248034504553b042f47050e4f4701408b050a01c610','grassroots',3,1,NULL,NULL,NULL,NULL,NULL,1,1795136400000000,1795136400000000);
CREATE TABLE unit_ancestor (
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    ancestor_id BIGINT NOT NULL REFERENCES unit (id),
    depth INTEGER NOT NULL CHECK (depth >= 0),
    PRIMARY KEY (unit_id, ancestor_id)
);
INSERT INTO unit_ancestor VALUES(1,1,0);
INSERT INTO unit_ancestor VALUES(2,1,1);
INSERT INTO unit_ancestor VALUES(2,2,0);
INSERT INTO unit_ancestor VALUES(3,1,1);
INSERT INTO unit_ancestor VALUES(3,3,0);
INSERT INTO unit_ancestor VALUES(4,1,2);
INSERT INTO unit_ancestor VALUES(4,3,1);
INSERT INTO unit_ancestor VALUES(4,4,0);
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
INSERT INTO person VALUES(1,3,'Lãnh đạo huyện','lanh dao huyen','412b45390432022b470439535b34024501448b03418b05408b050501dc14',NULL,'huyen-leader@thu.example','leader','head','[]',NULL,NULL,NULL,1,NULL,1,1795136400000000,1795136400000000);
INSERT INTO person VALUES(2,1,'Chuyên viên tỉnh','chuyen vien tinh','2f39535b34024504553b34024504513b453901388b020601dc14',NULL,'tinh-department@thu.example','department','head','[]',NULL,NULL,NULL,2,NULL,1,1795136400000000,1795136400000000);
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
CREATE TABLE item_kind (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- passes review and publication; else it counts when it arrives
    reviewed BOOLEAN NOT NULL,
    in_depth BOOLEAN NOT NULL DEFAULT FALSE,
    sort INTEGER NOT NULL DEFAULT 100
);
INSERT INTO item_kind VALUES('tin','Tin',1,0,10);
INSERT INTO item_kind VALUES('bai','Bài',1,0,20);
INSERT INTO item_kind VALUES('bai_chuyen_sau','Bài chuyên sâu',1,1,30);
INSERT INTO item_kind VALUES('phong_su','Phóng sự',1,0,40);
INSERT INTO item_kind VALUES('anh','Ảnh',1,0,50);
INSERT INTO item_kind VALUES('video','Video',1,0,60);
INSERT INTO item_kind VALUES('bai_fanpage','Bài đăng fanpage',0,0,70);
INSERT INTO item_kind VALUES('chien_dich','Chiến dịch truyền thông',0,0,80);
INSERT INTO item_kind VALUES('van_ban_dinh_huong','Văn bản định hướng',0,0,90);
INSERT INTO item_kind VALUES('tuyen_truyen_truc_tiep','Hoạt động tuyên truyền trực tiếp',0,0,100);
INSERT INTO item_kind VALUES('lop_tap_huan','Lớp tập huấn',0,0,110);
INSERT INTO item_kind VALUES('bao_cao_dinh_ky','Báo cáo định kỳ',0,0,120);
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
INSERT INTO policy VALUES(1,1,'2026-01-01','{"calendar":"ben-tre"}',NULL,1,1795136400000000,1795136400000000);
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
INSERT INTO "plan" VALUES(1,1,'chi-tieu',2026,'Chỉ tiêu','01/KH-LĐLĐ','2026-01-10','LĐLĐ tỉnh','in_force',4,1795136400000000,1795136400000000);
CREATE TABLE rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id BIGINT REFERENCES plan (id),
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('quota', 'report', 'event', 'cutoff', 'answer', 'fixed_date')),
    UNIQUE (plan_id, code)
);
INSERT INTO rule VALUES(1,NULL,'event','event');
INSERT INTO rule VALUES(2,NULL,'cutoff','cutoff');
INSERT INTO rule VALUES(3,NULL,'answer','answer');
INSERT INTO rule VALUES(101,1,'r-0','quota');
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
INSERT INTO rule_version VALUES(1,1,1,'2000-01-01','{}',0);
INSERT INTO rule_version VALUES(2,2,1,'2000-01-01','{}',0);
INSERT INTO rule_version VALUES(3,3,1,'2000-01-01','{}',0);
INSERT INTO rule_version VALUES(101,101,1,'2026-11-01','{"title":"Chỉ tiêu","kind":"quota","subject":{"type":"units","categories":["superior"]},"kinds":["tin"],"scope":"own","period":"month","minimum":3}',1795136400000000);
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
INSERT INTO event VALUES(1,3,'Hội nghị','hoi nghi',NULL,1,0,0,0,1795068000000000,1795075200000000,NULL,NULL,'registered',0,1,1795136400000000,1795136400000000);
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
INSERT INTO item VALUES(1,3,3,'tin','Tin một','tin mot',NULL,NULL,NULL,'api',NULL,NULL,'published',1795136400000000,1795136400000000,'leader huyen',1795136400000000,1795136400000000,1795136400000000,NULL,NULL,2,1795136400000000,1795136400000000);
INSERT INTO item VALUES(2,3,3,'tin','Tin hai','tin hai',NULL,NULL,NULL,'api',NULL,NULL,'approved',1795136400000000,1795136400000000,'leader huyen',1795136400000000,NULL,NULL,NULL,NULL,1,1795136400000000,1795136400000000);
CREATE TABLE item_author (
    item_id BIGINT NOT NULL REFERENCES item (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (item_id, person_id)
);
CREATE TABLE item_step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id BIGINT NOT NULL REFERENCES item (id),
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    -- which actor: person:12, token:7, system, cli, anonymous
    actor_id TEXT NOT NULL,
    -- what the actor was called at that time
    actor TEXT NOT NULL,
    reason TEXT
);
INSERT INTO item_step VALUES(1,1,1795136400000000,'submit','approved','token:32','leader huyen',NULL);
INSERT INTO item_step VALUES(2,1,1795136400000000,'publish','published','token:11','editor tinh',NULL);
INSERT INTO item_step VALUES(3,2,1795136400000000,'submit','approved','token:32','leader huyen',NULL);
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
INSERT INTO obligation VALUES(1,101,101,'u3',3,NULL,1,'quota','month','2026-M11',2026,NULL,1793466000000000,1796058000000000,1796058000000000,1,'{"due":{"amount":{"rule":"period_end","first":"2026-11-01","last":"2026-11-30","end":"midnight"},"from":"2026-10-31T17:00:00Z","due":"2026-11-30T17:00:00Z","calendar":{"vi":"Giờ hành chính Bến Tre","en":"Office hours of Bến Tre"},"zone":"Asia/Ho_Chi_Minh","steps":[]}}','{"calendar":"ben-tre","leader_approval":true,"counted_when":"published","carry":"none","cutoff_time":"16:00","cutoff_days":"working","cutoff_inclusive":false,"both":"event","event_hours":12,"answer_hours":24,"counted_from":"event_end","settled_by":["tin","bai","bai_chuyen_sau","phong_su","anh","video"],"period_end":"midnight","return_days":3,"missed_after_days":3,"summary_when_empty":"skip","ladders":{}}','ben-tre',0,3,NULL,NULL,NULL,NULL,0,2,1,1,'open',NULL,1795651200000000,1795136400000000,1795136400000000,4);
INSERT INTO obligation VALUES(2,1,1,'u3',3,NULL,1,'event',NULL,'event:1',2026,1,1795068000000000,1795399200000000,1795399200000000,1,'{"due":{"amount":{"rule":"working_time","seconds":43200},"from":"2026-11-19T08:00:00Z","due":"2026-11-23T02:00:00Z","calendar":{"vi":"Giờ hành chính Bến Tre","en":"Office hours of Bến Tre"},"zone":"Asia/Ho_Chi_Minh","steps":[{"from":"2026-11-19T08:00:00Z","to":"2026-11-19T10:00:00Z","kind":"counted"},{"from":"2026-11-19T10:00:00Z","to":"2026-11-19T17:00:00Z","kind":"night"},{"from":"2026-11-19T17:00:00Z","to":"2026-11-20T00:00:00Z","kind":"night"},{"from":"2026-11-20T00:00:00Z","to":"2026-11-20T04:00:00Z","kind":"counted"},{"from":"2026-11-20T04:00:00Z","to":"2026-11-20T06:00:00Z","kind":"lunch"},{"from":"2026-11-20T06:00:00Z","to":"2026-11-20T10:00:00Z","kind":"counted"},{"from":"2026-11-20T10:00:00Z","to":"2026-11-20T17:00:00Z","kind":"night"},{"from":"2026-11-20T17:00:00Z","to":"2026-11-21T17:00:00Z","kind":"weekend"},{"from":"2026-11-21T17:00:00Z","to":"2026-11-22T17:00:00Z","kind":"weekend"},{"from":"2026-11-22T17:00:00Z","to":"2026-11-23T00:00:00Z","kind":"night"},{"from":"2026-11-23T00:00:00Z","to":"2026-11-23T02:00:00Z","kind":"counted"}]}}','{"calendar":"ben-tre","leader_approval":true,"counted_when":"published","carry":"none","cutoff_time":"16:00","cutoff_days":"working","cutoff_inclusive":false,"both":"event","event_hours":12,"answer_hours":24,"counted_from":"event_end","settled_by":["tin","bai","bai_chuyen_sau","phong_su","anh","video"],"period_end":"midnight","return_days":3,"missed_after_days":3,"summary_when_empty":"skip","ladders":{}}','ben-tre',0,1,NULL,1795737600000000,NULL,NULL,0,0,0,0,'open',NULL,1795161600000000,1795136400000000,1795136400000000,1);
CREATE TABLE credit (
    obligation_id BIGINT NOT NULL REFERENCES obligation (id),
    item_id BIGINT NOT NULL REFERENCES item (id),
    status TEXT NOT NULL CHECK (status IN ('counted', 'pending', 'surplus', 'carried', 'late', 'void')),
    arrived_at BIGINT NOT NULL,
    PRIMARY KEY (obligation_id, item_id)
);
INSERT INTO credit VALUES(1,1,'counted',1795136400000000);
INSERT INTO credit VALUES(1,2,'pending',1795136400000000);
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
INSERT INTO job VALUES('close-periods',NULL,'0 1 0 * * *','coalesce',1,1795194060000000,NULL,NULL,NULL,1);
INSERT INTO job VALUES('open-periods',NULL,'0 5 0 * * *','coalesce',1,1795194300000000,NULL,NULL,NULL,2);
INSERT INTO job VALUES('sweep',NULL,'0 * * * * *','coalesce',1,1795136460000000,NULL,NULL,NULL,1);
INSERT INTO job VALUES('summary:1',1,'0 1 16 * * *','within:86400',1,1795165260000000,NULL,NULL,NULL,1);
INSERT INTO job VALUES('purge',NULL,'0 30 2 * * *','coalesce',1,1795203000000000,NULL,NULL,NULL,1);
INSERT INTO job VALUES('backup',NULL,'0 0 1 * * *','coalesce',1,1795197600000000,NULL,NULL,NULL,1);
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
INSERT INTO job_run VALUES('open-periods',1795136400000000,'done',1,1795136400000000,1795136400001000,1,'{"counts":{},"sentence":"Không có kỳ nào bắt đầu.","quiet":true}',NULL,1);
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
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    -- which actor: person:12, token:7, system, cli, anonymous
    actor_id TEXT NOT NULL,
    -- what the actor was called at that time
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
INSERT INTO audit VALUES(1,1795136400000000,'cli','cli',NULL,'found','unit','1',1,NULL,'{"id":1,"code":"tinh","name":"Đơn vị tinh","name_folded":"don vi tinh","category":"federation","parent_id":null,"federation_id":1,"cluster":null,"founded_on":null,"ended_on":null,"counts_from":null,"successor_id":null,"mail":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(2,1795136400000000,'cli','cli',NULL,'found','unit','2',2,NULL,'{"id":2,"code":"ban","name":"Đơn vị ban","name_folded":"don vi ban","category":"office","parent_id":1,"federation_id":1,"cluster":null,"founded_on":null,"ended_on":null,"counts_from":null,"successor_id":null,"mail":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(3,1795136400000000,'cli','cli',NULL,'found','unit','3',3,NULL,'{"id":3,"code":"huyen","name":"Đơn vị huyen","name_folded":"don vi huyen","category":"superior","parent_id":1,"federation_id":1,"cluster":null,"founded_on":null,"ended_on":null,"counts_from":null,"successor_id":null,"mail":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(4,1795136400000000,'cli','cli',NULL,'found','unit','4',4,NULL,'{"id":4,"code":"co-so","name":"Đơn vị co-so","name_folded":"don vi co-so","category":"grassroots","parent_id":3,"federation_id":1,"cluster":null,"founded_on":null,"ended_on":null,"counts_from":null,"successor_id":null,"mail":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(5,1795136400000000,'cli','cli',NULL,'set','policy','1',1,NULL,'{"id":1,"unit_id":1,"valid_from":"2026-01-01","patch":{"calendar":"ben-tre"},"legal_basis":null,"version":1,"updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(6,1795136400000000,'cli','cli',NULL,'draft','plan','1',1,NULL,'{"id":1,"unit_id":1,"code":"chi-tieu","year":2026,"title":"Chỉ tiêu","document_number":"01/KH-LĐLĐ","document_date":"2026-01-10","issuer":"LĐLĐ tỉnh","state":"draft","version":1,"updated_at":"2026-11-20T08:00:00+07:00","rules":[]}',NULL,NULL);
INSERT INTO audit VALUES(7,1795136400000000,'cli','cli',NULL,'add_rule','rule','101',1,NULL,'{"id":101,"code":"r-0","removed":false,"versions":[{"version":1,"effective_from":"2026-01-01","content":{"title":"Chỉ tiêu","kind":"quota","subject":{"type":"units","categories":["superior"]},"kinds":["tin"],"scope":"own","period":"month","minimum":3}}]}',NULL,NULL);
INSERT INTO audit VALUES(8,1795136400000000,'cli','cli',NULL,'approve','plan','1',1,'{"id":1,"unit_id":1,"code":"chi-tieu","year":2026,"title":"Chỉ tiêu","document_number":"01/KH-LĐLĐ","document_date":"2026-01-10","issuer":"LĐLĐ tỉnh","state":"draft","version":2,"updated_at":"2026-11-20T08:00:00+07:00"}','{"id":1,"unit_id":1,"code":"chi-tieu","year":2026,"title":"Chỉ tiêu","document_number":"01/KH-LĐLĐ","document_date":"2026-01-10","issuer":"LĐLĐ tỉnh","state":"approved","version":3,"updated_at":"2026-11-20T08:00:00+07:00","rules":[{"id":101,"code":"r-0","removed":false,"versions":[{"version":1,"effective_from":"2026-01-01","content":{"title":"Chỉ tiêu","kind":"quota","subject":{"type":"units","categories":["superior"]},"kinds":["tin"],"scope":"own","period":"month","minimum":3}}]}]}',NULL,NULL);
INSERT INTO audit VALUES(9,1795136400000000,'cli','cli',NULL,'put_in_force','plan','1',1,'{"id":1,"unit_id":1,"code":"chi-tieu","year":2026,"title":"Chỉ tiêu","document_number":"01/KH-LĐLĐ","document_date":"2026-01-10","issuer":"LĐLĐ tỉnh","state":"approved","version":3,"updated_at":"2026-11-20T08:00:00+07:00"}','{"id":1,"unit_id":1,"code":"chi-tieu","year":2026,"title":"Chỉ tiêu","document_number":"01/KH-LĐLĐ","document_date":"2026-01-10","issuer":"LĐLĐ tỉnh","state":"in_force","version":4,"updated_at":"2026-11-20T08:00:00+07:00","rules":[{"id":101,"code":"r-0","removed":false,"versions":[{"version":1,"effective_from":"2026-11-01","content":{"title":"Chỉ tiêu","kind":"quota","subject":{"type":"units","categories":["superior"]},"kinds":["tin"],"scope":"own","period":"month","minimum":3}}]}]}',NULL,NULL);
INSERT INTO audit VALUES(10,1795136400000000,'cli','cli',NULL,'enter','person','1',3,NULL,'{"id":1,"unit_id":3,"name":"Lãnh đạo huyện","name_folded":"lanh dao huyen","title":null,"mail":"huyen-leader@thu.example","role":"leader","position":"head","fields":[],"active_from":null,"active_to":null,"moved_from":null,"successor_id":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(11,1795136400000000,'cli','cli',NULL,'enter','person','2',1,NULL,'{"id":2,"unit_id":1,"name":"Chuyên viên tỉnh","name_folded":"chuyen vien tinh","title":null,"mail":"tinh-department@thu.example","role":"department","position":"head","fields":[],"active_from":null,"active_to":null,"moved_from":null,"successor_id":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(12,1795136400000000,'token:10','department tinh',NULL,'register','event','1',3,NULL,'{"id":1,"unit_id":3,"title":"Hội nghị","place":null,"ordinary":true,"topical":false,"question":false,"date_only":false,"starts_at":"2026-11-19T13:00:00+07:00","ends_at":"2026-11-19T15:00:00+07:00","answered_at":null,"answer":null,"state":"registered","from_item":false,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(13,1795136400000000,'token:32','leader huyen',NULL,'submit','item','1',3,NULL,'{"id":1,"unit_id":3,"credited_unit_id":3,"kind":"tin","title":"Tin một","field":null,"url":null,"channel":"api","event_id":null,"happened_on":null,"state":"approved","submitted_at":"2026-11-20T08:00:00+07:00","approved_at":"2026-11-20T08:00:00+07:00","approved_by":"leader huyen","arrived_at":"2026-11-20T08:00:00+07:00","published_at":null,"decided_at":null,"return_lapses_at":null,"grade":null,"reviewer_id":null,"reviewer":null,"in_review_at":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(14,1795136400000000,'token:11','editor tinh',NULL,'publish','item','1',3,'{"id":1,"unit_id":3,"credited_unit_id":3,"kind":"tin","title":"Tin một","field":null,"url":null,"channel":"api","event_id":null,"happened_on":null,"state":"approved","submitted_at":"2026-11-20T08:00:00+07:00","approved_at":"2026-11-20T08:00:00+07:00","approved_by":"leader huyen","arrived_at":"2026-11-20T08:00:00+07:00","published_at":null,"decided_at":null,"return_lapses_at":null,"grade":null,"reviewer_id":null,"reviewer":null,"in_review_at":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}','{"id":1,"unit_id":3,"credited_unit_id":3,"kind":"tin","title":"Tin một","field":null,"url":null,"channel":"api","event_id":null,"happened_on":null,"state":"published","submitted_at":"2026-11-20T08:00:00+07:00","approved_at":"2026-11-20T08:00:00+07:00","approved_by":"leader huyen","arrived_at":"2026-11-20T08:00:00+07:00","published_at":"2026-11-20T08:00:00+07:00","decided_at":"2026-11-20T08:00:00+07:00","return_lapses_at":null,"grade":null,"reviewer_id":null,"reviewer":null,"in_review_at":null,"version":2,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
INSERT INTO audit VALUES(15,1795136400000000,'token:32','leader huyen',NULL,'submit','item','2',3,NULL,'{"id":2,"unit_id":3,"credited_unit_id":3,"kind":"tin","title":"Tin hai","field":null,"url":null,"channel":"api","event_id":null,"happened_on":null,"state":"approved","submitted_at":"2026-11-20T08:00:00+07:00","approved_at":"2026-11-20T08:00:00+07:00","approved_by":"leader huyen","arrived_at":"2026-11-20T08:00:00+07:00","published_at":null,"decided_at":null,"return_lapses_at":null,"grade":null,"reviewer_id":null,"reviewer":null,"in_review_at":null,"version":1,"created_at":"2026-11-20T08:00:00+07:00","updated_at":"2026-11-20T08:00:00+07:00"}',NULL,NULL);
CREATE TABLE audit_horizon (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    before BIGINT NOT NULL,
    line BIGINT NOT NULL DEFAULT -1 CHECK (line = -1) REFERENCES audit (id) DEFERRABLE INITIALLY DEFERRED
);
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
CREATE TABLE IF NOT EXISTS "calendar" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('rule',101);
INSERT INTO sqlite_sequence VALUES('rule_version',101);
INSERT INTO sqlite_sequence VALUES('policy',1);
INSERT INTO sqlite_sequence VALUES('unit',4);
INSERT INTO sqlite_sequence VALUES('audit',15);
INSERT INTO sqlite_sequence VALUES('plan',1);
INSERT INTO sqlite_sequence VALUES('obligation',2);
INSERT INTO sqlite_sequence VALUES('person',2);
INSERT INTO sqlite_sequence VALUES('event',1);
INSERT INTO sqlite_sequence VALUES('item',2);
INSERT INTO sqlite_sequence VALUES('item_step',3);
INSERT INTO sqlite_sequence VALUES('calendar',0);
CREATE INDEX unit_parent ON unit (parent_id);
CREATE INDEX unit_name_folded ON unit (name_folded);
CREATE INDEX unit_name_sort ON unit (name_sort, id);
CREATE INDEX person_unit ON person (unit_id, role);
CREATE INDEX person_name_sort ON person (name_sort, id);
CREATE INDEX person_first ON person (first_id);
CREATE INDEX person_successor ON person (successor_id) WHERE successor_id IS NOT NULL;
CREATE INDEX role_grant_person ON role_grant (person_id);
CREATE INDEX role_grant_role ON role_grant (role);
CREATE INDEX role_grant_unit ON role_grant (unit_id, role);
CREATE INDEX event_unit ON event (unit_id, ends_at);
CREATE INDEX event_start ON event (starts_at, id);
CREATE INDEX item_credit ON item (credited_unit_id, arrived_at, kind, state);
CREATE INDEX item_arrival ON item (arrived_at, credited_unit_id, kind, state, published_at, return_lapses_at);
CREATE INDEX item_event ON item (event_id);
CREATE INDEX item_state ON item (state, arrived_at);
CREATE INDEX item_unit ON item (unit_id, id);
CREATE INDEX item_author_person ON item_author (person_id, item_id);
CREATE INDEX item_step_item ON item_step (item_id, id);
CREATE INDEX item_step_actor ON item_step (actor_id, action, item_id);
CREATE INDEX obligation_next_step ON obligation (next_step_at, federation_id) WHERE next_step_at IS NOT NULL;
CREATE INDEX obligation_unit ON obligation (unit_id, year, kind, state);
CREATE INDEX obligation_person ON obligation (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX obligation_event ON obligation (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX obligation_due ON obligation (federation_id, due_at);
CREATE INDEX obligation_overdue ON obligation (due_at, unit_id, required, arrived, state);
CREATE INDEX credit_item ON credit (item_id);
CREATE INDEX extension_obligation ON extension (obligation_id, id);
CREATE INDEX score_sheet_unit ON score_sheet (unit_id);
CREATE TRIGGER score_sheet_frozen_update BEFORE UPDATE ON score_sheet WHEN OLD.sealed IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a frozen sheet never moves');
END;
CREATE TRIGGER score_sheet_frozen_delete BEFORE DELETE ON score_sheet WHEN OLD.sealed IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a frozen sheet never moves');
END;
CREATE INDEX reminder_waiting ON reminder (recipient, leave_at) WHERE settled_at IS NULL;
CREATE INDEX reminder_mail ON reminder (mail_key) WHERE mail_key IS NOT NULL;
CREATE INDEX job_next ON job (next_at);
CREATE INDEX job_run_finished ON job_run (finished_at);
CREATE INDEX queue_due ON queue (next_at, id, state) WHERE finished_at IS NULL;
CREATE INDEX queue_finished ON queue (state, finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX idempotency_created ON idempotency (created_at);
CREATE INDEX audit_entity ON audit (entity, entity_id, id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_request ON audit (request_id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.at < before)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only');
END;
CREATE INDEX account_link_account ON account_link (account_id, created_at);
CREATE INDEX session_account ON session (account_id, id) WHERE ended_at IS NULL;
CREATE INDEX session_expires ON session (expires_at);
CREATE INDEX unit_ancestor_down ON unit_ancestor (ancestor_id, unit_id);
COMMIT;
