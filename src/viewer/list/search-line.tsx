import { NEW_SEARCH, type Search } from "../page/address.ts";
import { goTo } from "../page/navigation.ts";

/** What the list is limited to. */
export function SearchLine({ search }: { search: Search }) {
  const submit = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    goTo({ name: "list", search: { subject: text("subject"), from: text("from"), to: text("to") } });
  };
  const change = (event: Event) => (event.currentTarget as HTMLInputElement).form?.requestSubmit();
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label>
          <span>Subject</span>
          <input name="subject" type="search" value={search.subject} onChange={change} autocomplete="off" />
        </label>
        <label>
          <span>From</span>
          <input name="from" type="date" value={search.from} onChange={change} />
        </label>
        <label>
          <span>to</span>
          <input name="to" type="date" value={search.to} onChange={change} />
        </label>
        {(search.subject || search.from || search.to) && (
          <button type="button" onClick={() => goTo({ name: "list", search: NEW_SEARCH })}>
            Show all
          </button>
        )}
      </form>
    </search>
  );
}
