-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `signal_chunk_rests` (
	`ecg_id` text NOT NULL,
	`chunk_index` integer NOT NULL,
	`part` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`ecg_id`, `chunk_index`, `part`),
	FOREIGN KEY (`ecg_id`,`chunk_index`) REFERENCES `signal_chunks`(`ecg_id`,`chunk_index`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
