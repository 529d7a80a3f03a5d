import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FINDING_NAMES } from "../../src/ecg/findings.ts";
import { Deletions } from "../../src/viewer/list/deletions.ts";
import { changesOf, describeOthers, detailsOf, keepTyped, withSeconds } from "../../src/viewer/list/details.ts";
import { describeFindings, describeMeasured } from "../../src/viewer/list/findings.ts";
import { FINDINGS, isLimited, isMeasured, NEW_SEARCH, readSearch, toQuery } from "../../src/viewer/list/search.ts";
import { PagedList, type PageOf } from "../../src/viewer/page/paged-list.ts";

describe("a search", () => {
  it.each(["0002-01-31", "0202-01-31", "2026-13-01", "1.1.2026", "2026-01-31T00:00"])(
    "has no day that is %s",
    (from) => {
      expect(readSearch(new URLSearchParams({ from, to: from }))).toEqual(NEW_SEARCH);
    },
  );

  it("knows the findings that the API can be asked for", () => {
    expect(FINDINGS).toEqual(FINDING_NAMES);
  });

  it("asks for whole days of the reader's zone, and for all that was measured", () => {
    const search = { ...NEW_SEARCH, from: "2026-01-31", to: "2026-01-31", has: ["irregular", "pause"] as const };
    const { from, to, ...rest } = toQuery({ ...search, heart_rate_min: "40", qtc_max: "450" });
    expect(rest).toEqual({ has: "irregular,pause", heart_rate_min: "40", qtc_max: "450" });
    expect([from, to]).toEqual([new Date(2026, 0, 31).toISOString(), new Date(2026, 1, 1).toISOString()]);
    expect(toQuery(NEW_SEARCH)).toEqual({});
  });

  it.each([
    { changes: {}, limited: false, measured: false },
    { changes: { subject: "P" }, limited: true, measured: false },
    { changes: { has: ["pause"] as const }, limited: true, measured: true },
    { changes: { qtc_min: "500" }, limited: true, measured: true },
  ])("is limited by $changes", ({ changes, limited, measured }) => {
    const search = { ...NEW_SEARCH, ...changes };
    expect([isLimited(search), isMeasured(search)]).toEqual([limited, measured]);
  });

  it("takes of a form what is sound", () => {
    const fields = new FormData();
    for (const [name, value] of [
      ["subject", "  P 1 "],
      ["from", "1.1.2026"],
      ["has", "pause"],
      ["qtc_min", "12345"],
      ["qtc_max", "450"],
    ])
      fields.append(name, value);
    expect(readSearch(fields)).toEqual({ ...NEW_SEARCH, subject: "P 1", has: ["pause"], qtc_max: "450" });
  });
});

describe("the words of a row", () => {
  it.each([
    { ecg: { heart_rate: 71.8, qtc: 409.4 }, says: "72 bpm · QTc 409 ms" },
    { ecg: { heart_rate: 71.8, qtc: null }, says: "72 bpm" },
    { ecg: { heart_rate: null, qtc: null }, says: "" },
  ])("say what was measured: $says", ({ ecg, says }) => {
    expect(describeMeasured(ecg)).toBe(says);
  });

  it("say what was found, also what the page does not know", () => {
    expect(describeFindings(["irregular", "ventricular", "a_new_one"])).toBe("irregular, ventricular beats, a new one");
    expect(describeFindings([])).toBe("");
  });
});

