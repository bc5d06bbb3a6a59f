ALTER TABLE account DROP COLUMN theme;
ALTER TABLE account DROP COLUMN language;
