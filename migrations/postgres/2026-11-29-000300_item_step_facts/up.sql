-- what a step left the item as, so that an instant of the past is read as it was
ALTER TABLE item_step ADD COLUMN arrived_at BIGINT;
ALTER TABLE item_step ADD COLUMN return_lapses_at BIGINT;
ALTER TABLE item_step ADD COLUMN grade INTEGER;

UPDATE item_step SET arrived_at =
    (SELECT item.arrived_at FROM item WHERE item.id = item_step.item_id AND item.arrived_at <= item_step.at);
UPDATE item_step SET return_lapses_at =
    (SELECT item.return_lapses_at FROM item WHERE item.id = item_step.item_id)
WHERE action = 'return' AND arrived_at IS NOT NULL;
UPDATE item_step SET grade = (SELECT item.grade FROM item WHERE item.id = item_step.item_id)
WHERE state = 'published';
