/** The name by which a file is found: without folders, in lower case. */
export function toFileKey(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  // Systems differ in how they write an accent, and whether case matters.
  return base.normalize("NFC").toLowerCase();
}
