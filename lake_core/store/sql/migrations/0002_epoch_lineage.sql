-- Epochs may be made of other epochs: which ones, as a JSON array of ids, oldest choice first.
ALTER TABLE eustress_epochs ADD COLUMN derived_from jsonb NOT NULL DEFAULT '[]';
