-- rows that a job cannot judge: they are left out, and tried again, until somebody corrects them
CREATE TABLE set_aside (
    entity TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- when it was found, and when it was last tried
    found_at BIGINT NOT NULL,
    tried_at BIGINT NOT NULL,
    -- when the administrators were told
    notified_at BIGINT,
    PRIMARY KEY (entity, entity_id)
);
