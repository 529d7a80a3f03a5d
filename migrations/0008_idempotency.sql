ALTER TABLE `ecgs` ADD `modified_at` integer;--> statement-breakpoint
ALTER TABLE `ecgs` ADD `sent_day` integer;--> statement-breakpoint
ALTER TABLE `ecgs` ADD `sent_key` text;--> statement-breakpoint
ALTER TABLE `ecgs` ADD `sent_body` text;--> statement-breakpoint
ALTER TABLE `ecgs` ADD `sent_notes` text;--> statement-breakpoint
CREATE UNIQUE INDEX `ecgs_by_sent_key` ON `ecgs` (`sent_day`,`owner_id`,`sent_key`) WHERE "ecgs"."sent_key" is not null;