import type { Command } from "./commands.ts";

const NAMES: Record<string, string> = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓" };

/** The list of keys and what they do: those that are always on, then those of what is measured or annotated. */
export function Keys({ commands }: { commands: readonly Command[] }) {
  const listed = commands.toSorted((a, b) => Number(Boolean(a.isOn)) - Number(Boolean(b.isOn)));
  return (
    <dl class="keys">
      {listed.map(({ keys, says }) => (
        <div key={says}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{nameOf(key)}</kbd>
            ))}
          </dt>
          <dd>{says}</dd>
        </div>
      ))}
    </dl>
  );
}

function nameOf(key: string): string {
  const [isShifted, name] = key.startsWith("S-") ? [true, key.slice(2)] : [false, key];
  return `${isShifted ? "Shift " : ""}${NAMES[name] ?? name}`;
}
