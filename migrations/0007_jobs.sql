-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `jobs` (
	`subject_id` text NOT NULL,
	`kind` text NOT NULL,
	`created_at` integer NOT NULL,
	`not_before` integer DEFAULT 0 NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`failed_at` integer,
	`error` text,
	PRIMARY KEY(`subject_id`, `kind`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `jobs_failed` ON `jobs` (`failed_at`,`subject_id`,`kind`) WHERE "jobs"."failed_at" is not null;--> statement-breakpoint
-- What was still to be measured and hashed are jobs now.
INSERT INTO `jobs` (`subject_id`, `kind`, `created_at`) SELECT `ecg_id`, 'measure', unixepoch() * 1000 FROM `unmeasured`;--> statement-breakpoint
INSERT INTO `jobs` (`subject_id`, `kind`, `created_at`)
SELECT `id`, 'hash', unixepoch() * 1000 FROM `ecgs` WHERE `samples_sha256` is null and `complete` and not `open`;
--> statement-breakpoint
DROP TABLE `unmeasured`;--> statement-breakpoint
DROP INDEX `ecgs_unhashed`;--> statement-breakpoint
ALTER TABLE `users` ADD `erased_at` integer;
