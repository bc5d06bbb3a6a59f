-- an item was submitted to the unit's leader: for each time who approves it gets one mail
CREATE TABLE approval_request (
    item_id BIGINT NOT NULL REFERENCES item (id),
    -- the version of the item that was submitted
    item_version INTEGER NOT NULL,
    asked_at BIGINT NOT NULL,
    -- when its mail may leave
    leave_at BIGINT NOT NULL,
    -- when its mail was queued, or when it was found that the item does not wait any more
    settled_at BIGINT,
    PRIMARY KEY (item_id, item_version)
);
CREATE INDEX approval_request_waiting ON approval_request (leave_at) WHERE settled_at IS NULL;
