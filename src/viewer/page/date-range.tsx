/** The fields `from` and `to` of a form: days that something is limited to. */
export function DateRange({ from, to, onChange }: { from: string; to: string; onChange: (event: Event) => void }) {
  return (
    <>
      <label>
        <span>From</span>
        <input name="from" type="date" value={from} onChange={onChange} />
      </label>
      <label>
        <span>to</span>
        <input name="to" type="date" value={to} onChange={onChange} />
      </label>
    </>
  );
}
