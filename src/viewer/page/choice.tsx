/** Chooses one of several values; its name is heard, and seen as a hint unless there is another. */
export function Choice({
  name,
  hint = name,
  value,
  values,
  onChange,
}: {
  name: string;
  hint?: string;
  value: string;
  values: readonly { value: string; text: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <label>
      <span class="hidden">{name}</span>
      <select
        title={hint}
        value={value}
        onChange={(event: Event) => onChange((event.target as HTMLSelectElement).value)}
      >
        {values.map((one) => (
          <option key={one.value} value={one.value}>
            {one.text}
          </option>
        ))}
      </select>
    </label>
  );
}
