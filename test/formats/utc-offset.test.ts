import { expect, it } from "vitest";
import { findOffsetMinutes } from "../../src/formats/utc-offset.ts";

it.each([
  { sign: "+", hours: "05", minutes: "30", offset: 330 },
  { sign: "-", hours: "09", minutes: "30", offset: -570 },
  { sign: "+", hours: "14", minutes: "00", offset: 840 },
  { sign: "-", hours: "14", minutes: "00", offset: -840 },
  { sign: "+", hours: "1", minutes: undefined, offset: 60 },
  { sign: "+", hours: "14", minutes: "01", offset: undefined },
  { sign: "-", hours: "15", minutes: "00", offset: undefined },
  { sign: "+", hours: "01", minutes: "59", offset: 119 },
  { sign: "+", hours: "01", minutes: "60", offset: undefined },
])("$sign$hours:$minutes is $offset minutes ahead of UTC", ({ sign, hours, minutes, offset }) => {
  expect(findOffsetMinutes(sign, hours, minutes)).toBe(offset);
});
