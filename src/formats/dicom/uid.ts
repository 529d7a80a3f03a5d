/** The start and the factor of each lane of the digest: odd numbers without a pattern. */
const LANES = [
  [0x243f6a89, 0x9e3779b1],
  [0x85a308d3, 0x85ebca6b],
  [0x13198a2f, 0xc2b2ae35],
  [0x03707345, 0x27d4eb2f],
] as const;

/** A digest of texts and samples, of 128 bits. It tells contents apart, and keeps no secrets. */
export class Digest {
  private readonly lanes = Uint32Array.from(LANES, ([start]) => start);

  add(numbers: ArrayLike<number>): void {
    for (const [lane, [, factor]] of LANES.entries()) {
      let state = this.lanes[lane];
      for (let i = 0; i < numbers.length; i++) {
        state = Math.imul(state ^ numbers[i], factor);
        state ^= state >>> 15;
      }
      // So that numbers that move from one call to the next are told apart.
      this.lanes[lane] = Math.imul(state ^ numbers.length, factor);
    }
  }

  addText(text: string): void {
    this.add(new TextEncoder().encode(text));
  }

  /**
   * A UID that is derived from a UUID (PS3.5, section B.2). The same content and role give the same one.
   *
   * @param role what the UID is of
   */
  toUid(role: string): string {
    const digest = new Digest();
    digest.add(this.lanes);
    digest.addText(role);
    const [a, b, c, d] = digest.lanes;
    let uuid = 0n;
    // Version 8, one's own, of RFC 9562.
    for (const lane of [a, (b & 0xffff0fff) | 0x8000, (c & 0x3fffffff) | 0x80000000, d]) {
      uuid = (uuid << 32n) | BigInt(lane >>> 0);
    }
    return `2.25.${uuid}`;
  }
}
