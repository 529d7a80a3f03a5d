import { Heads } from "../page/heads.tsx";
import { useValue } from "../page/observable.ts";
import { writeNumber } from "../page/words.ts";
import type { Scene } from "../paper/paint.ts";
import type { Caliper } from "./caliper.ts";
import { writeFindings, writeMoment, writeQt, writeRange } from "./measure-words.ts";
import type { Measuring } from "./measuring.ts";
import { placeFor, placeOf, placesOf, readValue, unitOf } from "./places.ts";

const KINDS = { span: "Caliper", march: "Marching caliper", qt: "QT interval" };
const GRIPS = { from: "first end", to: "second end", both: "both ends" };

/** What is measured on the paper, for those who do not see it: tables, and in words what has just changed. */
export function MeasureTable({ measuring }: { measuring: Measuring }) {
  const scene = useValue(measuring.reading.scene);
  useValue(measuring.reading.overlays);
  if (!scene) return null;
  const { cursor, calipers } = measuring;
  return (
    <section class="hidden" aria-label="Measurements">
      <p role="status">{describeHeld(measuring, scene)}</p>
      {cursor.value && <CursorTable scene={scene} time={cursor.value.time} />}
      {calipers.length > 0 && (
        <table>
          <caption>Calipers</caption>
          <Heads names={["Number", "Kind", "Lead", "From", "To", "Measured"]} />
          <tbody>
            {calipers.map((caliper, i) => (
              <tr key={i}>
                <th scope="row">{writeNumber(i + 1)}</th>
                <td>{KINDS[caliper.kind]}</td>
                <td>{placeOf(caliper, scene)?.strip.lead.label ?? caliper.lead}</td>
                <td>{writeMoment(caliper.from.time, scene.layout.isTimed)}</td>
                <td>{writeMoment(caliper.to.time, scene.layout.isTimed)}</td>
                <td>{describe(caliper, measuring, scene)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The values of all leads at a time. */
function CursorTable({ scene, time }: { scene: Scene; time: number }) {
  const there = placesOf(scene).filter(({ strip }) => time >= strip.from && time <= strip.to);
  const leads = [...new Map(there.map((place) => [place.strip.lead.name, place])).values()];
  return (
    <table>
      <caption>At {writeMoment(time, scene.layout.isTimed)}</caption>
      <Heads names={["Lead", "Value"]} />
      <tbody>
        {leads.map((place) => {
          const value = readValue(scene, place, time);
          return (
            <tr key={place.strip.lead.name}>
              <th scope="row">{place.strip.lead.label}</th>
              <td>{value ? writeRange(value, unitOf(place)) : "missing"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function describe(caliper: Caliper, measuring: Measuring, scene: Scene): string {
  const place = placeOf(caliper, scene);
  if (!place) return "its lead is not shown";
  const findings = measuring.measure(caliper, scene, place);
  if (caliper.kind === "qt") return writeQt(findings).join("; ");
  return writeFindings(findings, unitOf(place), scene.layout.isTimed);
}

/** What arrows move now, and what that says. */
function describeHeld(measuring: Measuring, scene: Scene): string {
  const { isTimed } = scene.layout;
  const held = measuring.heldCaliper;
  if (held) {
    const { caliper, index, grip } = held;
    const end = caliper[grip === "from" ? "from" : "to"];
    const name = `${KINDS[caliper.kind]} ${writeNumber(index + 1)}, ${GRIPS[grip]}`;
    return `${name}: ${writeMoment(end.time, isTimed)}; ${describe(caliper, measuring, scene)}`;
  }
  const { value: cursor } = measuring.cursor;
  if (!cursor) return "";
  const place = placeFor(placesOf(scene), cursor.time, cursor.lead);
  const value = place && readValue(scene, place, cursor.time);
  const text = place && value ? `, ${place.strip.lead.label} ${writeRange(value, unitOf(place))}` : "";
  return `Cursor: ${writeMoment(cursor.time, isTimed)}${text}`;
}
