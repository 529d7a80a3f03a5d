ALTER TABLE `ecgs` ADD `date_source` text DEFAULT 'recorded' NOT NULL;
--> statement-breakpoint
-- An ECG without a date was given the time of its receipt, to the millisecond.
UPDATE `ecgs` SET `date_source` = 'received' WHERE `recorded_at` = `created_at`;
