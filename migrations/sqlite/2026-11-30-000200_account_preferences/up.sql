-- how its person wants pages to look; NULL: as the browser says
ALTER TABLE account ADD COLUMN language TEXT CHECK (language IN ('vi', 'en'));
ALTER TABLE account ADD COLUMN theme TEXT CHECK (theme IN ('light', 'dark'));
