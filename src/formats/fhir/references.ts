import { z } from "zod";

/** A reference to another resource. */
export const ReferenceSchema = z.object({
  identifier: z.object({ value: z.string().optional() }).optional(),
  reference: z.string().optional(),
  display: z.string().optional(),
});
type Reference = z.output<typeof ReferenceSchema>;

/** The parts of a Device or a Patient, alike in R4 and R5 where not said otherwise, that tell which one it is. */
const AboutSchema = z.object({
  identifier: z.array(z.object({ value: z.string().optional() })).optional(),
  manufacturer: z.string().optional(),
  modelNumber: z.string().optional(),
  serialNumber: z.string().optional(),
  /** R4: the names of a Device. */
  deviceName: z.array(z.object({ name: z.string().optional() })).optional(),
  /** The names of a Patient; R5: those of a Device, which have a value. */
  name: z
    .array(
      z.object({
        text: z.string().optional(),
        family: z.string().optional(),
        given: z.array(z.string()).optional(),
        value: z.string().optional(),
      }),
    )
    .optional(),
});

const KeySchema = z.object({ resourceType: z.string().optional(), id: z.string().optional() });
const ContainedSchema = z.object({ contained: z.array(z.unknown()).optional() });

/** The resources of a file by the references to them. */
export type Resources = ReadonlyMap<string, unknown>;
/** An entry of a Bundle. */
type Entry = { fullUrl?: string; resource?: unknown };

/** The resources that references in a resource may mean: those that it contains, and those in the Bundle that it is in. */
export function listResources(resource: unknown, entries: readonly Entry[]): Resources {
  const resources = new Map<string, unknown>();
  for (const { fullUrl, resource } of entries) {
    const { data } = KeySchema.safeParse(resource);
    if (data?.resourceType && data.id) resources.set(`${data.resourceType}/${data.id}`, resource);
    if (fullUrl) resources.set(fullUrl, resource);
  }
  for (const contained of ContainedSchema.safeParse(resource).data?.contained ?? []) {
    const { data } = KeySchema.safeParse(contained);
    if (data?.id) resources.set(`#${data.id}`, contained);
  }
  return resources;
}

/** What tells a device: a name in the reference, else what the file says of the device, else the reference. */
export function nameDevice(reference: Reference | undefined, resources: Resources): string | null {
  const about = findAbout(reference, resources);
  const name = about?.deviceName?.find(({ name }) => name)?.name ?? about?.name?.find(({ value }) => value)?.value;
  const parts = [about?.manufacturer, name, about?.modelNumber, about?.serialNumber];
  const described = [...new Set(parts.flatMap((part) => part?.trim() || []))].join(" ");
  return reference?.display || reference?.identifier?.value || described || literalOf(reference) || null;
}

/** What tells a person: an identifier in the reference, else what the file says of the person, else the reference. */
export function nameSubject(reference: Reference | undefined, resources: Resources): string | null {
  const about = findAbout(reference, resources);
  const identifier = about?.identifier?.find(({ value }) => value)?.value;
  const [name] = about?.name ?? [];
  const called = name?.text || [...(name?.given ?? []), name?.family].filter(Boolean).join(" ");
  const literal = literalOf(reference);
  return reference?.identifier?.value || identifier || literal || reference?.display || called || null;
}

function findAbout(reference: Reference | undefined, resources: Resources) {
  return AboutSchema.safeParse(resources.get(reference?.reference ?? "")).data;
}

/** A reference as it is written; undefined for one within the file, which says nothing outside of it. */
function literalOf(reference: Reference | undefined): string | undefined {
  return reference?.reference?.startsWith("#") ? undefined : reference?.reference;
}
