import { expect, it } from "vitest";
import { readClock, readTime, writeClock, writeDuration, writeTime } from "../../src/viewer/page/words.ts";
import { describeWindow } from "../../src/viewer/paper/describe-window.ts";

it.each([
  { seconds: 0, says: "0 s" },
  { seconds: 0.004, says: "4 ms" },
  { seconds: 1 / 3, says: "333 ms" },
  { seconds: 0.9999, says: "1 s" },
  { seconds: 10, says: "10 s" },
  { seconds: 59.96, says: "60 s" },
  { seconds: 270, says: "4 min 30 s" },
  { seconds: 86_340, says: "23 h 59 min" },
])("a duration is $says", ({ seconds, says }) => {
  expect(writeDuration(seconds)).toBe(says);
});

it.each([
  { seconds: 4, decimals: 0, says: "0:04" },
  { seconds: 59.9996, decimals: 3, says: "1:00.000" },
  { seconds: 11_527.25, decimals: 2, says: "3:12:07.25" },
])("a time is $says", ({ seconds, decimals, says }) => {
  expect(writeTime(seconds, decimals)).toBe(says);
});

it("the time of day is that of a recording which says when it was made, in the reader's zone", () => {
  const date = new Date(2026, 0, 31, 23, 59, 5).toISOString();
  const recorded = { date, date_source: "recorded" };
  expect([writeClock(recorded, 0), writeClock(recorded, 70.6), writeClock(recorded, 70.6, false)]).toEqual([
    "23:59:05",
    "00:00:15",
    "00:00",
  ]);
  // From then on the clock has shown each time before.
  expect([writeClock(recorded, 86_399), writeClock(recorded, 86_400), writeClock(recorded, 86_470.6, false)]).toEqual([
    "23:59:04",
    "Feb 1, 23:59:05",
    "Feb 2, 00:00",
  ]);
  expect(writeClock({ date, date_source: "received" }, 0)).toBeUndefined();
});

it.each([
  { text: "23:59:05", times: [0, 86_400] },
  { text: " 23:59 ", times: [86_395] },
  { text: "0:00:15", times: [70, 86_470] },
  { text: "00:01", times: [115] },
  { text: "24:00", times: null },
  { text: "9:60", times: null },
  { text: "9", times: null },
])("$text by the clock is $times in a recording of a day from 23:59:05.500 on", ({ text, times }) => {
  const date = new Date(2026, 0, 30, 23, 59, 5, 500).toISOString();
  const found = readClock({ date }, 86_470, text);
  // The clock is read to the second, and the beginning is half a second later.
  expect(found?.map((time) => Math.round(time + 0.1)) ?? null).toEqual(times);
});

it.each([
  { text: "90", seconds: 90 },
  { text: " 1:30 ", seconds: 90 },
  { text: "3:12:07,5", seconds: 11_527.5 },
  { text: "1:2:3:4", seconds: null },
  { text: "soon", seconds: null },
])("$text is read as $seconds s", ({ text, seconds }) => {
  expect(readTime(text)).toBe(seconds);
});

it.each([
  { time: 2, seconds: 10, says: "10 s from 0:02.0 on" },
  { time: 2.168, seconds: 0.04, says: "40 ms from 0:02.168 on" },
])("what is seen is $says", ({ says, ...window }) => {
  expect(describeWindow({ ...window, isTimed: true })).toBe(says);
});