describe("a list", () => {
  type Item = { id: string; at: number };
  const items = (...ids: string[]): Item[] => ids.map((id, at) => ({ id, at }));

  /** A list whose pages these are, and the cursors that it was asked for. */
  function newList(pages: (PageOf<Item> | Error)[]) {
    const cursors: (string | undefined)[] = [];
    const list = new PagedList<Item>(
      async (cursor) => {
        cursors.push(cursor);
        const page = pages.shift() ?? { items: [], next_cursor: null };
        if (page instanceof Error) throw page;
        return page;
      },
      (a, b) => a.at - b.at,
    );
    return { list, cursors, ids: () => list.rows.value.items.map(({ id }) => id) };
  }

  it("goes on behind pages that are empty, until there is a row or the end", async () => {
    const { list, cursors, ids } = newList([
      { items: [], next_cursor: "1" },
      { items: [], next_cursor: "2" },
      { items: items("a"), next_cursor: "3" },
      { items: [], next_cursor: null },
    ]);
    await list.loadMore();
    expect([ids(), cursors, list.rows.value.state]).toEqual([["a"], [undefined, "1", "2"], "more"]);
    await list.loadMore();
    expect([ids(), cursors.at(-1), list.rows.value.state]).toEqual([["a"], "3", "end"]);
    await list.loadMore();
    expect(cursors.length).toBe(4);
  });

  it("keeps what it has when a page cannot be had, and goes on there", async () => {
    const { list, cursors, ids } = newList([
      { items: items("a"), next_cursor: "1" },
      new Error("Busy."),
      { items: items("b"), next_cursor: null },
    ]);
    await list.loadMore();
    await list.loadMore();
    expect(list.rows.value).toMatchObject({ state: "failed", failure: "Busy.", items: [{ id: "a" }] });
    await list.loadMore();
    expect([ids(), cursors]).toEqual([
      ["a", "b"],
      [undefined, "1", "1"],
    ]);
  });

  it("puts a changed row where it belongs, takes one away, and adds one at the end", async () => {
    const { list, ids } = newList([{ items: items("a", "b", "c"), next_cursor: null }]);
    list.append({ id: "too early", at: 9 });
    await list.loadMore();
    list.replace({ id: "a", at: 5 });
    expect(ids()).toEqual(["b", "c", "a"]);
    list.remove("c");
    list.append({ id: "d", at: 9 });
    expect(ids()).toEqual(["b", "a", "d"]);
  });

  it("has a row once that was changed so that it comes on a later page", async () => {
    const changed = { id: "a", at: 5 };
    const { list, ids } = newList([
      { items: items("a", "b"), next_cursor: "1" },
      { items: [{ id: "c", at: 2 }, changed, { id: "d", at: 6 }], next_cursor: null },
    ]);
    await list.loadMore();
    list.replace(changed);
    await list.loadMore();
    expect(ids()).toEqual(["b", "c", "a", "d"]);
  });
});

describe("a list whose page is under way", () => {
  type Item = { id: string };

  async function load(list: PagedList<Item>, pages: PageOf<Item>[], meanwhile: () => void): Promise<string[]> {
    const loading = list.loadMore();
    meanwhile();
    await loading;
    while (pages.length > 0) await list.loadMore();
    return list.rows.value.items.map(({ id }) => id);
  }

  it.each([
    { what: "is made too late for the last page", pages: [["a"]], ids: ["a", "new"] },
    { what: "comes with a later page", pages: [["a"], ["b", "new"]], ids: ["a", "b", "new"] },
    { what: "is made too late for a page before the last", pages: [["a"], ["b"]], ids: ["a", "b", "new"] },
    { what: "is taken away again", pages: [["a"]], isRemoved: true, ids: ["a"] },
  ])("has a row once that $what", async ({ pages, isRemoved, ids }) => {
    const left = pages.map((page, i) => ({
      items: page.map((id) => ({ id })),
      next_cursor: i < pages.length - 1 ? "more" : null,
    }));
    const list = new PagedList<Item>(async () => left.shift() as PageOf<Item>);
    const found = await load(list, left, () => {
      list.append({ id: "new" });
      if (isRemoved) list.remove("new");
    });
    expect(found).toEqual(ids);
  });
});

