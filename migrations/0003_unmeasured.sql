-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `unmeasured` (
	`ecg_id` text PRIMARY KEY NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `ecgs_incomplete` ON `ecgs` (`created_at`) WHERE not "ecgs"."complete";
