-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `access_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`ecg_id` text,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`key_hash` text NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `access_keys_by_owner` ON `access_keys` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `access_keys_by_ecg` ON `access_keys` (`ecg_id`,`id`) WHERE "access_keys"."ecg_id" is not null;--> statement-breakpoint
CREATE TABLE `audit` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`user_id` text,
	`key_id` text,
	`action` text NOT NULL,
	`subject_id` text,
	`outcome` text NOT NULL,
	`request_id` text NOT NULL,
	`address` text,
	`kept_until` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `job_positions` (
	`job` text PRIMARY KEY NOT NULL,
	`position` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`credentials_version` integer NOT NULL,
	`token_hash` text NOT NULL,
	`previous_hash` text,
	`rotation_salt` text,
	`rotated_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_by_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
ALTER TABLE `ecgs` ADD `samples_sha256` text;--> statement-breakpoint
CREATE INDEX `ecgs_unhashed` ON `ecgs` (`created_at`) WHERE "ecgs"."samples_sha256" is null and "ecgs"."complete" and not "ecgs"."open";--> statement-breakpoint
ALTER TABLE `users` ADD `username_look` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_look_unique` ON `users` (`username_look`);--> statement-breakpoint
CREATE TRIGGER `audit_is_append_only` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_is_kept` BEFORE DELETE ON `audit` WHEN OLD.`kept_until` > unixepoch() * 1000 BEGIN SELECT RAISE(ABORT, 'the audit trail is kept until its time is over'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_is_not_replaced` BEFORE INSERT ON `audit` WHEN EXISTS (SELECT 1 FROM `audit` WHERE `account_id` = NEW.`account_id` AND `id` = NEW.`id`) BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;
