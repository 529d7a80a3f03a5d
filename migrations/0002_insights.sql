-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `insights` (
	`ecg_id` text NOT NULL,
	`part` integer NOT NULL,
	`version` integer NOT NULL,
	`sample_count` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`ecg_id`, `part`),
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