describe("what is said of an ECG", () => {
  const ecg = { subject: "P-1", date: "2026-01-31T09:30:00.250Z", note: null };

  it("is sent where it was typed otherwise, and the date only then", () => {
    const details = detailsOf(ecg);
    expect(changesOf(details, details)).toEqual({});
    expect(changesOf(details, { ...details, subject: " ", note: "At rest\n" })).toEqual({
      subject: null,
      note: "At rest",
    });
    const later = { ...details, date: details.date.replace("2026", "2027") };
    expect(changesOf(details, later)).toEqual({ date: "2027-01-31T09:30:00.000Z" });
  });

  it("has no other date where a field leaves out its seconds", () => {
    const details = detailsOf({ ...ecg, date: "2026-01-31T09:30:00Z" });
    expect(changesOf(details, { ...details, date: withSeconds(details.date.slice(0, -3)) })).toEqual({});
    expect(withSeconds("2026-01-31T09:30:15")).toBe("2026-01-31T09:30:15");
  });

  it("shows what was typed, and else what somebody else has changed meanwhile", () => {
    const [before, now] = [detailsOf(ecg), detailsOf({ ...ecg, subject: "P-7", note: "Theirs" })];
    const typed = { ...before, subject: "P-2" };
    expect(keepTyped(before, typed, now)).toEqual({ ...before, subject: "P-2", note: "Theirs" });
    expect(keepTyped(before, { ...typed, note: "Mine" }, now)).toEqual({ ...before, subject: "P-2", note: "Mine" });
  });

  it("has what somebody else has changed in words", () => {
    expect(describeOthers(ecg, ecg)).toBe("");
    expect(describeOthers(ecg, { ...ecg, subject: null, note: "Seen" })).toBe(
      "the subject is empty, the note is “Seen”",
    );
  });
});

describe("deletions", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function newDeletions(erase = vi.fn<(item: { id: string }, isAtOnce: boolean) => Promise<void>>(async () => {})) {
    const prepare = vi.fn();
    return { deletions: new Deletions({ prepare, erase }), prepare, erase };
  }
  const [a, b] = [{ id: "a" }, { id: "b" }];

  it("hide what is deleted at once, and send it when the time is over", async () => {
    const { deletions, prepare, erase } = newDeletions();
    deletions.add(a);
    expect([deletions.shows(a), deletions.shows(b), prepare.mock.calls]).toEqual([false, true, [[a]]]);
    await vi.advanceTimersByTimeAsync(7900);
    expect(erase).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect([erase.mock.calls, deletions.all.value]).toEqual([[[a, false]], []]);
    // A page of the list that was asked for before may have it still.
    expect(deletions.shows(a)).toBe(false);
  });

  it("are taken back without a request", async () => {
    const { deletions, erase } = newDeletions();
    deletions.add(a);
    deletions.drop("a");
    expect(deletions.shows(a)).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    await deletions.flush();
    expect(erase).not.toHaveBeenCalled();
  });

  it("are sent at once, and once, when somebody leaves", async () => {
    const { deletions, erase } = newDeletions();
    deletions.add(a);
    deletions.add(b);
    await deletions.flush();
    expect(erase.mock.calls).toEqual([
      [a, false],
      [b, false],
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(erase).toHaveBeenCalledTimes(2);
  });

  it("are forgotten when somebody else is here: what waits is not sent", async () => {
    const { deletions, erase } = newDeletions();
    deletions.add(a);
    deletions.forget();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([erase.mock.calls, deletions.all.value]).toEqual([[], []]);
  });

  it("show again what could not be deleted, and say why", async () => {
    const { deletions } = newDeletions(vi.fn().mockRejectedValue(new Error("It was changed.")));
    deletions.add(a);
    await vi.advanceTimersByTimeAsync(9000);
    expect(deletions.all.value).toEqual([{ item: a, state: "failed", failure: "It was changed." }]);
    expect(deletions.shows(a)).toBe(true);
    deletions.drop("a");
    expect(deletions.all.value).toEqual([]);
  });
});
