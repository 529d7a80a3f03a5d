/** The integer that stands for an array's largest weight. */
const LARGEST = 32767;

/** Reads a model's arrays of weights one after the other: 16-bit integers in base64, those of each array after the float that 32767 stands for. */
export function newWeights(base64: string): (length: number) => Float64Array {
  const view = new DataView(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer);
  let at = 0;
  return (length) => {
    const scale = view.getFloat32(at, true) / LARGEST;
    at += 4;
    const weights = new Float64Array(length);
    for (let i = 0; i < length; i++, at += 2) weights[i] = view.getInt16(at, true) * scale;
    return weights;
  };
}
