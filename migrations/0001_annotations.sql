-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `annotations` (
	`ecg_id` text NOT NULL,
	`part` integer NOT NULL,
	`first_time` real NOT NULL,
	`last_time` real NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`ecg_id`, `part`),
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
