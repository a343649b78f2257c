import { join } from 'node:path';
import prettier from 'prettier';
import ts from 'typescript';
import { z } from 'zod';
import { recordingInputSchema, recordingManifestSchema, recordingResultSchema } from '../../src/client.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const project = join(import.meta.dirname, '../..');

/** Where the schemas are committed. */
export const schemasDirectory = join(project, 'schemas');

/** The files of schemas/ by name: zod gives the shapes, the docstrings of the types the descriptions. */
export async function jsonSchemas(): Promise<Record<string, string>> {
  const described = describer(
    ['input.ts', 'result.ts', 'manifest.ts'].map((name) => join(project, 'src', 'contract', name)),
  );
  const options = await prettier.resolveConfig(join(schemasDirectory, 'any.json'));
  const format = async (id: string, title: string, type: string, schema: z.ZodType): Promise<string> => {
    // As written by a caller: what has a default may be left out. A later version may add fields to the result.
    const shape = z.toJSONSchema(schema, { io: 'input' });
    const json = { $id: `urn:sparkrtc-recorder:${id}`, title, ...described(type, shape) };
    return prettier.format(JSON.stringify(json), { ...options, parser: 'json' });
  };
  const input = ['recording-input', 'Input of the workflow singleStreamRecording', 'RecordingInput'] as const;
  const result = ['recording-result', 'Result of the workflow singleStreamRecording', 'RecordingResult'] as const;
  const manifest = ['recording-manifest', 'Manifest beside the files of a recording', 'RecordingManifest'] as const;
  return {
    'recording-input.schema.json': await format(...input, recordingInputSchema),
    'recording-manifest.schema.json': await format(...manifest, recordingManifestSchema),
    'recording-result.schema.json': await format(...result, recordingResultSchema),
  };
}

/** Adds the docstrings of a type that one of these files exports to its schema. */
function describer(files: string[]): (type: string, schema: JsonSchema) => JsonSchema {
  const config: unknown = ts.readConfigFile(join(project, 'tsconfig.json'), (file) => ts.sys.readFile(file)).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const exported = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return module ? checker.getExportsOfModule(module) : [];
  });
  return (name, schema) => {
    const symbol = exported.find((one) => one.name === name);
    if (!symbol) throw new Error(`src/contract exports no type ${name}`);
    return { description: docstringOf(symbol), ...describe(schema, checker.getDeclaredTypeOfSymbol(symbol)) };
  };

  function docstringOf(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    if (text === '') throw new Error(`${symbol.name} of the contract has no docstring`);
    return text.replace(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`');
  }

  function describe(schema: JsonSchema, type: ts.Type): JsonSchema {
    const described = { ...schema };
    const { properties, items } = schema;
    if (properties) {
      described.properties = Object.fromEntries(
        Object.entries(properties).map(([name, property]) => {
          const symbol = checker.getPropertyOfType(type, name);
          if (!symbol || typeof property === 'boolean') throw new Error(`the type and its schema differ in ${name}`);
          const inner = checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
          return [name, { description: docstringOf(symbol), ...describe(property, inner) }];
        }),
      );
    }
    // An element has no docstring of its own: the list's says what it is.
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    if (element && items && typeof items !== 'boolean' && !Array.isArray(items))
      described.items = describe(items, element);
    return described;
  }
}
