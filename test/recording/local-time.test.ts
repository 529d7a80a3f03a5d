import { describe, expect, it } from "vitest";
import { isTimeZone, type LocalTime, toInstant, toLocalTime } from "../../src/recording/local-time.ts";

/** A local time from a text such as `2026-01-31 09:30:00.5`. */
function local(text: string): LocalTime {
  const [year, month, day, hour, minute, second] = text.split(/[- :]/).map(Number);
  return { year, month, day, hour, minute, second };
}

describe("toInstant", () => {
  it.each([
    { text: "2026-01-31 09:30:00", zone: "UTC", instant: "2026-01-31T09:30:00Z" },
    { text: "2026-01-31 09:30:59.9994", zone: "UTC", instant: "2026-01-31T09:30:59.999Z" },
    { text: "2026-07-01 10:00:00", zone: "Europe/Lisbon", instant: "2026-07-01T09:00:00Z" },
    { text: "2026-01-31 04:30:00", zone: "America/New_York", instant: "2026-01-31T09:30:00Z" },
    { text: "2026-01-31 15:00:00", zone: "Asia/Kolkata", instant: "2026-01-31T09:30:00Z" },
    { text: "2026-12-31 23:59:60.5", zone: "UTC", instant: "2027-01-01T00:00:00.5Z" },
    { text: "2024-02-29 00:00:00", zone: "UTC", instant: "2024-02-29T00:00:00Z" },
    { text: "9999-12-31 23:59:59", zone: "UTC", instant: "9999-12-31T23:59:59Z" },
    // Shown twice: the earlier one, which is of summer.
    { text: "2026-10-25 02:30:00", zone: "Europe/Berlin", instant: "2026-10-25T00:30:00Z" },
    { text: "2026-10-25 03:00:00", zone: "Europe/Berlin", instant: "2026-10-25T02:00:00Z" },
    // Skipped: by the offset of winter.
    { text: "2026-03-29 02:30:00", zone: "Europe/Berlin", instant: "2026-03-29T01:30:00Z" },
    { text: "2026-03-29 03:00:00", zone: "Europe/Berlin", instant: "2026-03-29T01:00:00Z" },
  ])("takes $text in $zone for $instant", ({ text, zone, instant }) => {
    expect(toInstant(local(text), zone)).toBe(Date.parse(instant));
  });

  it.each([
    "2025-02-29 00:00:00",
    "2026-00-10 00:00:00",
    "2026-13-10 00:00:00",
    "2026-04-31 00:00:00",
    "2026-04-00 00:00:00",
    "2026-04-30 24:00:00",
    "2026-04-30 23:60:00",
    "2026-04-30 23:59:61",
    "10000-01-01 00:00:00",
    "2026-01-x 00:00:00",
  ])("takes %s for no date", (text) => {
    expect(toInstant(local(text), "UTC")).toBeNull();
  });

  it.each(["hour", "minute", "second", "year"])("takes a negative %s for no date", (name) => {
    expect(toInstant({ ...local("2026-04-30 10:00:00"), [name]: -1 }, "UTC")).toBeNull();
  });
});

it.each([
  { text: "2026-07-01 10:00:00.25", zone: "Europe/Lisbon" },
  { text: "1850-07-01 10:00:00", zone: "America/New_York" },
  { text: "0099-03-04 23:59:59", zone: "Europe/Berlin" },
  { text: "0000-06-01 12:00:00", zone: "Europe/Berlin" },
])("shows $text in $zone again", ({ text, zone }) => {
  expect(toLocalTime(toInstant(local(text), zone) ?? Number.NaN, zone)).toEqual(local(text));
});

it.each([
  { name: "UTC", is: true },
  { name: "Europe/Lisbon", is: true },
  { name: "Etc/GMT+3", is: true },
  { name: "+02:00", is: false },
  { name: "-0500", is: false },
  { name: "Mars/Olympus", is: false },
  { name: "", is: false },
])("tells whether a name is a time zone's: $name", ({ name, is }) => {
  expect(isTimeZone(name)).toBe(is);
});
