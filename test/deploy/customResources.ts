import { readFileSync } from 'node:fs';
import { Ajv, type AnySchemaObject, type ErrorObject } from 'ajv';
import { parse } from 'yaml';

/*
 * Custom resources against their definitions, as the API server checks them, but for rules in CEL. It drops a field
 * that it does not know; here that is an error.
 */

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean; deprecated?: boolean; schema: { openAPIV3Schema: AnySchemaObject } }[];
  };
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/** What does not fit the definition in the file; a version that is no longer served or deprecated does not either. */
export function misfits(resource: object, file: string): ErrorObject[] {
  const { spec } = parse(readFileSync(file, 'utf8')) as Definition;
  const version = spec.versions.find(({ served, deprecated }) => served && !deprecated);
  if (!version) throw new Error(`${file} has no version that can be used`);
  const apiVersion = { const: `${spec.group}/${version.name}` };
  const named = { properties: { apiVersion, kind: { const: spec.names.kind } } };
  const validate = ajv.compile({ allOf: [closed(version.schema.openAPIV3Schema), named] });
  return validate(resource) ? [] : validate.errors!;
}

/** The schema without room for fields that it does not name. */
function closed(schema: AnySchemaObject): AnySchemaObject {
  const inner = Object.entries(schema).map(([key, value]: [string, unknown]) => [key, closedValue(value)]);
  const copy = Object.fromEntries(inner) as AnySchemaObject;
  const isOpen = copy['additionalProperties'] !== undefined || copy['x-kubernetes-preserve-unknown-fields'] === true;
  return copy['type'] === 'object' && copy['properties'] !== undefined && !isOpen
    ? { ...copy, additionalProperties: false }
    : copy;
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue);
  return typeof value === 'object' && value !== null ? closed(value) : value;
}
