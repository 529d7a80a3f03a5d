import { useRef } from "hono/jsx/dom";

type Props = {
  /** The label of the button. */
  says: string;
  /** The button's name for those who do not see it: what the files are chosen for. */
  name: string;
  hint?: string;
  isMain?: boolean;
  onChoose: (files: readonly File[]) => void;
};

/** A button that has files chosen. */
export function ChooseFiles({ says, name, hint, isMain = false, onChoose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={isMain ? "main" : undefined} title={hint} onClick={() => input.current?.click()}>
        {says}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={name}
        onChange={(event: Event) => {
          const chosen = event.currentTarget as HTMLInputElement;
          onChoose([...(chosen.files ?? [])]);
          // The same file may be chosen again.
          chosen.value = "";
        }}
      />
    </>
  );
}
