-- WITHOUT ROWID is set by hand: see src/store/schema.ts.
CREATE TABLE `__new_annotations` (
	`ecg_id` text NOT NULL,
	`annotator` text NOT NULL,
	`part` integer NOT NULL,
	`edition` text NOT NULL,
	`count` integer NOT NULL,
	`first_time` real NOT NULL,
	`last_time` real NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`ecg_id`, `annotator`, `part`),
	FOREIGN KEY (`ecg_id`) REFERENCES `ecgs`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
-- The annotators of an ECG were mixed. Each gets parts of its own, in the order that there was, of 64 KiB and an annotation at the most.
INSERT INTO `__new_annotations` (`ecg_id`, `annotator`, `part`, `edition`, `count`, `first_time`, `last_time`, `data`)
SELECT `ecg_id`, `annotator`, `new_part`, `ecg_id`, count(*), min(`time`), max(`time`), json_group_array(json(`item`) ORDER BY `part`, `place`)
FROM (
	SELECT *, (sum(octet_length(`item`) + 1) OVER (PARTITION BY `ecg_id`, `annotator` ORDER BY `part`, `place`) - octet_length(`item`) - 1) / 65536 AS `new_part`
	FROM (
		SELECT `ecg_id`, `part`, `key` AS `place`, coalesce(`value` ->> '$.annotator', 'atr') AS `annotator`, `value` ->> '$.time' AS `time`, json_remove(`value`, '$.annotator') AS `item`
		FROM `annotations`, json_each(`annotations`.`data`)
	)
)
GROUP BY `ecg_id`, `annotator`, `new_part`;
--> statement-breakpoint
DROP TABLE `annotations`;
--> statement-breakpoint
ALTER TABLE `__new_annotations` RENAME TO `annotations`;
--> statement-breakpoint
ALTER TABLE `ecgs` ADD `heart_rate` real;
--> statement-breakpoint
ALTER TABLE `ecgs` ADD `qtc` real;
--> statement-breakpoint
ALTER TABLE `ecgs` ADD `findings` text;
