ALTER TABLE sources ADD COLUMN last_alert_at INTEGER;
