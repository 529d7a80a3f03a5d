-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `ecgs` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`recorded_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`subject` text,
	`device` text,
	`note` text,
	`leads` text NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	`open` integer DEFAULT false NOT NULL,
	`complete` integer DEFAULT true NOT NULL,
	`archived_chunks` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `ecgs_by_date` ON `ecgs` (`owner_id`,`recorded_at`,`id`);--> statement-breakpoint
CREATE INDEX `ecgs_by_subject` ON `ecgs` (`owner_id`,`subject`,`recorded_at`,`id`) WHERE "ecgs"."subject" is not null;--> statement-breakpoint
CREATE TABLE `loose_objects` (
	`key` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `signal_chunks` (
	`ecg_id` text NOT NULL,
	`chunk_index` integer NOT NULL,
	`data` text,
	`object` text,
	`byte_offset` integer,
	`byte_length` integer,
	PRIMARY KEY(`ecg_id`, `chunk_index`),
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`password_hash` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`credentials_version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_unique` ON `users` (`username`);
