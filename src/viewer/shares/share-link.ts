/** What a share's key looks like: keys that are cut or mistyped are known without the service. */
const KEY = /^ecgs_[\w-]{70}$/;
const LINK = /^#\/share\/([^/?#]*)(.*)$/;

/** A share of an address: its key, null if it is none, and the address behind it, of the one ECG that the key opens. */
export type ShareLink = { key: string | null; hash: string };

/**
 * The share that an address has, before the place: `#/share/{key}/ecg/{id}?t=5`. What is behind `#` is sent to nobody.
 *
 * @param hash with its `#`, as `location.hash` has it
 * @returns undefined for an address without a share
 */
export function parseShareLink(hash: string): ShareLink | undefined {
  const [, key, rest] = LINK.exec(hash) ?? [];
  return key === undefined ? undefined : { key: KEY.test(key) ? key : null, hash: `#${rest}` };
}

/** @param hash the address of a place */
export function writeShareLink(key: string, hash: string): string {
  return `#/share/${key}${hash.replace(/^#/, "")}`;
}
