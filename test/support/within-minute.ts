/** The local runtime counts tries by the minutes of the clock: when one begins meanwhile, they are made once more. */
export async function withinMinute<T>(run: () => Promise<T>): Promise<T> {
  const minute = () => Math.floor(Date.now() / 60_000);
  for (;;) {
    const began = minute();
    const result = await run();
    if (minute() === began) return result;
  }
}
