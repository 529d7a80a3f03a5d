import { useState } from "hono/jsx/dom";
import { explainError } from "../refusal.ts";
import type { PagedList } from "./paged-list.ts";

/**
 * Makes rows of a list by a form, of which the last one is shown, and revokes them.
 *
 * @param make makes one of the form's fields
 * @param revoke revokes the one of an id
 */
export function useMade<Row extends { id: string }, Made extends Row>(
  list: PagedList<Row>,
  make: (fields: FormData) => Promise<Made>,
  revoke: (id: string) => Promise<void>,
) {
  const [made, setMade] = useState<Made | undefined>(undefined);
  const [refusal, setRefusal] = useState("");
  const [isBusy, setBusy] = useState(false);
  return {
    made,
    refusal,
    isBusy,
    async submit(event: Event) {
      event.preventDefault();
      const form = event.currentTarget as HTMLFormElement;
      const fields = new FormData(form);
      setRefusal("");
      setBusy(true);
      try {
        const row = await make(fields);
        setMade(row);
        list.append(row);
        form.reset();
      } catch (error) {
        setRefusal(explainError(error));
      }
      setBusy(false);
    },
    async revoke(id: string) {
      setRefusal("");
      try {
        await revoke(id);
        list.remove(id);
        if (made?.id === id) setMade(undefined);
      } catch (error) {
        setRefusal(explainError(error));
      }
    },
  };
}
