import { toLocalTime } from "../../src/recording/local-time.ts";
import type { Recording } from "../../src/recording/recording.ts";

/** A file in Schiller's XML, by the description of published readers. It carries leads of one rate and gain. */
export function writeSchiller(recording: Recording, timeZone = "UTC"): Uint8Array {
  const { leads, subject, device, recordedAt } = recording;
  const [{ samplingRate, gain }] = leads;
  const channels = leads.map(
    ({
      name,
      samples,
    }) => `<channel><name>${name}</name><samplecount>${samples.length}</samplecount><datastype>COMMASEPARATE</datastype>
<data>${samples.join(",")}</data></channel>`,
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<com.xiriuz.sema.xml.schillerEDI.SchillerEDI>
${subject === null ? "" : `<patdata><id>${subject}</id></patdata>`}
<examdescript>${date(recordedAt, timeZone)}
${device === null ? "" : `<aquiringdevice><hardware><model>${device}</model></hardware></aquiringdevice>`}</examdescript>
<eventdata><event><wavedata><type>ECG_RHYTHMS</type>
<resolution>${samplingRate === null ? "" : `<samplerate><exponent>1</exponent><value>${samplingRate}</value></samplerate>`}
<yres>${gain === null ? "" : `<unitperbit>${1000 / gain}</unitperbit>`}<units>UV</units></yres></resolution>
${channels.join("\n")}
</wavedata></event></eventdata>
</com.xiriuz.sema.xml.schillerEDI.SchillerEDI>
`;
  return new TextEncoder().encode(`\ufeff${text}`);
}

function date(instant: number | null, timeZone: string): string {
  if (instant === null) return "";
  const { year, month, day, hour, minute, second } = toLocalTime(instant, timeZone);
  const two = (value: number) => String(value).padStart(2, "0");
  const ms = String(Math.round(second * 1000)).padStart(5, "0");
  return `<startdatetime><date>${year}${two(month)}${two(day)}</date><time>${two(hour)}${two(minute)}${ms}</time></startdatetime>`;
}
